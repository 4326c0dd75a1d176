-- Whom a person lets see parts of his file (授权). key is the blind key of that person's document and name, owner and whom are names and numbers, masked.
CREATE TABLE person_grants (
    person BIGINT NOT NULL,
    no BIGINT NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    whom TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    parts TEXT COLLATE "C" NOT NULL,
    made TEXT COLLATE "C" NOT NULL,
    expires TEXT COLLATE "C" NOT NULL,
    revoked TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, no)
);

CREATE INDEX person_grants_key ON person_grants (key);

-- What persons object to (异议、申诉), and what was done about it step by step. What somebody wrote is sealed under the person key.
CREATE TABLE objections (
    person BIGINT NOT NULL,
    no BIGINT NOT NULL,
    county TEXT COLLATE "C" NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    subject BIGINT NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    round BIGINT NOT NULL,
    desk TEXT COLLATE "C" NOT NULL,
    due TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (person, no)
);

CREATE INDEX objections_county ON objections (county, state);

CREATE TABLE objection_steps (
    person BIGINT NOT NULL,
    no BIGINT NOT NULL,
    step BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    clause TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, no, step)
);
