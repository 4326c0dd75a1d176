-- The books: what was posted, and what stands on every line month by month. Amounts in fen. version counts every change of a book.
CREATE TABLE books (
    book TEXT NOT NULL,
    division TEXT NOT NULL,
    insurance TEXT NOT NULL,
    kind TEXT NOT NULL,
    one_word INTEGER NOT NULL CHECK (one_word IN (0, 1)),
    deficit_approval INTEGER NOT NULL CHECK (deficit_approval IN (0, 1)),
    version INTEGER NOT NULL,
    PRIMARY KEY (book)
) STRICT, WITHOUT ROWID;

CREATE TABLE book_years (
    book TEXT NOT NULL REFERENCES books (book),
    year INTEGER NOT NULL,
    first_month INTEGER NOT NULL,
    through_month INTEGER NOT NULL,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    PRIMARY KEY (book, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE vouchers (
    book TEXT NOT NULL,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    word TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    serial INTEGER NOT NULL,
    date TEXT NOT NULL,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    corrects TEXT NOT NULL,
    digest BLOB NOT NULL,
    canonical BLOB NOT NULL,
    PRIMARY KEY (book, year, month, word, number),
    UNIQUE (book, request)
) STRICT, WITHOUT ROWID;

CREATE TABLE postings (
    book TEXT NOT NULL,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    word TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    line INTEGER NOT NULL,
    account TEXT NOT NULL,
    counter TEXT NOT NULL,
    level TEXT NOT NULL,
    institution TEXT NOT NULL,
    side INTEGER NOT NULL CHECK (side IN (1, -1)),
    amount INTEGER NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (book, year, month, word, number, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE book_lines (
    book TEXT NOT NULL REFERENCES books (book),
    account TEXT NOT NULL,
    counter TEXT NOT NULL,
    level TEXT NOT NULL,
    institution TEXT NOT NULL,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL CHECK (month BETWEEN 0 AND 12),
    opening INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    carried INTEGER NOT NULL,
    PRIMARY KEY (book, account, counter, level, institution, year, month)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX vouchers_reversed ON vouchers (book, corrects) WHERE kind = 'reversal';
