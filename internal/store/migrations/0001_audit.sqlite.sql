-- The audit chains, one for each division, and the acts that may be sent again.
CREATE TABLE chains (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    canonical BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_object ON audit (kind, object, chain, seq);

CREATE TABLE requests (
    request TEXT NOT NULL,
    chain TEXT NOT NULL,
    content BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (request, chain)
) STRICT, WITHOUT ROWID;
