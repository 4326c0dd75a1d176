-- Files that institutions send, and those made for them to fetch, until a time. What is in them is sealed.
CREATE TABLE exchange_files (
    file TEXT NOT NULL,
    institution TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    until TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (file)
) STRICT;

CREATE INDEX exchange_files_institution ON exchange_files (institution, until);
