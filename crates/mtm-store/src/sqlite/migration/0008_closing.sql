-- The whole stock as it was after a movement, every so many movements: derived from the log behind the
-- writer, so that the stock of a moment long ago is not added up from the beginning.
CREATE TABLE closing (
    -- The movement after which it is.
    sequence     INTEGER NOT NULL,
    location_id  INTEGER NOT NULL,
    part_id      INTEGER NOT NULL,
    lot          TEXT    NOT NULL,
    operation_id INTEGER NOT NULL,
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (sequence, location_id, part_id, lot, operation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX closing_by_part ON closing (sequence, part_id);

-- Which there are. One that is not whole is being made, or is removed; no question looks at it.
CREATE TABLE closing_point (
    sequence INTEGER PRIMARY KEY,
    -- Its buckets.
    buckets  INTEGER NOT NULL,
    whole    INTEGER NOT NULL CHECK (whole IN (0, 1))
) STRICT;
