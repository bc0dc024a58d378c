-- Background work: one row is one thing that is to be done, now or later. It is no fact about the organization, so it
-- has no revision and stands in no log. A claim says which server does it, and until when the others leave it alone.
CREATE TABLE jobs (
    organization_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    claim BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    last_error TEXT COLLATE "C",
    PRIMARY KEY (organization_id, kind, subject)
);
CREATE INDEX jobs_by_due_at ON jobs (kind, due_at);
