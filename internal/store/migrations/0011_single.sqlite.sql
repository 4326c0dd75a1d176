-- Whom of the users the provider of single sign-on means by a name. subject is the digest of who first came by it; empty before.
CREATE TABLE single_logins (
    person TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    PRIMARY KEY (person)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX single_logins_subject ON single_logins (subject) WHERE subject <> '';
