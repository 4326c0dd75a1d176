-- Users with what they sign in with, failed attempts, sessions and tokens. Secrets are kept as digests alone. roles, old_passwords and actions are lists, one a line.
CREATE TABLE users (
    id TEXT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    department TEXT NOT NULL,
    division TEXT NOT NULL,
    roles TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    password TEXT NOT NULL,
    old_passwords TEXT NOT NULL,
    password_set TEXT NOT NULL,
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    login TEXT NOT NULL,
    failures INTEGER NOT NULL,
    since TEXT NOT NULL,
    last TEXT NOT NULL,
    locks INTEGER NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (login)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    digest BLOB NOT NULL,
    person TEXT NOT NULL REFERENCES users (id),
    whence TEXT NOT NULL,
    began TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    id TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES users (id),
    title TEXT NOT NULL,
    actions TEXT NOT NULL,
    made TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX users_division ON users (division);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX tokens_person ON tokens (person);
