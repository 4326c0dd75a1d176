-- The institutions that settle over the interface, each with the account its programs act for.
CREATE TABLE institutions (
    institution TEXT NOT NULL,
    division TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    account TEXT NOT NULL,
    synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
    PRIMARY KEY (institution)
) STRICT;

CREATE INDEX institutions_account ON institutions (account);

-- Visits as institutions registered them, what was charged for them, and what was settled. What is medical is sealed.
CREATE TABLE visits (
    person INTEGER NOT NULL,
    visit TEXT NOT NULL,
    institution TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (visit, person)
) STRICT;

CREATE TABLE visit_fees (
    person INTEGER NOT NULL,
    visit TEXT NOT NULL,
    part INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (visit, person, part)
) STRICT;

-- The sub-ledger: a row for every settlement, and one that mirrors it when it is undone. seq orders the settlements of a person's year and insurance;
-- before and after are what the year had used before it and has used with it. Amounts are fen.
CREATE TABLE settlements (
    person INTEGER NOT NULL,
    settlement TEXT NOT NULL,
    visit TEXT NOT NULL,
    institution TEXT NOT NULL,
    county TEXT NOT NULL,
    insurance TEXT NOT NULL,
    clearing TEXT NOT NULL,
    year INTEGER NOT NULL,
    settled_on TEXT NOT NULL,
    seq INTEGER NOT NULL,
    counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
    mirrors TEXT NOT NULL,
    undone_by TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    total INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    over_limit INTEGER NOT NULL,
    first_paid INTEGER NOT NULL,
    in_scope INTEGER NOT NULL,
    basic INTEGER NOT NULL,
    catastrophic INTEGER NOT NULL,
    large INTEGER NOT NULL,
    aid INTEGER NOT NULL,
    other INTEGER NOT NULL,
    account INTEGER NOT NULL,
    family INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    before BLOB NOT NULL,
    after BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, year, insurance, seq),
    CHECK (total = whole + over_limit + first_paid + in_scope),
    CHECK (total = basic + catastrophic + large + aid + other + account + family + cash)
) STRICT;

CREATE INDEX settlements_institution ON settlements (institution, settled_on);

-- What was asked and answered, by institution, transaction and message id. object is what the message made. The answer is sealed.
CREATE TABLE exchange_messages (
    message TEXT NOT NULL,
    person INTEGER NOT NULL,
    content BLOB NOT NULL,
    object TEXT NOT NULL,
    undone INTEGER NOT NULL CHECK (undone IN (0, 1)),
    answer BLOB NOT NULL,
    PRIMARY KEY (message)
) STRICT;
