-- When people are written to; what an organization does not say has a default of the program.
ALTER TABLE organizations ADD COLUMN digest_on TEXT COLLATE "C";
ALTER TABLE organizations ADD COLUMN mail_hour INTEGER;
ALTER TABLE organizations ADD COLUMN nudges_a_week INTEGER;
-- Of what each person was told by mail, on which local day: nobody is told twice. It is no fact about the organization,
-- so it has no revision and stands in no log.
CREATE TABLE notices (
    organization_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, person_id, day, kind, subject)
);
