-- The audit chains, one for each division, and the acts that may be sent again.
CREATE TABLE chains (
    division TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE audit (
    division TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    whence TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C" NOT NULL,
    after TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (division, sequence)
);

CREATE TABLE requests (
    division TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    answer BYTEA NOT NULL,
    PRIMARY KEY (request, division)
);
