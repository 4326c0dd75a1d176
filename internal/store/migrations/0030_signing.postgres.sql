-- How an institution signs its messages (签名): 'optional', 'required' or 'whole', with its public key; empty for not at all.
ALTER TABLE institutions ADD COLUMN signing TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE institutions ADD COLUMN sign_key TEXT COLLATE "C" NOT NULL DEFAULT '';

-- The numbers of sign-ins that were signed out of (9002), with when.
CREATE TABLE sign_outs (
    institution TEXT COLLATE "C" NOT NULL,
    sign_no TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, sign_no)
);
