-- What allocations to the personal accounts of everybody of a division came to, in fen.
CREATE TABLE account_runs (
    division TEXT COLLATE "C" NOT NULL,
    no BIGINT NOT NULL CHECK (no > 0),
    ran_on TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    ended TEXT COLLATE "C" NOT NULL,
    persons BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    lacking BIGINT NOT NULL,
    put_in BIGINT NOT NULL CHECK (put_in >= 0),
    taken_back BIGINT NOT NULL CHECK (taken_back >= 0),
    short BIGINT NOT NULL CHECK (short >= 0),
    PRIMARY KEY (division, no)
);
