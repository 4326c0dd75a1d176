-- Who sent a message, when, from where, and in which division it was about somebody. Messages of one transaction share an entry of an audit chain, which seals these.
ALTER TABLE exchange_messages ADD COLUMN chain TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE exchange_messages ADD COLUMN at TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE exchange_messages ADD COLUMN who TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE exchange_messages ADD COLUMN whence TEXT COLLATE "C" NOT NULL DEFAULT '';

-- Messages in the order in which they came, with all they are searched by but the transaction.
CREATE INDEX exchange_messages_at ON exchange_messages (at, message, chain, who, person);
