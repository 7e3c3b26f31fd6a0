-- What somebody decided about the way to another system, and how it stood when that last changed, as the
-- server that sends has it.
CREATE TABLE peer_guard (
    -- A webhook's id, or the name of the one there is: mqtt, nats, mail.
    peer          TEXT    PRIMARY KEY,
    hold          TEXT    NOT NULL DEFAULT 'automatic' CHECK (hold IN ('automatic', 'open', 'closed')),
    reason        TEXT,
    held_by       INTEGER REFERENCES user (id),
    held_at       INTEGER,
    state         TEXT CHECK (state IN ('closed', 'open', 'half_open')),
    since         INTEGER,
    next_probe_at INTEGER,
    calls         INTEGER NOT NULL DEFAULT 0,
    failed        INTEGER NOT NULL DEFAULT 0,
    slow          INTEGER NOT NULL DEFAULT 0
) STRICT;
