-- What institutions send of the care behind a settlement (the settlement list), by the transaction it came with. It is sealed.
CREATE TABLE settlement_lists (
    person INTEGER NOT NULL,
    settlement TEXT NOT NULL,
    kind TEXT NOT NULL,
    institution TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, settlement, kind)
) STRICT;
