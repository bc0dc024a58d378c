-- Webhooks: what an organization says of them is versioned like everything else.
CREATE TABLE webhooks (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    url TEXT NOT NULL,
    description TEXT,
    actions TEXT NOT NULL,
    team_id TEXT,
    subject_id TEXT,
    state TEXT NOT NULL,
    fault TEXT,
    rotated_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id)
);
-- How far each has heard of the log, and its sealed secrets: no facts about the organization, so in no log.
CREATE TABLE webhook_endpoints (
    organization_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until BIGINT,
    revision BIGINT NOT NULL,
    position INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (organization_id, webhook_id),
    FOREIGN KEY (organization_id, webhook_id) REFERENCES subjects (organization_id, id)
);
-- What each was told, and is still to be told, behind that place of the log.
CREATE TABLE webhook_deliveries (
    organization_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    position INTEGER NOT NULL,
    event TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    person_id TEXT,
    recorded_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_at BIGINT,
    last_at BIGINT,
    next_at BIGINT,
    status INTEGER,
    duration_ms BIGINT,
    error TEXT,
    PRIMARY KEY (organization_id, webhook_id, revision, position),
    FOREIGN KEY (organization_id, webhook_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (organization_id, webhook_id, event);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (organization_id, webhook_id, revision, position)
    WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (organization_id, last_at);
