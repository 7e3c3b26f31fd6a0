-- Kinds of news are the program's to know: a new one needs no new table.
CREATE TABLE notice_of_any_kind (
    position INTEGER PRIMARY KEY,
    event_id BLOB    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL CHECK (kind <> ''),
    subject  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    data     TEXT    NOT NULL,
    -- The one it is meant for, or the first of those in `notice_person`; NULL: everybody who may know.
    user_id  INTEGER REFERENCES user (id)
) STRICT;
INSERT INTO notice_of_any_kind SELECT position, event_id, kind, subject, at, data, user_id FROM notice;
DROP TABLE notice;
ALTER TABLE notice_of_any_kind RENAME TO notice;
