-- How an institution signs its messages (签名): 'optional', 'required' or 'whole', with its public key; empty for not at all.
ALTER TABLE institutions ADD COLUMN signing TEXT NOT NULL DEFAULT '';
ALTER TABLE institutions ADD COLUMN sign_key TEXT NOT NULL DEFAULT '';

-- The numbers of sign-ins that were signed out of (9002), with when.
CREATE TABLE sign_outs (
    institution TEXT NOT NULL,
    sign_no TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (institution, sign_no)
) STRICT;
