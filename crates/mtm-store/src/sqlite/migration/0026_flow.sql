-- What other systems are told of movements: a flow for each, and a posting for each movement that concerns it.
-- Nothing here is stock.
CREATE TABLE flow (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    -- 'off', 'shadow', 'worklist' or 'automatic'.
    mode          TEXT    NOT NULL,
    -- The place in the log up to which postings were laid out.
    position      INTEGER NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    changed_at    INTEGER NOT NULL,
    changed_by    INTEGER REFERENCES user (id),
    failing_since INTEGER,
    last_error    TEXT
) STRICT;

CREATE TABLE flow_posting (
    id             INTEGER PRIMARY KEY,
    flow_id        INTEGER NOT NULL REFERENCES flow (id),
    movement_id    BLOB    NOT NULL,
    sequence       INTEGER NOT NULL,
    reverses       BLOB,
    class          TEXT    NOT NULL,
    part           TEXT    NOT NULL,
    -- The part in the form in which parts are compared.
    folded         TEXT    NOT NULL,
    lot            TEXT    NOT NULL,
    quantity       INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    -- The movement as the other system sees it, and what is sent for it: JSON.
    fact           TEXT    NOT NULL,
    request        TEXT,
    edited         INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1)),
    state          TEXT    NOT NULL,
    -- The same for as long as later postings of it wait for this one; and when it is its turn.
    lane           TEXT,
    due_at         INTEGER,
    attempts       INTEGER NOT NULL DEFAULT 0,
    tried_at       INTEGER,
    status         INTEGER,
    code           TEXT,
    cause          TEXT,
    -- The number of the document there.
    document       TEXT,
    -- When their ledger showed it.
    proved_at      INTEGER,
    decided_by     INTEGER REFERENCES user (id),
    decided_at     INTEGER,
    note           TEXT,
    laid_at        INTEGER NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    UNIQUE (flow_id, movement_id)
) STRICT;
CREATE INDEX flow_posting_by_state ON flow_posting (flow_id, state, id);
CREATE INDEX flow_posting_by_age ON flow_posting (flow_id, state, recorded_at);
CREATE INDEX flow_posting_by_part ON flow_posting (folded, id);
CREATE INDEX flow_posting_by_lot ON flow_posting (lot, id);
CREATE INDEX flow_posting_due ON flow_posting (flow_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX flow_posting_lane ON flow_posting (flow_id, lane, sequence) WHERE lane IS NOT NULL;
CREATE INDEX flow_posting_by_movement ON flow_posting (movement_id);
CREATE INDEX flow_posting_by_document ON flow_posting (document) WHERE document IS NOT NULL;

-- Which transaction of their ledger shows which posting: each shows one.
CREATE TABLE flow_proof (
    erp            TEXT    NOT NULL,
    transaction_id INTEGER NOT NULL,
    posting_id     INTEGER NOT NULL REFERENCES flow_posting (id),
    PRIMARY KEY (erp, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_proof_by_posting ON flow_proof (posting_id);

-- What became of a posting, and who decided it.
CREATE TABLE flow_deed (
    id         INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES flow_posting (id),
    what       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    user_id    INTEGER REFERENCES user (id),
    note       TEXT
) STRICT;
CREATE INDEX flow_deed_by_posting ON flow_deed (posting_id, id);
