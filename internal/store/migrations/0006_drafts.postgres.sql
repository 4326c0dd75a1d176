-- Vouchers that are not booked yet, and closings of a year that wait for a second person. content is the voucher's canonical form.
CREATE TABLE voucher_drafts (
    id TEXT COLLATE "C" NOT NULL,
    book TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    content BYTEA NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX voucher_drafts_book ON voucher_drafts (book);
CREATE INDEX voucher_drafts_division ON voucher_drafts (division);

-- Budgets, their adjustments and performance targets, as they are worked on. document is the one that signs a sheet; empty before.
CREATE TABLE budget_sheets (
    division TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    content BYTEA NOT NULL,
    PRIMARY KEY (division, insurance, year, kind, revision)
);
