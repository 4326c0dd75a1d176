-- Days that are closed: no settlement is taken on them any more. digest stands for their sums.
CREATE TABLE clearing_days (
    province TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    settled BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (province, day)
);

-- What the settlements of a closed day come to, in fen: by institution, pooling areas of insurance (home) and of care (place), insurance type and kind of clearing.
CREATE TABLE clearing_sums (
    day TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    home TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    care TEXT COLLATE "C" NOT NULL,
    settled BIGINT NOT NULL,
    total BIGINT NOT NULL,
    basic BIGINT NOT NULL,
    serious BIGINT NOT NULL,
    large BIGINT NOT NULL,
    aid BIGINT NOT NULL,
    other BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    PRIMARY KEY (day, institution, home, place, insurance, care),
    CHECK (total = basic + serious + large + aid + other + accounts + cash)
);

CREATE INDEX clearing_sums_home ON clearing_sums (home, day);
CREATE INDEX clearing_sums_place ON clearing_sums (place, day);

-- Months of pooling areas that somebody proposed to close, or that are confirmed and booked.
CREATE TABLE clearing_months (
    area TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    month BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL,
    reviewer TEXT COLLATE "C" NOT NULL,
    booked_at TEXT COLLATE "C" NOT NULL,
    settled BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    synthetic BIGINT NOT NULL CHECK (synthetic IN (0, 1)),
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (area, year, month)
);

-- What institutions compared (3201), with what the sub-ledger held then. Amounts are fen.
CREATE TABLE reconciliations (
    message TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    first_day TEXT COLLATE "C" NOT NULL,
    last_day TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    care TEXT COLLATE "C" NOT NULL,
    refunds TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    their_rows BIGINT NOT NULL,
    their_total BIGINT NOT NULL,
    their_funds BIGINT NOT NULL,
    their_accounts BIGINT NOT NULL,
    our_rows BIGINT NOT NULL,
    our_total BIGINT NOT NULL,
    our_funds BIGINT NOT NULL,
    our_accounts BIGINT NOT NULL,
    PRIMARY KEY (message)
);

CREATE INDEX reconciliations_institution ON reconciliations (institution, first_day, at);

-- Settlements by day and place of insurance.
CREATE INDEX settlements_day ON settlements (settled_on, county, person);

-- The settlement that somebody objects to; empty for other matters.
ALTER TABLE objections ADD COLUMN bill TEXT COLLATE "C" NOT NULL DEFAULT '';
