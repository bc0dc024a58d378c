-- Whether everything personal was erased from a person.
ALTER TABLE people ADD COLUMN erased BOOLEAN NOT NULL DEFAULT FALSE;
