-- One row for every person, with his file sealed. What stands beside it follows from the file. Divisions, places and years are numbers
-- here, 0 where there is none, because they stand in every index. The three tables that grow with people are partitioned by hash;
-- Citus, where it is there, spreads them by itself.
DO $$
DECLARE
    citus BOOLEAN := EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus');
    big RECORD;
BEGIN
    FOR big IN SELECT * FROM (VALUES
        ('persons', 'person', 'person BIGINT NOT NULL PRIMARY KEY, county BIGINT NOT NULL, home BIGINT NOT NULL, lives BIGINT NOT NULL, born BIGINT NOT NULL,
            source BIGINT NOT NULL, version BIGINT NOT NULL CHECK (version > 0), sealed BYTEA NOT NULL'),
        -- Blind indexes: whose document it is, and whose name in a county, alone or with a day of birth.
        ('person_documents', 'key', 'key BYTEA NOT NULL PRIMARY KEY, person BIGINT NOT NULL'),
        ('person_names', 'key', 'county BIGINT NOT NULL, key BIGINT NOT NULL, person BIGINT NOT NULL, PRIMARY KEY (county, key, person)')
    ) AS t (name, hashed, columns) LOOP
        IF citus THEN
            EXECUTE format('CREATE TABLE %I (%s)', big.name, big.columns);
            CONTINUE;
        END IF;
        EXECUTE format('CREATE TABLE %I (%s) PARTITION BY HASH (%I)', big.name, big.columns, big.hashed);
        FOR part IN 0..15 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 16, REMAINDER %s)', big.name || '_' || part, big.name, part);
        END LOOP;
    END LOOP;
END $$;

CREATE INDEX persons_county ON persons (county, person);
CREATE INDEX persons_home ON persons (home, person) WHERE home <> 0;
CREATE INDEX persons_lives ON persons (lives, person) WHERE lives <> 0 AND lives <> home;

-- By how much the counts of a place change in a year. places is how many digits of the place count: 6 for a county, 9 for a township, 12 for a village.
CREATE TABLE person_counts (
    places BIGINT NOT NULL CHECK (places IN (6, 9, 12)),
    place BIGINT NOT NULL,
    year BIGINT NOT NULL,
    head BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (places, place, year, head)
);

-- The counties that are or were responsible for somebody.
CREATE TABLE person_counties (
    county BIGINT NOT NULL,
    PRIMARY KEY (county)
);

-- Where facts came from: acts and imports. done counts the rows of an import that took effect or were refused, from its first.
CREATE TABLE sources (
    source BIGINT NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    done BIGINT NOT NULL,
    persons BIGINT NOT NULL,
    finished BIGINT NOT NULL CHECK (finished IN (0, 1)),
    PRIMARY KEY (source)
);

CREATE INDEX sources_digest ON sources (digest) WHERE length(digest) > 0;

-- What the person key is known by, and the numbers to be given next.
CREATE TABLE person_register (
    id BIGINT NOT NULL CHECK (id = 1),
    key_check BYTEA NOT NULL,
    next_person BIGINT NOT NULL,
    next_source BIGINT NOT NULL,
    PRIMARY KEY (id)
);
