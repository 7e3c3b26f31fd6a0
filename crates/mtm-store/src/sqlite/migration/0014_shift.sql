-- Shifts of the site: every week there ever was, each from a moment on. A change is another version;
-- where there is none, three shifts a day hold.
CREATE TABLE shift_version (
    id             INTEGER PRIMARY KEY,
    -- Counted from 1.
    number         INTEGER NOT NULL UNIQUE CHECK (number > 0),
    -- On a quarter of an hour.
    effective_from INTEGER NOT NULL CHECK (effective_from % 900000000 = 0),
    recorded_at    INTEGER NOT NULL,
    user_id        INTEGER NOT NULL REFERENCES user (id)
) STRICT;

-- One shift of one day of the week, 1 for Monday. It ends on the next day unless that is later than
-- when it begins. Times are minutes of the site's day.
CREATE TABLE shift_span (
    version_id INTEGER NOT NULL REFERENCES shift_version (id),
    weekday    INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    begins     INTEGER NOT NULL CHECK (begins BETWEEN 0 AND 1425 AND begins % 15 = 0),
    ends       INTEGER NOT NULL CHECK (ends BETWEEN 0 AND 1425 AND ends % 15 = 0),
    name       TEXT NOT NULL,
    PRIMARY KEY (version_id, weekday, begins)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER shift_version_is_never_changed BEFORE UPDATE ON shift_version
BEGIN SELECT raise(ABORT, 'shifts are never changed; add a version'); END;
CREATE TRIGGER shift_version_is_never_removed BEFORE DELETE ON shift_version
BEGIN SELECT raise(ABORT, 'shifts are never removed; add a version'); END;
CREATE TRIGGER shift_span_is_never_changed BEFORE UPDATE ON shift_span
BEGIN SELECT raise(ABORT, 'shifts are never changed; add a version'); END;
CREATE TRIGGER shift_span_is_never_removed BEFORE DELETE ON shift_span
BEGIN SELECT raise(ABORT, 'shifts are never removed; add a version'); END;
