-- Files that institutions send, and those made for them to fetch, until a time. What is in them is sealed.
CREATE TABLE exchange_files (
    file TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL,
    until TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (file)
);

CREATE INDEX exchange_files_institution ON exchange_files (institution, until);
