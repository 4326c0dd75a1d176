-- What allocations to the personal accounts of everybody of a division came to, in fen.
CREATE TABLE account_runs (
    division TEXT NOT NULL,
    no INTEGER NOT NULL CHECK (no > 0),
    ran_on TEXT NOT NULL,
    who TEXT NOT NULL,
    ended TEXT NOT NULL,
    persons INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    lacking INTEGER NOT NULL,
    put_in INTEGER NOT NULL CHECK (put_in >= 0),
    taken_back INTEGER NOT NULL CHECK (taken_back >= 0),
    short INTEGER NOT NULL CHECK (short >= 0),
    PRIMARY KEY (division, no)
) STRICT, WITHOUT ROWID;
