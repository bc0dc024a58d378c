-- What humans say of outcomes: check-ins, each with what the numbers said at that moment, and comments.
CREATE TABLE check_ins (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT COLLATE "C" NOT NULL,
    from_on TEXT COLLATE "C" NOT NULL,
    to_on TEXT COLLATE "C" NOT NULL,
    reported_status TEXT COLLATE "C",
    confidence DOUBLE PRECISION,
    changed TEXT COLLATE "C",
    blockers TEXT COLLATE "C",
    next_steps TEXT COLLATE "C",
    author_id TEXT COLLATE "C",
    reviewer_id TEXT COLLATE "C",
    published_at BIGINT,
    acknowledged_at BIGINT,
    taken_at BIGINT NOT NULL,
    progress DOUBLE PRECISION,
    coverage DOUBLE PRECISION,
    expected DOUBLE PRECISION,
    pace TEXT COLLATE "C",
    probability DOUBLE PRECISION,
    previous_progress DOUBLE PRECISION,
    measures TEXT COLLATE "C" NOT NULL,
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
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT COLLATE "C",
    check_in_id TEXT COLLATE "C",
    author_id TEXT COLLATE "C",
    body TEXT COLLATE "C" NOT NULL,
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
