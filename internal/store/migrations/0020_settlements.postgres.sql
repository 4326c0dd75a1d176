-- The institutions that settle over the interface, each with the account its programs act for.
CREATE TABLE institutions (
    institution TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    synthetic BIGINT NOT NULL CHECK (synthetic IN (0, 1)),
    PRIMARY KEY (institution)
);

CREATE INDEX institutions_account ON institutions (account);

-- Visits as institutions registered them, what was charged for them, and what was settled. What is medical is sealed.
CREATE TABLE visits (
    person BIGINT NOT NULL,
    visit TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, visit)
);

CREATE TABLE visit_fees (
    person BIGINT NOT NULL,
    visit TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, visit, part)
);

-- The sub-ledger: a row for every settlement, and one that mirrors it when it is undone. seq orders the settlements of a person's year and insurance;
-- before and after are what the year had used before it and has used with it. Amounts are fen.
CREATE TABLE settlements (
    person BIGINT NOT NULL,
    settlement TEXT COLLATE "C" NOT NULL,
    visit TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    county TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    clearing TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    settled_on TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    counted BIGINT NOT NULL CHECK (counted IN (0, 1)),
    mirrors TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    total BIGINT NOT NULL,
    whole BIGINT NOT NULL,
    over_limit BIGINT NOT NULL,
    first_paid BIGINT NOT NULL,
    in_scope BIGINT NOT NULL,
    basic BIGINT NOT NULL,
    catastrophic BIGINT NOT NULL,
    large BIGINT NOT NULL,
    aid BIGINT NOT NULL,
    other BIGINT NOT NULL,
    account BIGINT NOT NULL,
    family BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    before BYTEA NOT NULL,
    after BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, year, insurance, seq),
    CHECK (total = whole + over_limit + first_paid + in_scope),
    CHECK (total = basic + catastrophic + large + aid + other + account + family + cash)
);

CREATE INDEX settlements_institution ON settlements (institution, settled_on);

-- What was asked and answered, by institution, transaction and message id. object is what the message made. The answer is sealed.
CREATE TABLE exchange_messages (
    message TEXT COLLATE "C" NOT NULL,
    person BIGINT NOT NULL,
    content BYTEA NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    undone BIGINT NOT NULL CHECK (undone IN (0, 1)),
    answer BYTEA NOT NULL,
    PRIMARY KEY (message)
);
