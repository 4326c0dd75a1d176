-- Documents that are signed, and what was done to them. waits_at is the division whose office signs next.
CREATE TABLE documents (
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    policy TEXT COLLATE "C" NOT NULL,
    trial BIGINT NOT NULL CHECK (trial IN (0, 1)),
    maker TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    stage BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    waits_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE document_steps (
    document TEXT COLLATE "C" NOT NULL REFERENCES documents (id),
    version BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    stage BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (document, version)
);

CREATE INDEX documents_waiting ON documents (waits_at, state);
CREATE INDEX documents_maker ON documents (maker, state);
CREATE INDEX documents_division ON documents (division, kind);
