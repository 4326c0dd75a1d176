-- What a way of being insured costs in a year and place, and who bears it. Amounts in fen, rates in millionths. aid is a list of groups and amounts, one a line.
CREATE TABLE contribution_standards (
    year INTEGER NOT NULL,
    division TEXT NOT NULL,
    way TEXT NOT NULL,
    individual INTEGER NOT NULL,
    central INTEGER NOT NULL,
    province INTEGER NOT NULL,
    city INTEGER NOT NULL,
    county INTEGER NOT NULL,
    aid TEXT NOT NULL,
    average_wage INTEGER NOT NULL,
    employer_rate INTEGER NOT NULL,
    person_rate INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    ceiling INTEGER NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (year, division, way)
) STRICT, WITHOUT ROWID;
