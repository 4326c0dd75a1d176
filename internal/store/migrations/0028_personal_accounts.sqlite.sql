-- Employees' personal accounts: the balance in fen, every change of it, and the near relatives it may pay for.
CREATE TABLE personal_accounts (
    person INTEGER NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0),
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (person)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_movements (
    person INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    moved_on TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0),
    source TEXT NOT NULL,
    PRIMARY KEY (person, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_shares (
    person INTEGER NOT NULL,
    no INTEGER NOT NULL,
    relative INTEGER NOT NULL,
    whom TEXT NOT NULL,
    begins TEXT NOT NULL,
    revoked TEXT NOT NULL,
    PRIMARY KEY (person, no)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_shares_relative ON account_shares (relative);
