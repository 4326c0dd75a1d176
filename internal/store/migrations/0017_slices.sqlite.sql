-- The marks of the rows of persons, slice by slice of their numbers, one over the other by exclusive or: what finds a row put back to an older version of itself.
CREATE TABLE person_slices (
    slice INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (slice)
) STRICT, WITHOUT ROWID;
