-- What documents are made of, by the digest of its bytes.
CREATE TABLE papers (
    division TEXT NOT NULL,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (division, digest)
) STRICT, WITHOUT ROWID;

-- What approved documents became as money. subject is what there can be one of.
CREATE TABLE batches (
    id TEXT NOT NULL,
    division TEXT NOT NULL,
    kind TEXT NOT NULL,
    insurance TEXT NOT NULL,
    year INTEGER NOT NULL,
    subject TEXT NOT NULL,
    corrects TEXT NOT NULL,
    digest BLOB NOT NULL,
    made_at TEXT NOT NULL,
    finished INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (division, subject)
) STRICT, WITHOUT ROWID;

-- Payments that are due, and how far each has come. Amounts in fen.
CREATE TABLE items (
    id TEXT NOT NULL,
    batch TEXT NOT NULL,
    division TEXT NOT NULL,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    insurance TEXT NOT NULL,
    payer TEXT NOT NULL,
    payer_level TEXT NOT NULL,
    payer_division TEXT NOT NULL,
    payee TEXT NOT NULL,
    payee_level TEXT NOT NULL,
    payee_division TEXT NOT NULL,
    amount INTEGER NOT NULL,
    due TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    source TEXT NOT NULL,
    decision TEXT NOT NULL,
    number TEXT NOT NULL,
    paid INTEGER NOT NULL,
    lapsed INTEGER NOT NULL,
    sent_by TEXT NOT NULL,
    sent_on TEXT NOT NULL,
    sent_ref TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (amount > 0 AND paid >= 0 AND paid <= amount)
) STRICT, WITHOUT ROWID;

-- Which receipts paid which payments.
CREATE TABLE item_payments (
    item TEXT NOT NULL,
    receipt TEXT NOT NULL,
    division TEXT NOT NULL,
    amount INTEGER NOT NULL,
    date TEXT NOT NULL,
    maker TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    PRIMARY KEY (item, receipt),
    CHECK (amount > 0)
) STRICT, WITHOUT ROWID;

-- Rows of bank and treasury statements. used is what of a row was matched, in fen; reason says why the rest is not.
CREATE TABLE bank_receipts (
    division TEXT NOT NULL,
    id TEXT NOT NULL,
    date TEXT NOT NULL,
    insurance TEXT NOT NULL,
    amount INTEGER NOT NULL,
    payer TEXT NOT NULL,
    payer_name TEXT NOT NULL,
    note TEXT NOT NULL,
    synthetic INTEGER NOT NULL,
    brought_by TEXT NOT NULL,
    used INTEGER NOT NULL,
    reason TEXT NOT NULL,
    settled_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (division, id),
    CHECK (amount > 0 AND used >= 0 AND used <= amount)
) STRICT, WITHOUT ROWID;

-- Where the money of a book is paid to.
CREATE TABLE bank_accounts (
    book TEXT NOT NULL,
    division TEXT NOT NULL,
    name TEXT NOT NULL,
    number TEXT NOT NULL,
    bank TEXT NOT NULL,
    PRIMARY KEY (book)
) STRICT, WITHOUT ROWID;

CREATE INDEX items_batch ON items (batch);
CREATE INDEX items_division ON items (division, year);
CREATE INDEX bank_receipts_open ON bank_receipts (division, date);
