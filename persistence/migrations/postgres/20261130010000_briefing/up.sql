-- Briefings: what people are told, to whom, and who has seen and acknowledged it.
CREATE TABLE briefings (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    mission_id TEXT COLLATE "C",
    outcome_id TEXT COLLATE "C",
    role_id TEXT COLLATE "C",
    title TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    due_on TEXT COLLATE "C",
    question TEXT COLLATE "C",
    author_id TEXT COLLATE "C",
    published_at BIGINT,
    reader_count INTEGER NOT NULL,
    readers TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, mission_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, role_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, author_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX briefings_by_mission ON briefings (organization_id, mission_id);
CREATE INDEX briefings_by_outcome ON briefings (organization_id, outcome_id);
CREATE INDEX briefings_by_role ON briefings (organization_id, role_id);
CREATE INDEX briefings_by_author ON briefings (organization_id, author_id);
-- The readers of published briefings, to be found by person. What the log tells of is the list in the briefing.
CREATE TABLE briefing_readers (
    organization_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    briefing_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, person_id, briefing_id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, briefing_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE acknowledgements (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    briefing_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    correct BOOLEAN,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, briefing_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX acknowledgements_by_briefing ON acknowledgements (organization_id, briefing_id);
CREATE INDEX acknowledgements_by_person ON acknowledgements (organization_id, person_id);
