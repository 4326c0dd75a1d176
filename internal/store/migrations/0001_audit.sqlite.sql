-- The audit chains, one for each division, and the acts that may be sent again.
CREATE TABLE chains (
    division TEXT NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    division TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    whence TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    why TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (division, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    division TEXT NOT NULL,
    request TEXT NOT NULL,
    content TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    digest TEXT NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (request, division)
) STRICT, WITHOUT ROWID;
