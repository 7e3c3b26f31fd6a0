-- Who is told of events by signed requests, and how far.
CREATE TABLE webhook (
    id            INTEGER PRIMARY KEY,
    uid           BLOB    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    -- Short names of event types, a JSON list; every type where it is empty.
    types         TEXT    NOT NULL,
    -- Encrypted with a key that is not in the database.
    secret        BLOB    NOT NULL,
    -- Up to which place in the outbox deliveries were laid out; nothing else is read from the outbox twice.
    position      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    -- When something was last taken.
    delivered_at  INTEGER,
    -- Since when nothing was taken, and what was answered last.
    failing_since INTEGER,
    last_error    TEXT,
    -- Told nothing while it is disabled, by a person or for failing too long.
    disabled_at   INTEGER,
    disabled_why  TEXT CHECK (disabled_why IN ('person', 'failing', 'gone')),
    -- Stays, so that what was told to whom can be looked up.
    removed_at    INTEGER
) STRICT;

-- One event for one webhook. Kept after it was taken, as long as the newest few thousand go.
CREATE TABLE delivery (
    id             INTEGER PRIMARY KEY,
    webhook_id     INTEGER NOT NULL REFERENCES webhook (id),
    position       INTEGER NOT NULL,
    event_id       BLOB    NOT NULL,
    type           TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    -- When it happened.
    at             INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead', 'dropped')),
    attempts       INTEGER NOT NULL DEFAULT 0,
    due_at         INTEGER NOT NULL,
    first_tried_at INTEGER,
    tried_at       INTEGER,
    -- What was answered last: a status of HTTP, or why there was none.
    status         INTEGER,
    error          TEXT,
    -- What is sent instead of the event as it was told; kept for a dead letter, and where somebody edited it.
    body           TEXT,
    -- Why somebody dropped it.
    reason         TEXT,
    UNIQUE (webhook_id, position)
) STRICT;
CREATE INDEX delivery_state ON delivery (webhook_id, state, position);
CREATE INDEX delivery_subject ON delivery (webhook_id, state, subject, position);
