-- What humans say of outcomes: check-ins, each with what the numbers said at that moment, and comments.
CREATE TABLE check_ins (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT NOT NULL,
    from_on TEXT NOT NULL,
    to_on TEXT NOT NULL,
    reported_status TEXT,
    confidence DOUBLE PRECISION,
    changed TEXT,
    blockers TEXT,
    next_steps TEXT,
    author_id TEXT,
    reviewer_id TEXT,
    published_at BIGINT,
    acknowledged_at BIGINT,
    taken_at BIGINT NOT NULL,
    progress DOUBLE PRECISION,
    coverage DOUBLE PRECISION,
    expected DOUBLE PRECISION,
    pace TEXT,
    probability DOUBLE PRECISION,
    previous_progress DOUBLE PRECISION,
    measures TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, author_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, reviewer_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX check_ins_by_outcome ON check_ins (organization_id, outcome_id, published_at);
CREATE INDEX check_ins_by_author ON check_ins (organization_id, author_id);
CREATE INDEX check_ins_by_reviewer ON check_ins (organization_id, reviewer_id);
CREATE TABLE comments (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT,
    check_in_id TEXT,
    author_id TEXT,
    body TEXT NOT NULL,
    erased BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, check_in_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, author_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX comments_by_outcome ON comments (organization_id, outcome_id);
CREATE INDEX comments_by_check_in ON comments (organization_id, check_in_id);
CREATE INDEX comments_by_author ON comments (organization_id, author_id);
-- How often an outcome is checked in, where that differs from the organization's cadence.
ALTER TABLE outcomes ADD COLUMN check_in_days INTEGER;
ALTER TABLE outcomes ADD COLUMN check_in_grace_days INTEGER;
