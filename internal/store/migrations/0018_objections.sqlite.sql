-- Whom a person lets see parts of his file (授权). key is the blind key of that person's document and name, owner and whom are names and numbers, masked.
CREATE TABLE person_grants (
    person INTEGER NOT NULL,
    no INTEGER NOT NULL,
    division TEXT NOT NULL,
    owner TEXT NOT NULL,
    whom TEXT NOT NULL,
    key BLOB NOT NULL,
    parts TEXT NOT NULL,
    made TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT NOT NULL,
    PRIMARY KEY (person, no)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_grants_key ON person_grants (key);

-- What persons object to (异议、申诉), and what was done about it step by step. What somebody wrote is sealed under the person key.
CREATE TABLE objections (
    person INTEGER NOT NULL,
    no INTEGER NOT NULL,
    county TEXT NOT NULL,
    matter TEXT NOT NULL,
    subject INTEGER NOT NULL,
    maker TEXT NOT NULL,
    state TEXT NOT NULL,
    round INTEGER NOT NULL,
    desk TEXT NOT NULL,
    due TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (person, no)
) STRICT, WITHOUT ROWID;

CREATE INDEX objections_county ON objections (county, state);

CREATE TABLE objection_steps (
    person INTEGER NOT NULL,
    no INTEGER NOT NULL,
    step INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    division TEXT NOT NULL,
    deed TEXT NOT NULL,
    outcome TEXT NOT NULL,
    clause TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, no, step)
) STRICT, WITHOUT ROWID;
