-- Files of other departments as they were taken in: how many rows each had and what became of them, and of money. Amounts in fen.
CREATE TABLE report_files (
    source INTEGER NOT NULL,
    division TEXT NOT NULL,
    matter TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'undone')),
    counts TEXT NOT NULL,
    synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (source)
) STRICT, WITHOUT ROWID;

CREATE INDEX report_files_digest ON report_files (digest, matter, division);
CREATE INDEX report_files_division ON report_files (division, source);

-- What differs from what is on file and waits for somebody, or did. id is a blind key of what was reported, which is sealed.
CREATE TABLE work_items (
    id TEXT NOT NULL,
    division TEXT NOT NULL,
    matter TEXT NOT NULL,
    step TEXT NOT NULL,
    likeness TEXT NOT NULL,
    person INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    made TEXT NOT NULL,
    amount INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dismissed', 'withdrawn')),
    did TEXT NOT NULL,
    rule TEXT NOT NULL,
    who TEXT NOT NULL,
    decided TEXT NOT NULL,
    reason TEXT NOT NULL,
    sealed BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX work_items_list ON work_items (state, division, source, row);
CREATE INDEX work_items_source ON work_items (source, row);

-- Decisions that what a kind of report says is done without a person when it is plain who is meant.
CREATE TABLE work_rules (
    id TEXT NOT NULL,
    division TEXT NOT NULL,
    matter TEXT NOT NULL,
    step TEXT NOT NULL,
    since TEXT NOT NULL,
    reason TEXT NOT NULL,
    who TEXT NOT NULL,
    made TEXT NOT NULL,
    revoked TEXT NOT NULL,
    revoked_by TEXT NOT NULL,
    revoked_why TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- What the tax department reported as paid, in fen: who paid, for which period (month 0 for a whole year), and how much of it was posted, is to be
-- given back, or is held. key is blind: of the receipt, the document and the period.
CREATE TABLE tax_payments (
    key BLOB NOT NULL,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    county TEXT NOT NULL,
    person INTEGER NOT NULL,
    insurance INTEGER NOT NULL,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    paid_on TEXT NOT NULL,
    person_share INTEGER NOT NULL,
    employer_share INTEGER NOT NULL,
    fund_share INTEGER NOT NULL,
    posted INTEGER NOT NULL,
    excess INTEGER NOT NULL,
    held INTEGER NOT NULL,
    CHECK (posted + excess + held = person_share + employer_share + fund_share),
    PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

CREATE INDEX tax_payments_source ON tax_payments (source, row);
CREATE INDEX tax_payments_held ON tax_payments (person) WHERE held > 0;

-- What the audit chain knows a run of those rows by.
CREATE TABLE tax_lots (
    source INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    count INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (source, first_row)
) STRICT, WITHOUT ROWID;
