-- The books: what was posted, and what stands on every line month by month. Amounts in fen. version counts every change of a book.
CREATE TABLE books (
    book TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    one_word BIGINT NOT NULL CHECK (one_word IN (0, 1)),
    deficit_approval BIGINT NOT NULL CHECK (deficit_approval IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (book)
) WITH (fillfactor = 50);

CREATE TABLE book_years (
    book TEXT COLLATE "C" NOT NULL REFERENCES books (book),
    year BIGINT NOT NULL,
    first_month BIGINT NOT NULL,
    through_month BIGINT NOT NULL,
    closed BIGINT NOT NULL CHECK (closed IN (0, 1)),
    PRIMARY KEY (book, year)
);

CREATE TABLE vouchers (
    book TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    month BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    serial BIGINT NOT NULL,
    date TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    corrects TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    canonical BYTEA NOT NULL,
    PRIMARY KEY (book, year, month, word, number),
    UNIQUE (book, request)
);

CREATE TABLE postings (
    book TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    month BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    line BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    side BIGINT NOT NULL CHECK (side IN (1, -1)),
    amount BIGINT NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (book, year, month, word, number, line)
);

CREATE TABLE book_lines (
    book TEXT COLLATE "C" NOT NULL REFERENCES books (book),
    account TEXT COLLATE "C" NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    month BIGINT NOT NULL CHECK (month BETWEEN 0 AND 12),
    opening BIGINT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    carried BIGINT NOT NULL,
    PRIMARY KEY (book, account, counter, level, institution, year, month)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX vouchers_reversed ON vouchers (book, corrects) WHERE kind = 'reversal';
