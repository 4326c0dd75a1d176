-- The same receipt may pay the same payment again: seq counts from 0. What was booked may be taken back, asked for by one person for a reason and done by another.
CREATE TABLE item_payments_new (
    item TEXT NOT NULL,
    receipt TEXT NOT NULL,
    seq INTEGER NOT NULL,
    division TEXT NOT NULL,
    amount INTEGER NOT NULL,
    date TEXT NOT NULL,
    maker TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    undone_by TEXT NOT NULL,
    undone_on TEXT NOT NULL,
    PRIMARY KEY (item, receipt, seq),
    CHECK (amount > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO item_payments_new (item, receipt, seq, division, amount, date, maker, reviewer, asked_by, reason, undone_by, undone_on)
SELECT item, receipt, 0, division, amount, date, maker, reviewer, '', '', '', '' FROM item_payments;
DROP TABLE item_payments;
ALTER TABLE item_payments_new RENAME TO item_payments;
