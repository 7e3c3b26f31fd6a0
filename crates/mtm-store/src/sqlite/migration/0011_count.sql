-- Cycle counts: what was planned, what people counted, and what became of each difference.
CREATE TABLE stock_count (
    id                BLOB    PRIMARY KEY,
    name              TEXT    NOT NULL,
    -- What was asked for, a JSON object; the lines are what it was then.
    filter            TEXT    NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('open', 'posted', 'cancelled')),
    planned_by        INTEGER NOT NULL REFERENCES user (id),
    planned_at        INTEGER NOT NULL,
    -- The newest movement that the expected quantities know.
    position          INTEGER NOT NULL,
    tolerance         INTEGER NOT NULL CHECK (tolerance >= 0),
    tolerance_percent INTEGER NOT NULL CHECK (tolerance_percent BETWEEN 0 AND 100),
    -- Whether somebody else must count again what was too far off.
    other_person      INTEGER NOT NULL CHECK (other_person IN (0, 1)),
    finished_by       INTEGER REFERENCES user (id),
    finished_at       INTEGER
) STRICT;

-- One bucket that was expected, or that turned up. The last count of it stands here, too.
CREATE TABLE count_line (
    count_id     BLOB    NOT NULL REFERENCES stock_count (id),
    number       INTEGER NOT NULL CHECK (number > 0),
    location_id  INTEGER NOT NULL REFERENCES location (id),
    part_id      INTEGER NOT NULL REFERENCES part (id),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    -- None for found material that nobody knows the lot of.
    lot          TEXT,
    -- Whether it turned up while people counted.
    added        INTEGER NOT NULL CHECK (added IN (0, 1)),
    -- Pieces at the position that the count was planned at.
    snapshot     INTEGER NOT NULL CHECK (snapshot >= 0),
    state        TEXT    NOT NULL CHECK (state IN ('open', 'recount', 'counted', 'posted', 'left')),
    rounds       INTEGER NOT NULL DEFAULT 0,
    counted      INTEGER,
    expected     INTEGER,
    counted_at   INTEGER,
    counted_by   INTEGER REFERENCES user (id),
    -- The command that booked the difference.
    command_id   BLOB,
    -- Why it could not be booked when it was last tried.
    refused_code TEXT,
    refused_text TEXT,
    PRIMARY KEY (count_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX count_line_by_state ON count_line (count_id, state, number);

-- Every count of every line, as it was entered; never changed.
CREATE TABLE count_entry (
    count_id   BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    round      INTEGER NOT NULL CHECK (round > 0),
    counted    INTEGER NOT NULL CHECK (counted >= 0),
    -- Pieces that the ledger knew at the moment of counting.
    expected   INTEGER NOT NULL CHECK (expected >= 0),
    counted_at INTEGER NOT NULL,
    -- The newest movement when it was entered.
    position   INTEGER NOT NULL,
    entered_at INTEGER NOT NULL,
    entered_by INTEGER NOT NULL REFERENCES user (id),
    notes      TEXT,
    PRIMARY KEY (count_id, number, round),
    FOREIGN KEY (count_id, number) REFERENCES count_line (count_id, number)
) STRICT, WITHOUT ROWID;
