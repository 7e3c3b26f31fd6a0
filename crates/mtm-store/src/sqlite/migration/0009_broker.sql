-- Brokers that are told of every event, and how far. Which there are, the configuration says.
CREATE TABLE broker (
    id            INTEGER PRIMARY KEY,
    kind          TEXT    NOT NULL UNIQUE CHECK (kind IN ('mqtt', 'nats')),
    -- Up to which place in the outbox every event was taken, or refused for good.
    position      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    -- When a server was last configured with it: one that nobody has any more keeps no events.
    seen_at       INTEGER NOT NULL,
    published     INTEGER NOT NULL DEFAULT 0,
    published_at  INTEGER,
    -- Since when nothing is taken, how often it was tried, and what was answered last.
    failing_since INTEGER,
    attempts      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT
) STRICT;

-- What a broker refused for good: kept whole, until somebody resends or drops it.
CREATE TABLE broker_letter (
    id         INTEGER PRIMARY KEY,
    broker_id  INTEGER NOT NULL REFERENCES broker (id),
    position   INTEGER NOT NULL,
    event_id   BLOB    NOT NULL,
    type       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    refused_at INTEGER NOT NULL,
    error      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    -- Whether somebody wants it sent again.
    resend     INTEGER NOT NULL DEFAULT 0 CHECK (resend IN (0, 1)),
    UNIQUE (broker_id, position)
) STRICT;
