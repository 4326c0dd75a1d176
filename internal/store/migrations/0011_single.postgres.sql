-- Whom of the users the provider of single sign-on means by a name. subject is the digest of who first came by it; empty before.
CREATE TABLE single_logins (
    person TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    subject TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person)
);

CREATE UNIQUE INDEX single_logins_subject ON single_logins (subject) WHERE subject <> '';
