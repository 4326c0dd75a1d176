-- One row for every person, with his file sealed. What stands beside it follows from the file. Divisions, places and years are numbers
-- here, 0 where there is none, because they stand in every index.
CREATE TABLE persons (
    person INTEGER NOT NULL PRIMARY KEY,
    county INTEGER NOT NULL,
    home INTEGER NOT NULL,
    lives INTEGER NOT NULL,
    born INTEGER NOT NULL,
    source INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;

CREATE INDEX persons_county ON persons (county, person);
CREATE INDEX persons_home ON persons (home, person) WHERE home <> 0;
CREATE INDEX persons_lives ON persons (lives, person) WHERE lives <> 0 AND lives <> home;

-- Blind indexes: whose document it is, and whose name in a county, alone or with a day of birth.
CREATE TABLE person_documents (
    key BLOB NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

CREATE TABLE person_names (
    county INTEGER NOT NULL,
    key INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (county, key, person)
) STRICT, WITHOUT ROWID;

-- By how much the counts of a place change in a year. places is how many digits of the place count: 6 for a county, 9 for a township, 12 for a village.
CREATE TABLE person_counts (
    places INTEGER NOT NULL CHECK (places IN (6, 9, 12)),
    place INTEGER NOT NULL,
    year INTEGER NOT NULL,
    head INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (places, place, year, head)
) STRICT, WITHOUT ROWID;

-- The counties that are or were responsible for somebody.
CREATE TABLE person_counties (
    county INTEGER NOT NULL,
    PRIMARY KEY (county)
) STRICT, WITHOUT ROWID;

-- Where facts came from: acts and imports. done counts the rows of an import that took effect or were refused, from its first.
CREATE TABLE sources (
    source INTEGER NOT NULL,
    division TEXT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    document TEXT NOT NULL,
    digest BLOB NOT NULL,
    done INTEGER NOT NULL,
    persons INTEGER NOT NULL,
    finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
    PRIMARY KEY (source)
) STRICT, WITHOUT ROWID;

CREATE INDEX sources_digest ON sources (digest) WHERE length(digest) > 0;

-- What the person key is known by, and the numbers to be given next.
CREATE TABLE person_register (
    id INTEGER NOT NULL CHECK (id = 1),
    key_check BLOB NOT NULL,
    next_person INTEGER NOT NULL,
    next_source INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
