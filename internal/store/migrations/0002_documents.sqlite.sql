-- Documents that are signed, and what was done to them. waits_at is the division whose office signs next.
CREATE TABLE documents (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    division TEXT NOT NULL,
    title TEXT NOT NULL,
    amount INTEGER NOT NULL,
    digest BLOB NOT NULL,
    policy TEXT NOT NULL,
    trial INTEGER NOT NULL CHECK (trial IN (0, 1)),
    maker TEXT NOT NULL,
    state TEXT NOT NULL,
    stage INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    waits_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE document_steps (
    document TEXT NOT NULL REFERENCES documents (id),
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    department TEXT NOT NULL,
    division TEXT NOT NULL,
    act TEXT NOT NULL,
    stage INTEGER NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (document, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX documents_waiting ON documents (waits_at, state);
CREATE INDEX documents_maker ON documents (maker, state);
CREATE INDEX documents_division ON documents (division, kind);
