-- Insured persons who are signed in. Their sessions are apart from those of users; a secret is kept as its digest alone.
CREATE TABLE person_sessions (
    digest BLOB NOT NULL,
    person INTEGER NOT NULL,
    whence TEXT NOT NULL,
    began TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_sessions_person ON person_sessions (person);
