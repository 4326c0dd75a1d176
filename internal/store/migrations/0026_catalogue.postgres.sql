-- Editions of the catalogue, each whole and in force from a day until the next one. The last revision of a day holds. content is compressed.
CREATE TABLE catalogue_editions (
    begins TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    synthetic BIGINT NOT NULL CHECK (synthetic IN (0, 1)),
    items BIGINT NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (begins, revision)
);

-- What national item an institution's own item is, from a day to another. One that was withdrawn stays, and holds no more.
CREATE TABLE item_mappings (
    institution TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    begins TEXT COLLATE "C" NOT NULL,
    ends TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    withdrawn TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    content BYTEA NOT NULL,
    PRIMARY KEY (institution, item, code, begins)
);
