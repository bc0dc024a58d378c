-- Which findings stood, from one look at the organization to another. What a rule finds follows from the facts, so this is
-- no fact about the organization: it has no revision and stands in no log.
CREATE TABLE sightings (
    organization_id TEXT NOT NULL,
    finding TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    -- The last look that saw it; none while it stands.
    last_at BIGINT,
    rule TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, finding, first_at)
);
CREATE INDEX sightings_by_first ON sightings (organization_id, first_at, finding);
CREATE INDEX sightings_standing ON sightings (organization_id, last_at);
