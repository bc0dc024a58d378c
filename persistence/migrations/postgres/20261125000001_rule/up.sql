-- What an organization says of its rules, and which findings it accepts for a while.
CREATE TABLE rule_settings (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    rule TEXT NOT NULL,
    level TEXT,
    numbers TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE waivers (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    finding TEXT NOT NULL,
    rule TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
-- Who recorded observations is asked for by their revisions, and must not read the records beside them.
CREATE INDEX changes_by_action ON changes (organization_id, action, actor, revision);
