-- One more kind of news: what becomes of a lot that somebody follows.
CREATE TABLE notice_of_more_kinds (
    position INTEGER PRIMARY KEY,
    event_id BLOB    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL CHECK (kind IN ('truth', 'integration', 'minimum', 'hold', 'lot')),
    subject  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    data     TEXT    NOT NULL,
    -- The one it is meant for, or the first of those in `notice_person`; NULL: everybody who may know.
    user_id  INTEGER REFERENCES user (id)
) STRICT;
INSERT INTO notice_of_more_kinds SELECT position, event_id, kind, subject, at, data, user_id FROM notice;
DROP TABLE notice;
ALTER TABLE notice_of_more_kinds RENAME TO notice;

-- Everybody that a notice about lots is meant for, and how many lots of theirs it concerns.
CREATE TABLE notice_person (
    position INTEGER NOT NULL,
    user_id  INTEGER NOT NULL REFERENCES user (id),
    lots     INTEGER NOT NULL,
    -- Whether they received one of them; otherwise they follow it.
    received INTEGER NOT NULL CHECK (received IN (0, 1)),
    PRIMARY KEY (position, user_id)
) STRICT, WITHOUT ROWID;

-- Whoever wants to know what becomes of a lot.
CREATE TABLE lot_follow (
    lot     TEXT    NOT NULL REFERENCES lot (lot),
    user_id INTEGER NOT NULL REFERENCES user (id),
    since   INTEGER NOT NULL,
    PRIMARY KEY (lot, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_follow_by_user ON lot_follow (user_id, lot);

-- How somebody is told beyond this program, of what, and how that goes.
CREATE TABLE notice_way (
    id            INTEGER PRIMARY KEY,
    uid           BLOB    NOT NULL UNIQUE,
    user_id       INTEGER NOT NULL REFERENCES user (id),
    way           TEXT    NOT NULL CHECK (way IN ('mail', 'webhook')),
    address       TEXT    NOT NULL,
    secret        BLOB,
    -- Names of kinds, each with a blank before and behind it.
    kinds         TEXT    NOT NULL,
    -- The message under way holds what waits up to this place; NULL: none is.
    bundle_to     INTEGER,
    attempts      INTEGER NOT NULL DEFAULT 0,
    due_at        INTEGER NOT NULL,
    delivered_at  INTEGER,
    failing_since INTEGER,
    last_error    TEXT,
    -- Nothing is sent any more until somebody mends the address.
    stopped_at    INTEGER,
    -- News that were too many to wait.
    passed_over   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (user_id, way)
) STRICT;

-- A notice that is still to go somebody's way. What was sent is not kept.
CREATE TABLE notice_letter (
    way_id   INTEGER NOT NULL REFERENCES notice_way (id),
    position INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (way_id, position)
) STRICT, WITHOUT ROWID;

-- How the server stands by which mail goes out.
CREATE TABLE mail_server (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    seen_at       INTEGER NOT NULL,
    answered_at   INTEGER,
    failing_since INTEGER,
    last_error    TEXT
) STRICT;
