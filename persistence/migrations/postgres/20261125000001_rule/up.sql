-- What an organization says of its rules, and which findings it accepts for a while.
CREATE TABLE rule_settings (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C",
    numbers TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE waivers (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    finding TEXT COLLATE "C" NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    ends_on TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
-- Who recorded observations is asked for by their revisions, and must not read the records beside them.
CREATE INDEX changes_by_action ON changes (organization_id, action, actor, revision);
