-- Every version of a contribution standard, from the first: when it was put on file, by whom, and what it said. content is its canonical form.
CREATE TABLE standard_versions (
    year INTEGER NOT NULL,
    division TEXT NOT NULL,
    way TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (year, division, way, revision)
) STRICT, WITHOUT ROWID;
