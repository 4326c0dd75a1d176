-- What is registered of persons: care away from home, approvals of diseases, chosen institutions. What is medical, and what somebody wrote, is sealed under the person key.
CREATE TABLE registrations (
    person INTEGER NOT NULL,
    no INTEGER NOT NULL,
    serial TEXT NOT NULL,
    county TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    area TEXT NOT NULL,
    institution TEXT NOT NULL,
    begins TEXT NOT NULL,
    ends TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, no)
) STRICT, WITHOUT ROWID;

CREATE INDEX registrations_county ON registrations (county, state);

CREATE TABLE registration_steps (
    person INTEGER NOT NULL,
    no INTEGER NOT NULL,
    step INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    division TEXT NOT NULL,
    deed TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, no, step)
) STRICT, WITHOUT ROWID;
