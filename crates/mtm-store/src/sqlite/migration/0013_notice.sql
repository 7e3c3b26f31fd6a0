-- What people are told of: events taken out of the outbox once each, with their place in it.
CREATE TABLE notice (
    position INTEGER PRIMARY KEY,
    event_id BLOB    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL CHECK (kind IN ('truth', 'integration', 'minimum', 'hold')),
    subject  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    data     TEXT    NOT NULL,
    -- The one it is meant for; NULL: everybody who may know.
    user_id  INTEGER REFERENCES user (id)
) STRICT;

-- How far somebody has read, and what they do not want to be told of: names of kinds between blanks.
CREATE TABLE notice_reader (
    user_id INTEGER PRIMARY KEY REFERENCES user (id),
    read_to INTEGER NOT NULL DEFAULT 0,
    muted   TEXT    NOT NULL DEFAULT ''
) STRICT;
