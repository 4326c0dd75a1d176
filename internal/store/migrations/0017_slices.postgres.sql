-- The marks of the rows of persons, slice by slice of their numbers, one over the other by exclusive or: what finds a row put back to an older version of itself.
CREATE TABLE person_slices (
    slice BIGINT NOT NULL,
    marks BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (slice)
);
