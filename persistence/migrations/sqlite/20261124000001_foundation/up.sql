-- The few global tables: which organizations are here, and which credential belongs to which of them.
CREATE TABLE server (
    name TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
);
CREATE TABLE directory (
    organization_id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE
);
CREATE TABLE credentials (
    hash TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    last_used_at BIGINT
);
CREATE TABLE issuers (
    issuer TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    audience TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);

-- The spine: every tenant row hangs from a subject, and every state of it from a version.
CREATE TABLE heads (
    organization_id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    hash TEXT NOT NULL
);
CREATE TABLE subjects (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_source TEXT,
    external_id TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    salt TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE TABLE names (
    organization_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind, source, name),
    FOREIGN KEY (organization_id, id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE versions (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    revision_to BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id) REFERENCES subjects (organization_id, id)
);
CREATE INDEX versions_by_kind ON versions (organization_id, kind, revision_to, id);
CREATE INDEX versions_by_revision ON versions (organization_id, revision);
CREATE TABLE changes (
    organization_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    position INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    record TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (organization_id, revision, position)
);
-- The history of what was decided; observations have tables of their own.
CREATE INDEX changes_by_subject ON changes (organization_id, subject_id, revision)
    WHERE action <> 'observations.recorded';
CREATE TABLE idempotency_keys (
    organization_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, scope, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (organization_id, created_at);

-- One table a noun. Dated facts carry their own interval [starts_at, ends_at).
CREATE TABLE organizations (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    zone TEXT NOT NULL,
    next_zone TEXT,
    next_zone_from BIGINT,
    fiscal_year_starts INTEGER NOT NULL,
    on_track DOUBLE PRECISION NOT NULL,
    at_risk DOUBLE PRECISION NOT NULL,
    check_in_days INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE missions (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    statement TEXT NOT NULL,
    vision TEXT,
    principles TEXT NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_to BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE themes (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT NOT NULL,
    success TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE periods (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    start_on TEXT NOT NULL,
    end_on TEXT NOT NULL,
    parent_id TEXT,
    state TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, parent_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE teams (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    purpose TEXT,
    parent_id TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, parent_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE people (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    manager_id TEXT,
    zone TEXT,
    active BOOLEAN NOT NULL,
    joined_on TEXT,
    left_on TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, manager_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE skills (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision)
);
CREATE TABLE memberships (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    team_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    part TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE person_skills (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    person_id TEXT NOT NULL,
    skill_id TEXT NOT NULL,
    level TEXT NOT NULL,
    verified_by TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, skill_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, verified_by) REFERENCES subjects (organization_id, id)
);
CREATE TABLE outcomes (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT NOT NULL,
    statement TEXT,
    impact TEXT,
    category TEXT NOT NULL,
    mission_id TEXT,
    theme_id TEXT,
    team_id TEXT,
    owner_id TEXT,
    period_id TEXT,
    start_on TEXT,
    due_on TEXT,
    commitment TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    active_from BIGINT,
    ended_at BIGINT,
    skills TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, mission_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, theme_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, owner_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, period_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE results (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT NOT NULL,
    result TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    final_progress DOUBLE PRECISION,
    final_coverage DOUBLE PRECISION,
    retrospective TEXT,
    reason TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE measures (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    baseline DOUBLE PRECISION,
    target DOUBLE PRECISION,
    basis TEXT NOT NULL,
    amount DOUBLE PRECISION,
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    bound TEXT NOT NULL,
    unit TEXT,
    decimals SMALLINT NOT NULL,
    aggregation TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    indicator TEXT NOT NULL,
    guardrail BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    cadence TEXT NOT NULL,
    lag_days INTEGER NOT NULL,
    grace_days INTEGER,
    plan TEXT NOT NULL,
    milestones TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE target_revisions (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    measure_id TEXT NOT NULL,
    target_before TEXT NOT NULL,
    target_after TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE roles (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT NOT NULL,
    purpose TEXT,
    team_id TEXT,
    reports_to_id TEXT,
    is_key BOOLEAN NOT NULL,
    accountabilities TEXT NOT NULL,
    domains TEXT NOT NULL,
    skills TEXT NOT NULL,
    seats_min INTEGER NOT NULL,
    seats_max INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, team_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, reports_to_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE assignments (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    role_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    focus TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    term_ends TEXT,
    load_percent DOUBLE PRECISION,
    readiness TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, role_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE responsibilities (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    outcome_id TEXT,
    measure_id TEXT,
    part TEXT NOT NULL,
    role_id TEXT,
    person_id TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    reason TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, role_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES subjects (organization_id, id)
);
CREATE TABLE alignments (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    child_id TEXT NOT NULL,
    outcome_id TEXT,
    measure_id TEXT,
    kind TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    confirmed_by TEXT,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, id, revision) REFERENCES versions (organization_id, id, revision),
    FOREIGN KEY (organization_id, child_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, outcome_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id),
    FOREIGN KEY (organization_id, confirmed_by) REFERENCES subjects (organization_id, id)
);
CREATE TABLE api_keys (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    person_id TEXT,
    measures TEXT NOT NULL,
    teams TEXT NOT NULL,
    hash TEXT NOT NULL,
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
    organization_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    measure_id TEXT NOT NULL,
    segment TEXT NOT NULL,
    PRIMARY KEY (organization_id, number),
    UNIQUE (organization_id, measure_id, segment),
    FOREIGN KEY (organization_id, measure_id) REFERENCES subjects (organization_id, id)
);
-- Without a foreign key, alone of all tables: a series is numbered in the write that first needs it and never goes, and
-- to look it up again for each of many rows takes as long as to keep them.
CREATE TABLE observations (
    organization_id TEXT NOT NULL,
    series BIGINT NOT NULL,
    observed_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    revision_to BIGINT NOT NULL,
    observed_on TEXT,
    value DOUBLE PRECISION NOT NULL,
    note TEXT,
    source TEXT,
    reason TEXT,
    PRIMARY KEY (organization_id, series, observed_at, revision)
) WITHOUT ROWID;
