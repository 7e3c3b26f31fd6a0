-- Closings and reopenings of periods. The newest says up to where everything is closed.
CREATE TABLE period_closing (
    id          INTEGER PRIMARY KEY,
    -- Counted from 1.
    number      INTEGER NOT NULL UNIQUE CHECK (number > 0),
    -- The last day that is closed, and when it was over; both NULL where nothing is closed.
    through     TEXT,
    until_at    INTEGER,
    recorded_at INTEGER NOT NULL,
    user_id     INTEGER NOT NULL REFERENCES user (id),
    CHECK ((through IS NULL) = (until_at IS NULL)),
    CHECK (until_at IS NULL OR until_at <= recorded_at)
) STRICT;

CREATE TRIGGER period_closing_is_never_changed BEFORE UPDATE ON period_closing
BEGIN SELECT raise(ABORT, 'closings are never changed; add one'); END;
CREATE TRIGGER period_closing_is_never_removed BEFORE DELETE ON period_closing
BEGIN SELECT raise(ABORT, 'closings are never removed; add one'); END;
