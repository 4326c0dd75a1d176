-- What institutions send of the care behind a settlement (the settlement list), by the transaction it came with. It is sealed.
CREATE TABLE settlement_lists (
    person BIGINT NOT NULL,
    settlement TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL,
    PRIMARY KEY (person, settlement, kind)
);
