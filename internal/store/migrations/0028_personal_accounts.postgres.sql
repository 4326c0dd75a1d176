-- Employees' personal accounts: the balance in fen, every change of it, and the near relatives it may pay for.
CREATE TABLE personal_accounts (
    person BIGINT NOT NULL,
    balance BIGINT NOT NULL CHECK (balance >= 0),
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (person)
);

CREATE TABLE account_movements (
    person BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    moved_on TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL CHECK (balance >= 0),
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, seq)
);

CREATE TABLE account_shares (
    person BIGINT NOT NULL,
    no BIGINT NOT NULL,
    relative BIGINT NOT NULL,
    whom TEXT COLLATE "C" NOT NULL,
    begins TEXT COLLATE "C" NOT NULL,
    revoked TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, no)
);

CREATE INDEX account_shares_relative ON account_shares (relative);
