-- What a way of being insured costs in a year and place, and who bears it. Amounts in fen, rates in millionths. aid is a list of groups and amounts, one a line.
CREATE TABLE contribution_standards (
    year BIGINT NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL,
    individual BIGINT NOT NULL,
    central BIGINT NOT NULL,
    province BIGINT NOT NULL,
    city BIGINT NOT NULL,
    county BIGINT NOT NULL,
    aid TEXT COLLATE "C" NOT NULL,
    average_wage BIGINT NOT NULL,
    employer_rate BIGINT NOT NULL,
    person_rate BIGINT NOT NULL,
    floor BIGINT NOT NULL,
    ceiling BIGINT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (year, division, way)
);
