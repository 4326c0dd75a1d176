-- Every version of a contribution standard, from the first: when it was put on file, by whom, and what it said. content is its canonical form.
CREATE TABLE standard_versions (
    year BIGINT NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (year, division, way, revision)
);
