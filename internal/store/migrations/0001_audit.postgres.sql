-- The audit chains, one for each division, and the acts that may be sent again.
CREATE TABLE chains (
    chain TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain)
) WITH (fillfactor = 50);

CREATE TABLE audit (
    chain TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    canonical BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain, seq)
);

CREATE INDEX audit_object ON audit (kind, object, chain, seq);

CREATE TABLE requests (
    request TEXT COLLATE "C" NOT NULL,
    chain TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    PRIMARY KEY (request, chain)
);
