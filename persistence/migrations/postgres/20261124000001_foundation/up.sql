-- The few global tables: which organizations are here, and which credential belongs to which of them.
CREATE TABLE server (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    content TEXT COLLATE "C" NOT NULL
);
CREATE TABLE directory (
    organization_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    slug TEXT COLLATE "C" NOT NULL UNIQUE
);
CREATE TABLE credentials (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    last_used_at BIGINT
);
CREATE TABLE issuers (
    issuer TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    algorithm TEXT COLLATE "C" NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    public_key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL
);

-- The spine: every tenant row hangs from a subject, and every state of it from a version.
CREATE TABLE heads (
    organization_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);
CREATE TABLE subjects (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    external_source TEXT COLLATE "C",
    external_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    salt TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id)
);
CREATE TABLE names (
    organization_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, kind, source, name),
    FOREIGN KEY (organization_id, id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE versions (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    revision_to BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX versions_by_kind ON versions (organization_id, kind, revision_to, id);
CREATE INDEX versions_by_revision ON versions (organization_id, revision);
CREATE TABLE changes (
    organization_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    position INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, revision, position)
);
-- The history of what was decided; observations have tables of their own.
CREATE INDEX changes_by_subject ON changes (organization_id, subject_id, revision)
    WHERE action <> 'observations.recorded';
CREATE TABLE idempotency_keys (
    organization_id TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    payload_hash TEXT COLLATE "C" NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, scope, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (organization_id, created_at);

-- One table a noun. Dated facts carry their own interval [starts_at, ends_at).
CREATE TABLE organizations (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    next_zone TEXT COLLATE "C",
    next_zone_from BIGINT,
    fiscal_year_starts INTEGER NOT NULL,
    on_track DOUBLE PRECISION NOT NULL,
    at_risk DOUBLE PRECISION NOT NULL,
    check_in_days INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE missions (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    statement TEXT COLLATE "C" NOT NULL,
    vision TEXT COLLATE "C",
    principles TEXT COLLATE "C" NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_to BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE themes (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    success TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE periods (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    start_on TEXT COLLATE "C" NOT NULL,
    end_on TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, parent_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE teams (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C",
    parent_id TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, parent_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE people (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    manager_id TEXT COLLATE "C",
    zone TEXT COLLATE "C",
    active BOOLEAN NOT NULL,
    joined_on TEXT COLLATE "C",
    left_on TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, manager_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE skills (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE memberships (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    team_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    part TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE person_skills (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    skill_id TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    verified_by TEXT COLLATE "C",
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, skill_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, verified_by) REFERENCES subjects (organization_id, id)
);
CREATE TABLE outcomes (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    statement TEXT COLLATE "C",
    impact TEXT COLLATE "C",
    category TEXT COLLATE "C" NOT NULL,
    mission_id TEXT COLLATE "C",
    theme_id TEXT COLLATE "C",
    team_id TEXT COLLATE "C",
    owner_id TEXT COLLATE "C",
    period_id TEXT COLLATE "C",
    start_on TEXT COLLATE "C",
    due_on TEXT COLLATE "C",
    commitment TEXT COLLATE "C" NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    active_from BIGINT,
    ended_at BIGINT,
    skills TEXT COLLATE "C" NOT NULL,
    tags TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, mission_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, theme_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, period_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE results (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    final_progress DOUBLE PRECISION,
    final_coverage DOUBLE PRECISION,
    retrospective TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE measures (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    baseline DOUBLE PRECISION,
    target DOUBLE PRECISION,
    basis TEXT COLLATE "C" NOT NULL,
    amount DOUBLE PRECISION,
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    bound TEXT COLLATE "C" NOT NULL,
    unit TEXT COLLATE "C",
    decimals SMALLINT NOT NULL,
    aggregation TEXT COLLATE "C" NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    indicator TEXT COLLATE "C" NOT NULL,
    guardrail BOOLEAN NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    cadence TEXT COLLATE "C" NOT NULL,
    lag_days INTEGER NOT NULL,
    grace_days INTEGER,
    plan TEXT COLLATE "C" NOT NULL,
    milestones TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE target_revisions (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    measure_id TEXT COLLATE "C" NOT NULL,
    target_before TEXT COLLATE "C" NOT NULL,
    target_after TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE roles (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C",
    team_id TEXT COLLATE "C",
    reports_to_id TEXT COLLATE "C",
    is_key BOOLEAN NOT NULL,
    accountabilities TEXT COLLATE "C" NOT NULL,
    domains TEXT COLLATE "C" NOT NULL,
    skills TEXT COLLATE "C" NOT NULL,
    seats_min INTEGER NOT NULL,
    seats_max INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, reports_to_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE assignments (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    role_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    focus TEXT COLLATE "C",
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    term_ends TEXT COLLATE "C",
    load_percent DOUBLE PRECISION,
    readiness TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, role_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE responsibilities (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT COLLATE "C",
    measure_id TEXT COLLATE "C",
    part TEXT COLLATE "C" NOT NULL,
    role_id TEXT COLLATE "C",
    person_id TEXT COLLATE "C",
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    reason TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, role_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE alignments (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    child_id TEXT COLLATE "C" NOT NULL,
    outcome_id TEXT COLLATE "C",
    measure_id TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    confirmed_by TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, child_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, confirmed_by) REFERENCES subjects (organization_id, id)
);
CREATE TABLE api_keys (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C",
    measures TEXT COLLATE "C" NOT NULL,
    teams TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX measures_by_outcome_id ON measures (organization_id, outcome_id);
CREATE INDEX results_by_outcome_id ON results (organization_id, outcome_id);
CREATE INDEX target_revisions_by_measure_id ON target_revisions (organization_id, measure_id);
CREATE INDEX assignments_by_role_id ON assignments (organization_id, role_id);
CREATE INDEX assignments_by_person_id ON assignments (organization_id, person_id);
CREATE INDEX responsibilities_by_outcome_id ON responsibilities (organization_id, outcome_id);
CREATE INDEX responsibilities_by_measure_id ON responsibilities (organization_id, measure_id);
CREATE INDEX alignments_by_child_id ON alignments (organization_id, child_id);
CREATE INDEX alignments_by_outcome_id ON alignments (organization_id, outcome_id);
CREATE INDEX memberships_by_team_id ON memberships (organization_id, team_id);
CREATE INDEX memberships_by_person_id ON memberships (organization_id, person_id);
CREATE INDEX person_skills_by_person_id ON person_skills (organization_id, person_id);
CREATE INDEX outcomes_by_period_id ON outcomes (organization_id, period_id);

-- A series is one measure's values of one segment; its number keeps the observations narrow.
CREATE TABLE series (
    organization_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    measure_id TEXT COLLATE "C" NOT NULL,
    segment TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, number),
    UNIQUE (organization_id, measure_id, segment),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id)
);
-- Without a foreign key, alone of all tables: a series is numbered in the write that first needs it and never goes, and
-- to look it up again for each of many rows takes as long as to keep them.
CREATE TABLE observations (
    organization_id TEXT COLLATE "C" NOT NULL,
    series BIGINT NOT NULL,
    observed_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    revision_to BIGINT NOT NULL,
    observed_on TEXT COLLATE "C",
    value DOUBLE PRECISION NOT NULL,
    note TEXT COLLATE "C",
    source TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    PRIMARY KEY (organization_id, series, observed_at, revision)
);
