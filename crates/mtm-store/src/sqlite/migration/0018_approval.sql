-- Adjustments that are too large for one person, and what became of them.
CREATE TABLE approval (
    id           INTEGER PRIMARY KEY,
    state        TEXT    NOT NULL
                     CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn', 'expired')),
    lot          TEXT    NOT NULL REFERENCES lot (lot),
    part_id      INTEGER NOT NULL REFERENCES part (id),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    location_id  INTEGER NOT NULL REFERENCES location (id),
    -- What stood there, in 10⁻⁶ pieces, and by how many pieces it shall change.
    stock        INTEGER NOT NULL CHECK (stock >= 0),
    delta        INTEGER NOT NULL CHECK (delta <> 0),
    reason       TEXT    NOT NULL,
    notes        TEXT,
    over_hold    INTEGER NOT NULL CHECK (over_hold IN (0, 1)),
    occurred_at  INTEGER,
    station      TEXT,
    session_id   BLOB,
    asked_by     INTEGER NOT NULL REFERENCES user (id),
    asked_at     INTEGER NOT NULL,
    decided_by   INTEGER REFERENCES user (id),
    decided_at   INTEGER,
    why          TEXT,
    -- What booked it.
    command_id   BLOB,
    CHECK ((state = 'approved') = (command_id IS NOT NULL)),
    -- Two people.
    CHECK (state <> 'approved' OR decided_by <> asked_by)
) STRICT;

-- One request at a time waits for a bucket.
CREATE UNIQUE INDEX approval_waits_once ON approval (lot, operation_id, location_id)
    WHERE state = 'waiting';

-- How large an adjustment may be before a second person must approve it: 10⁻⁶ pieces, and per cent.
ALTER TABLE site ADD COLUMN approval_pieces INTEGER CHECK (approval_pieces > 0);
ALTER TABLE site ADD COLUMN approval_percent INTEGER CHECK (approval_percent > 0);
