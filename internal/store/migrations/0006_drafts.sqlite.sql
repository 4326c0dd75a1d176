-- Vouchers that are not booked yet, and closings of a year that wait for a second person. content is the voucher's canonical form.
CREATE TABLE voucher_drafts (
    id TEXT NOT NULL,
    book TEXT NOT NULL,
    division TEXT NOT NULL,
    kind TEXT NOT NULL,
    maker TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    content BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX voucher_drafts_book ON voucher_drafts (book);
CREATE INDEX voucher_drafts_division ON voucher_drafts (division);

-- Budgets, their adjustments and performance targets, as they are worked on. document is the one that signs a sheet; empty before.
CREATE TABLE budget_sheets (
    division TEXT NOT NULL,
    insurance TEXT NOT NULL,
    year INTEGER NOT NULL,
    kind TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL,
    maker TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    content BLOB NOT NULL,
    PRIMARY KEY (division, insurance, year, kind, revision)
) STRICT, WITHOUT ROWID;
