-- How a division breaks a year's enrolment target down over those below it: a revision is a draft until somebody else than its maker approves it, and is
-- never changed after. content is the canonical form of the plan.
CREATE TABLE enrolment_targets (
    division TEXT NOT NULL,
    year INTEGER NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    state TEXT NOT NULL,
    maker TEXT NOT NULL,
    made_at TEXT NOT NULL,
    approver TEXT NOT NULL,
    approved_at TEXT NOT NULL,
    content BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (division, year, revision)
) STRICT, WITHOUT ROWID;
