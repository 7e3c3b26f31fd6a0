-- How the stock of an earlier system was last taken over: a row of its stock table stands for these
-- pieces here. What stands here otherwise was booked here.
CREATE TABLE legacy_stock (
    lot          TEXT    NOT NULL REFERENCES lot (lot),
    -- The row's id there.
    id           INTEGER NOT NULL,
    -- The lot's number there, where it has one.
    legacy_lot   TEXT,
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    location_id  INTEGER NOT NULL REFERENCES location (id),
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (lot, id)
) STRICT, WITHOUT ROWID;

-- How far an earlier system was followed. `round` is a fence: two followers never apply one look twice.
CREATE TABLE legacy_follow (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    round       INTEGER NOT NULL,
    followed_at INTEGER NOT NULL,
    cut_over_at INTEGER,
    report      TEXT
) STRICT;
