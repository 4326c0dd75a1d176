-- An account that one person gave waits until another confirms it: until then the one before is used.
ALTER TABLE bank_accounts ADD COLUMN next_name TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN next_number TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN next_bank TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN next_by TEXT NOT NULL DEFAULT '';
ALTER TABLE bank_accounts ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '';
