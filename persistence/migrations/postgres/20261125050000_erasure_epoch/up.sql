-- The revision of the last erasure: within one epoch the same question about the past has the same answer.
ALTER TABLE heads ADD COLUMN erasure_epoch BIGINT NOT NULL DEFAULT 0;
UPDATE heads SET erasure_epoch = COALESCE(
    (SELECT MAX(changes.revision) FROM changes
     WHERE changes.organization_id = heads.organization_id AND changes.action = 'person.erased'),
    0
);
