-- The national benefit list, and what the province and its cities set: each the content of a document that is signed under the same id. A paper whose
-- document is approved is never changed again.
CREATE TABLE benefit_papers (
    id TEXT NOT NULL,
    division TEXT NOT NULL,
    kind TEXT NOT NULL,
    maker TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    content BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
