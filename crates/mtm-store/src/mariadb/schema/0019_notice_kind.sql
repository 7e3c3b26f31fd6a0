-- Kinds of news are the program's to know: a new one needs no new table.
ALTER TABLE notice MODIFY kind VARCHAR(20) NOT NULL CHECK (kind <> '');
