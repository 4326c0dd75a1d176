-- Files of other departments as they were taken in: how many rows each had and what became of them, and of money. Amounts in fen.
CREATE TABLE report_files (
    source BIGINT NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('running', 'done', 'undone')),
    counts TEXT COLLATE "C" NOT NULL,
    synthetic BIGINT NOT NULL CHECK (synthetic IN (0, 1)),
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (source)
);

CREATE INDEX report_files_digest ON report_files (digest, matter, division);
CREATE INDEX report_files_division ON report_files (division, source);

-- What differs from what is on file and waits for somebody, or did. id is a blind key of what was reported, which is sealed.
CREATE TABLE work_items (
    id TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    step TEXT COLLATE "C" NOT NULL,
    likeness TEXT COLLATE "C" NOT NULL,
    person BIGINT NOT NULL,
    source BIGINT NOT NULL,
    row BIGINT NOT NULL,
    made TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'dismissed', 'withdrawn')),
    did TEXT COLLATE "C" NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    decided TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (id)
);

CREATE INDEX work_items_list ON work_items (state, division, source, row);
CREATE INDEX work_items_source ON work_items (source, row);

-- Decisions that what a kind of report says is done without a person when it is plain who is meant.
CREATE TABLE work_rules (
    id TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    step TEXT COLLATE "C" NOT NULL,
    since TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    made TEXT COLLATE "C" NOT NULL,
    revoked TEXT COLLATE "C" NOT NULL,
    revoked_by TEXT COLLATE "C" NOT NULL,
    revoked_why TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

-- What the tax department reported as paid, in fen: who paid, for which period (month 0 for a whole year), and how much of it was posted, is to be
-- given back, or is held. key is blind: of the receipt, the document and the period.
CREATE TABLE tax_payments (
    key BYTEA NOT NULL,
    source BIGINT NOT NULL,
    row BIGINT NOT NULL,
    county TEXT COLLATE "C" NOT NULL,
    person BIGINT NOT NULL,
    insurance BIGINT NOT NULL,
    year BIGINT NOT NULL,
    month BIGINT NOT NULL,
    paid_on TEXT COLLATE "C" NOT NULL,
    person_share BIGINT NOT NULL,
    employer_share BIGINT NOT NULL,
    fund_share BIGINT NOT NULL,
    posted BIGINT NOT NULL,
    excess BIGINT NOT NULL,
    held BIGINT NOT NULL,
    CHECK (posted + excess + held = person_share + employer_share + fund_share),
    PRIMARY KEY (key)
);

CREATE INDEX tax_payments_source ON tax_payments (source, row);
CREATE INDEX tax_payments_held ON tax_payments (person) WHERE held > 0;

-- What the audit chain knows a run of those rows by.
CREATE TABLE tax_lots (
    source BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    last_row BIGINT NOT NULL,
    count BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, first_row)
);
