-- What is registered of persons: care away from home, approvals of diseases, chosen institutions. What is medical, and what somebody wrote, is sealed under the person key.
CREATE TABLE registrations (
    person BIGINT NOT NULL,
    no BIGINT NOT NULL,
    serial TEXT COLLATE "C" NOT NULL,
    county TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    area TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    begins TEXT COLLATE "C" NOT NULL,
    ends TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, no)
);

CREATE INDEX registrations_county ON registrations (county, state);

CREATE TABLE registration_steps (
    person BIGINT NOT NULL,
    no BIGINT NOT NULL,
    step BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, no, step)
);
