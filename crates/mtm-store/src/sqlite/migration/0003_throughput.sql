-- What moved, by quarter of an hour: derived from the log behind the writer, so that a day's figures
-- need not read the day's movements. A reversal is taken off its original, at the original's time.
CREATE TABLE throughput (
    -- Quarters of an hour since 1970, UTC: every zone's days and shifts begin with one.
    slot         INTEGER NOT NULL,
    type         TEXT    NOT NULL,
    -- Where the pieces came from; where they went, if they came from outside.
    operation_id INTEGER NOT NULL,
    movements    INTEGER NOT NULL,
    quantity     INTEGER NOT NULL,
    PRIMARY KEY (slot, type, operation_id)
) STRICT, WITHOUT ROWID;

-- Up to which movement a derived table holds the log; what is newer is read from the log itself.
CREATE TABLE derived_position (
    name     TEXT    PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
