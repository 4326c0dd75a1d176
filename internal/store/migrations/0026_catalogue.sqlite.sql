-- Editions of the catalogue, each whole and in force from a day until the next one. The last revision of a day holds. content is compressed.
CREATE TABLE catalogue_editions (
    begins TEXT NOT NULL,
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
    items INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    who TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (begins, revision)
) STRICT;

-- What national item an institution's own item is, from a day to another. One that was withdrawn stays, and holds no more.
CREATE TABLE item_mappings (
    institution TEXT NOT NULL,
    item TEXT NOT NULL,
    code TEXT NOT NULL,
    begins TEXT NOT NULL,
    ends TEXT NOT NULL,
    kind TEXT NOT NULL,
    withdrawn TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    content BLOB NOT NULL,
    PRIMARY KEY (institution, item, code, begins)
) STRICT;
