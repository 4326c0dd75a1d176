-- An account that one person gave waits until another confirms it: until then the one before is used.
ALTER TABLE bank_accounts ADD COLUMN next_name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN next_number TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN next_bank TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN next_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN confirmed_by TEXT COLLATE "C" NOT NULL DEFAULT '';
