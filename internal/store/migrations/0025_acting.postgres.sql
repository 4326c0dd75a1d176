-- On what ground somebody may act for another (代办): empty where the person himself let him, 'family' for a child of the same household.
ALTER TABLE person_grants ADD COLUMN ground TEXT COLLATE "C" NOT NULL DEFAULT '';
