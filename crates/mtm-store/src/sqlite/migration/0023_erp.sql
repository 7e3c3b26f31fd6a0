-- What an ERP says, read and never written back: its ledger, its own figures, and its master data. Nothing
-- here is stock of ours.
CREATE TABLE erp_peer (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    -- The greatest id of its ledger that was read, and the greatest it had.
    position      INTEGER NOT NULL DEFAULT 0,
    newest        INTEGER NOT NULL DEFAULT 0,
    -- Where the position stood some ten minutes ago, and since when it is measured.
    older         INTEGER NOT NULL DEFAULT 0,
    mark          INTEGER NOT NULL DEFAULT 0,
    mark_at       INTEGER,
    -- Which sums are shown (0: none yet), and which are being added up, where that goes on.
    sums          INTEGER NOT NULL DEFAULT 0,
    building      INTEGER,
    read_at       INTEGER,
    whole_at      INTEGER,
    scan_block    INTEGER,
    scanned_at    INTEGER,
    rows_read     INTEGER NOT NULL DEFAULT 0,
    rows_late     INTEGER NOT NULL DEFAULT 0,
    rows_changed  INTEGER NOT NULL DEFAULT 0,
    rows_gone     INTEGER NOT NULL DEFAULT 0,
    rows_flagged  INTEGER NOT NULL DEFAULT 0,
    rows_refused  INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    refused       INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
    cause         TEXT,
    last_error    TEXT,
    seen_at       INTEGER NOT NULL,
    owner         BLOB,
    owned_until   INTEGER
) STRICT;

-- Recent rows of its ledger.
CREATE TABLE erp_transaction (
    peer_id     INTEGER NOT NULL REFERENCES erp_peer (id),
    id          INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    class       TEXT    NOT NULL,
    quantity    INTEGER NOT NULL,
    happened    INTEGER NOT NULL,
    created     INTEGER,
    warehouse   TEXT    NOT NULL,
    location    TEXT    NOT NULL,
    part        TEXT    NOT NULL,
    user_name   TEXT,
    reference   TEXT,
    transfer_of INTEGER,
    read_at     INTEGER NOT NULL,
    late        INTEGER NOT NULL CHECK (late IN (0, 1)),
    flags       INTEGER NOT NULL,
    PRIMARY KEY (peer_id, id)
) STRICT, WITHOUT ROWID;

-- What is known of every block of its ledger, for ever: which ids were counted, and the block's figures.
CREATE TABLE erp_block (
    peer_id INTEGER NOT NULL REFERENCES erp_peer (id),
    sums    INTEGER NOT NULL,
    block   INTEGER NOT NULL,
    rows_in INTEGER NOT NULL,
    came    INTEGER NOT NULL,
    went    INTEGER NOT NULL,
    digest  INTEGER NOT NULL,
    seen    BLOB    NOT NULL,
    PRIMARY KEY (peer_id, sums, block)
) STRICT, WITHOUT ROWID;

-- What its ledger adds up to, by part and place.
CREATE TABLE erp_sum (
    peer_id   INTEGER NOT NULL REFERENCES erp_peer (id),
    sums      INTEGER NOT NULL,
    part      TEXT    NOT NULL,
    warehouse TEXT    NOT NULL,
    location  TEXT    NOT NULL,
    quantity  INTEGER NOT NULL,
    PRIMARY KEY (peer_id, sums, part, warehouse, location)
) STRICT, WITHOUT ROWID;

-- Its tables that are read whole. A reading counts when all of it is here: then `reading` is its number.
CREATE TABLE erp_table (
    peer_id      INTEGER NOT NULL REFERENCES erp_peer (id),
    name         TEXT    NOT NULL,
    reading      INTEGER NOT NULL DEFAULT 0,
    building     INTEGER,
    read_at      INTEGER,
    rows_read    INTEGER NOT NULL DEFAULT 0,
    rows_flagged INTEGER NOT NULL DEFAULT 0,
    rows_refused INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (peer_id, name)
) STRICT, WITHOUT ROWID;

-- What it says is on hand.
CREATE TABLE erp_on_hand (
    peer_id   INTEGER NOT NULL REFERENCES erp_peer (id),
    reading   INTEGER NOT NULL,
    part      TEXT    NOT NULL,
    warehouse TEXT    NOT NULL,
    location  TEXT    NOT NULL,
    quantity  INTEGER NOT NULL,
    PRIMARY KEY (peer_id, reading, part, warehouse, location)
) STRICT, WITHOUT ROWID;

-- Its master data and orders, each as a document.
CREATE TABLE erp_master (
    peer_id INTEGER NOT NULL REFERENCES erp_peer (id),
    name    TEXT    NOT NULL,
    reading INTEGER NOT NULL,
    code    TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (peer_id, name, reading, code)
) STRICT, WITHOUT ROWID;
