-- What documents are made of, by the digest of its bytes.
CREATE TABLE papers (
    division TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (division, digest)
);

-- What approved documents became as money. subject is what there can be one of.
CREATE TABLE batches (
    id TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    corrects TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL,
    finished BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (division, subject)
);

-- Payments that are due, and how far each has come. Amounts in fen.
CREATE TABLE items (
    id TEXT COLLATE "C" NOT NULL,
    batch TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    payer TEXT COLLATE "C" NOT NULL,
    payer_level TEXT COLLATE "C" NOT NULL,
    payer_division TEXT COLLATE "C" NOT NULL,
    payee TEXT COLLATE "C" NOT NULL,
    payee_level TEXT COLLATE "C" NOT NULL,
    payee_division TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    due TEXT COLLATE "C" NOT NULL,
    source_kind TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    decision TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    paid BIGINT NOT NULL,
    lapsed BIGINT NOT NULL,
    sent_by TEXT COLLATE "C" NOT NULL,
    sent_on TEXT COLLATE "C" NOT NULL,
    sent_ref TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (id),
    CHECK (amount > 0 AND paid >= 0 AND paid <= amount)
);

-- Which receipts paid which payments.
CREATE TABLE item_payments (
    item TEXT COLLATE "C" NOT NULL,
    receipt TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    date TEXT COLLATE "C" NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    reviewer TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (item, receipt),
    CHECK (amount > 0)
);

-- Rows of bank and treasury statements. used is what of a row was matched, in fen; reason says why the rest is not.
CREATE TABLE bank_receipts (
    division TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    date TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    payer TEXT COLLATE "C" NOT NULL,
    payer_name TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    synthetic BIGINT NOT NULL,
    brought_by TEXT COLLATE "C" NOT NULL,
    used BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    settled_by TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (division, id),
    CHECK (amount > 0 AND used >= 0 AND used <= amount)
);

-- Where the money of a book is paid to.
CREATE TABLE bank_accounts (
    book TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (book)
);

CREATE INDEX items_batch ON items (batch);
CREATE INDEX items_division ON items (division, year);
CREATE INDEX bank_receipts_open ON bank_receipts (division, date);
