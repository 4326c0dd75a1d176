-- The same receipt may pay the same payment again: seq counts from 0. What was booked may be taken back, asked for by one person for a reason and done by another.
ALTER TABLE item_payments ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item_payments ADD COLUMN asked_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE item_payments ADD COLUMN reason TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE item_payments ADD COLUMN undone_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE item_payments ADD COLUMN undone_on TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE item_payments DROP CONSTRAINT item_payments_pkey;
ALTER TABLE item_payments ADD PRIMARY KEY (item, receipt, seq);
