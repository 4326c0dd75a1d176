-- Insured persons who are signed in. Their sessions are apart from those of users; a secret is kept as its digest alone.
CREATE TABLE person_sessions (
    digest BYTEA NOT NULL,
    person BIGINT NOT NULL,
    whence TEXT COLLATE "C" NOT NULL,
    began TEXT COLLATE "C" NOT NULL,
    seen TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX person_sessions_person ON person_sessions (person);
