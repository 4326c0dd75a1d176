-- Days that are closed: no settlement is taken on them any more. digest stands for their sums.
CREATE TABLE clearing_days (
    province TEXT NOT NULL,
    day TEXT NOT NULL,
    settled INTEGER NOT NULL,
    digest TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (province, day)
) STRICT;

-- What the settlements of a closed day come to, in fen: by institution, pooling areas of insurance (home) and of care (place), insurance type and kind of clearing.
CREATE TABLE clearing_sums (
    day TEXT NOT NULL,
    institution TEXT NOT NULL,
    home TEXT NOT NULL,
    place TEXT NOT NULL,
    insurance TEXT NOT NULL,
    care TEXT NOT NULL,
    settled INTEGER NOT NULL,
    total INTEGER NOT NULL,
    basic INTEGER NOT NULL,
    serious INTEGER NOT NULL,
    large INTEGER NOT NULL,
    aid INTEGER NOT NULL,
    other INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    PRIMARY KEY (day, institution, home, place, insurance, care),
    CHECK (total = basic + serious + large + aid + other + accounts + cash)
) STRICT;

CREATE INDEX clearing_sums_home ON clearing_sums (home, day);
CREATE INDEX clearing_sums_place ON clearing_sums (place, day);

-- Months of pooling areas that somebody proposed to close, or that are confirmed and booked.
CREATE TABLE clearing_months (
    area TEXT NOT NULL,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    state TEXT NOT NULL,
    maker TEXT NOT NULL,
    made_at TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    booked_at TEXT NOT NULL,
    settled INTEGER NOT NULL,
    digest TEXT NOT NULL,
    synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (area, year, month)
) STRICT;

-- What institutions compared (3201), with what the sub-ledger held then. Amounts are fen.
CREATE TABLE reconciliations (
    message TEXT NOT NULL,
    institution TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    insurance TEXT NOT NULL,
    care TEXT NOT NULL,
    refunds TEXT NOT NULL,
    at TEXT NOT NULL,
    their_rows INTEGER NOT NULL,
    their_total INTEGER NOT NULL,
    their_funds INTEGER NOT NULL,
    their_accounts INTEGER NOT NULL,
    our_rows INTEGER NOT NULL,
    our_total INTEGER NOT NULL,
    our_funds INTEGER NOT NULL,
    our_accounts INTEGER NOT NULL,
    PRIMARY KEY (message)
) STRICT;

CREATE INDEX reconciliations_institution ON reconciliations (institution, first_day, at);

-- Settlements by day and place of insurance.
CREATE INDEX settlements_day ON settlements (settled_on, county, person);

-- The settlement that somebody objects to; empty for other matters.
ALTER TABLE objections ADD COLUMN bill TEXT NOT NULL DEFAULT '';
