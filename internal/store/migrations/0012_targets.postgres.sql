-- How a division breaks a year's enrolment target down over those below it: a revision is a draft until somebody else than its maker approves it, and is
-- never changed after. content is the canonical form of the plan.
CREATE TABLE enrolment_targets (
    division TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    state TEXT COLLATE "C" NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL,
    approver TEXT COLLATE "C" NOT NULL,
    approved_at TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    PRIMARY KEY (division, year, revision)
);
