-- What a province published to its divisions of an approved run: the comparison everybody below may see, and a share for each of
-- them. withdrawn_at is empty while it is published; reason says why it no longer is.
CREATE TABLE publications (
    id TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    comparison BYTEA NOT NULL,
    published_at TEXT COLLATE "C" NOT NULL,
    published_by TEXT COLLATE "C" NOT NULL,
    publisher TEXT COLLATE "C" NOT NULL,
    withdrawn_at TEXT COLLATE "C" NOT NULL,
    withdrawn_by TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE published_shares (
    publication TEXT COLLATE "C" NOT NULL REFERENCES publications (id),
    division TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (publication, division)
);

CREATE INDEX publications_division ON publications (division, published_at);
CREATE INDEX publications_document ON publications (document);

-- Every filter of the audit log has its index. That of objects began with their kind, which nobody asks for alone.
DROP INDEX audit_object;
CREATE INDEX audit_object ON audit (chain, object, seq);
CREATE INDEX audit_who ON audit (chain, who, seq);
CREATE INDEX audit_action ON audit (chain, action, seq);
CREATE INDEX audit_at ON audit (chain, at, seq);

-- When and from where a token was used last.
ALTER TABLE tokens ADD COLUMN used TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN used_from TEXT COLLATE "C" NOT NULL DEFAULT '';

CREATE INDEX document_steps_person ON document_steps (person, document);
CREATE INDEX document_steps_at ON document_steps (at, document);
