-- The national benefit list, and what the province and its cities set: each the content of a document that is signed under the same id. A paper whose
-- document is approved is never changed again.
CREATE TABLE benefit_papers (
    id TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    content BYTEA NOT NULL,
    PRIMARY KEY (id)
);
