-- Users with what they sign in with, failed attempts, sessions and tokens. Secrets are kept as digests alone. roles, old_passwords and actions are lists, one a line.
CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL,
    login TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    password TEXT COLLATE "C" NOT NULL,
    old_passwords TEXT COLLATE "C" NOT NULL,
    password_set TEXT COLLATE "C" NOT NULL,
    must_change BIGINT NOT NULL CHECK (must_change IN (0, 1)),
    PRIMARY KEY (id)
);

CREATE TABLE attempts (
    login TEXT COLLATE "C" NOT NULL,
    failures BIGINT NOT NULL,
    since TEXT COLLATE "C" NOT NULL,
    last TEXT COLLATE "C" NOT NULL,
    locks BIGINT NOT NULL,
    until TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (login)
);

CREATE TABLE sessions (
    digest BYTEA NOT NULL,
    person TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    whence TEXT COLLATE "C" NOT NULL,
    began TEXT COLLATE "C" NOT NULL,
    seen TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (digest)
);

CREATE TABLE tokens (
    id TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL UNIQUE,
    person TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    title TEXT COLLATE "C" NOT NULL,
    actions TEXT COLLATE "C" NOT NULL,
    made TEXT COLLATE "C" NOT NULL,
    expires TEXT COLLATE "C" NOT NULL,
    revoked BIGINT NOT NULL CHECK (revoked IN (0, 1)),
    PRIMARY KEY (id)
);

CREATE INDEX users_division ON users (division);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX tokens_person ON tokens (person);
