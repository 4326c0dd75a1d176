-- What of a bank's row is booked as not identified, and in which book; what of it was sent back or taken as income.
ALTER TABLE bank_receipts ADD COLUMN suspended BIGINT NOT NULL DEFAULT 0 CHECK (suspended >= 0);
ALTER TABLE bank_receipts ADD COLUMN disposed BIGINT NOT NULL DEFAULT 0 CHECK (disposed >= 0);
ALTER TABLE bank_receipts ADD COLUMN book TEXT COLLATE "C" NOT NULL DEFAULT '';
