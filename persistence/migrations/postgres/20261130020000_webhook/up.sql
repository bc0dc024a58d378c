-- Webhooks: what an organization says of them is versioned like everything else.
CREATE TABLE webhooks (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    actions TEXT COLLATE "C" NOT NULL,
    team_id TEXT COLLATE "C",
    subject_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    fault TEXT COLLATE "C",
    rotated_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id)
);
-- How far each has heard of the log, and its sealed secrets: no facts about the organization, so in no log.
CREATE TABLE webhook_endpoints (
    organization_id TEXT COLLATE "C" NOT NULL,
    webhook_id TEXT COLLATE "C" NOT NULL,
    secret TEXT COLLATE "C" NOT NULL,
    old_secret TEXT COLLATE "C",
    old_until BIGINT,
    revision BIGINT NOT NULL,
    position INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (organization_id, webhook_id),
    FOREIGN KEY (organization_id, webhook_id) REFERENCES subjects (organization_id, id)
);
-- What each was told, and is still to be told, behind that place of the log.
CREATE TABLE webhook_deliveries (
    organization_id TEXT COLLATE "C" NOT NULL,
    webhook_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    position INTEGER NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C",
    recorded_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    first_at BIGINT,
    last_at BIGINT,
    next_at BIGINT,
    status INTEGER,
    duration_ms BIGINT,
    error TEXT COLLATE "C",
    PRIMARY KEY (organization_id, webhook_id, revision, position),
    FOREIGN KEY (organization_id, webhook_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (organization_id, webhook_id, event);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (organization_id, webhook_id, revision, position)
    WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (organization_id, last_at);
