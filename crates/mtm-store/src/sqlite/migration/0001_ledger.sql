-- The ledger. Times are microseconds UTC, quantities 10⁻⁶ pieces, uuids 16-byte blobs.
-- `movement`, `audit` and `outbox` only grow: triggers refuse anything else, for anybody.

CREATE TABLE site (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    name        TEXT    NOT NULL,
    time_zone   TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    -- Made by `serve --demo`: only such a database is ever reused by it.
    demo        INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    -- The last lot number given out; grows inside the booking that uses it.
    lot_counter INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Whoever acts: a person, a machine token's principal, a local command line, the system itself.
CREATE TABLE user (
    id            INTEGER PRIMARY KEY,
    uid           BLOB    NOT NULL UNIQUE,
    kind          TEXT    NOT NULL CHECK (kind IN ('person', 'token', 'cli', 'system')),
    name          TEXT    NOT NULL,
    folded        TEXT    NOT NULL UNIQUE,
    display_name  TEXT,
    role          TEXT    NOT NULL CHECK (role IN ('viewer', 'operator', 'lead', 'admin')),
    password_hash TEXT,
    intent_window INTEGER,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    version       INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE token (
    id            INTEGER PRIMARY KEY,
    uid           BLOB    NOT NULL UNIQUE,
    user_id       INTEGER NOT NULL REFERENCES user (id),
    name          TEXT    NOT NULL,
    scope         TEXT    NOT NULL,
    secret_hash   BLOB    NOT NULL UNIQUE,
    owns_lots     INTEGER NOT NULL DEFAULT 0 CHECK (owns_lots IN (0, 1)),
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER,
    revoked_at    INTEGER
) STRICT;

CREATE TABLE session (
    secret_hash  BLOB    PRIMARY KEY,
    uid          BLOB    NOT NULL UNIQUE,
    user_id      INTEGER NOT NULL REFERENCES user (id),
    csrf         TEXT    NOT NULL,
    user_agent   TEXT,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_link (
    secret_hash BLOB    PRIMARY KEY,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE item_type (
    id          INTEGER PRIMARY KEY,
    uid         BLOB    NOT NULL UNIQUE,
    code        TEXT    NOT NULL,
    folded      TEXT    NOT NULL UNIQUE,
    description TEXT,
    retired_at  INTEGER,
    unverified  INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE color_code (
    id          INTEGER PRIMARY KEY,
    uid         BLOB    NOT NULL UNIQUE,
    code        TEXT    NOT NULL,
    folded      TEXT    NOT NULL UNIQUE,
    description TEXT,
    retired_at  INTEGER,
    unverified  INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE operation (
    id          INTEGER PRIMARY KEY,
    uid         BLOB    NOT NULL UNIQUE,
    code        TEXT    NOT NULL,
    folded      TEXT    NOT NULL UNIQUE,
    description TEXT,
    retired_at  INTEGER,
    unverified  INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE location (
    id          INTEGER PRIMARY KEY,
    uid         BLOB    NOT NULL UNIQUE,
    code        TEXT    NOT NULL,
    folded      TEXT    NOT NULL UNIQUE,
    description TEXT,
    building    TEXT,
    type        TEXT CHECK (type IN ('rack', 'floor', 'work_centre', 'staging', 'quality',
                                     'dock', 'truck', 'vendor')),
    retired_at  INTEGER,
    unverified  INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE part (
    id                  INTEGER PRIMARY KEY,
    uid                 BLOB    NOT NULL UNIQUE,
    code                TEXT    NOT NULL,
    folded              TEXT    NOT NULL UNIQUE,
    description         TEXT,
    customer            TEXT,
    item_type_id        INTEGER REFERENCES item_type (id),
    requires_color      INTEGER NOT NULL DEFAULT 0,
    requires_work_order INTEGER NOT NULL DEFAULT 0,
    max_quantity        INTEGER CHECK (max_quantity > 0),
    -- JSON list of operation codes as far as the routing is known.
    operations          TEXT    NOT NULL DEFAULT '[]',
    retired_at          INTEGER,
    unverified          INTEGER NOT NULL DEFAULT 0,
    version             INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE reason (
    id          INTEGER PRIMARY KEY,
    uid         BLOB    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL CHECK (kind IN ('scrap', 'adjust', 'hold', 'out')),
    code        TEXT    NOT NULL,
    description TEXT,
    needs_notes INTEGER NOT NULL DEFAULT 0,
    retired_at  INTEGER,
    unverified  INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1,
    UNIQUE (kind, code)
) STRICT;

-- Former codes of renamed records, so that an old label still finds its part.
CREATE TABLE alias (
    noun   TEXT    NOT NULL CHECK (noun IN ('part', 'location', 'operation', 'item_type', 'color_code')),
    folded TEXT    NOT NULL,
    row_id INTEGER NOT NULL,
    PRIMARY KEY (noun, folded)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot (
    lot           TEXT    PRIMARY KEY,
    part_id       INTEGER NOT NULL REFERENCES part (id),
    item_type_id  INTEGER REFERENCES item_type (id),
    color_id      INTEGER REFERENCES color_code (id),
    work_order    TEXT,
    notes         TEXT,
    received_at   INTEGER NOT NULL,
    received_by   INTEGER REFERENCES user (id),
    parent        TEXT REFERENCES lot (lot),
    version       INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_by_parent ON lot (parent) WHERE parent IS NOT NULL;
CREATE INDEX lot_by_work_order ON lot (work_order) WHERE work_order IS NOT NULL;

-- The truth. `sequence` is the feed position, gap-free, in commit order.
CREATE TABLE movement (
    sequence          INTEGER PRIMARY KEY,
    id                BLOB    NOT NULL UNIQUE,
    type              TEXT    NOT NULL CHECK (type IN ('in', 'out', 'transfer', 'adjust', 'scrap',
                                                       'opening', 'reversal')),
    part_id           INTEGER NOT NULL REFERENCES part (id),
    lot               TEXT    NOT NULL REFERENCES lot (lot),
    quantity          INTEGER NOT NULL CHECK (quantity > 0),
    -- 'stock' with operation and location, or an outside account without.
    from_account      TEXT    NOT NULL CHECK (from_account IN ('stock', 'supplier', 'consumed', 'scrap', 'count', 'opening')),
    from_operation_id INTEGER REFERENCES operation (id),
    from_location_id  INTEGER REFERENCES location (id),
    to_account        TEXT    NOT NULL CHECK (to_account IN ('stock', 'supplier', 'consumed', 'scrap', 'count', 'opening')),
    to_operation_id   INTEGER REFERENCES operation (id),
    to_location_id    INTEGER REFERENCES location (id),
    -- The lot the pieces joined, where that is not `lot` (a split).
    to_lot            TEXT REFERENCES lot (lot),
    recorded_at       INTEGER NOT NULL,
    user_id           INTEGER NOT NULL REFERENCES user (id),
    reason            TEXT,
    notes             TEXT,
    notes_salt        BLOB,
    reverses          BLOB,
    station           TEXT,
    app_version       TEXT,
    shift             TEXT,
    occurred_at       INTEGER,
    import_id         BLOB,
    session_id        BLOB,
    CHECK ((from_account = 'stock') = (from_operation_id IS NOT NULL)),
    CHECK ((from_account = 'stock') = (from_location_id IS NOT NULL)),
    CHECK ((to_account = 'stock') = (to_operation_id IS NOT NULL)),
    CHECK ((to_account = 'stock') = (to_location_id IS NOT NULL)),
    CHECK (from_account = 'stock' OR to_account = 'stock'),
    CHECK ((type = 'reversal') = (reverses IS NOT NULL))
) STRICT;
CREATE INDEX movement_by_lot ON movement (lot, sequence);
CREATE INDEX movement_by_part ON movement (part_id, sequence);
CREATE INDEX movement_by_to_lot ON movement (to_lot, sequence) WHERE to_lot IS NOT NULL;
CREATE UNIQUE INDEX movement_by_reverses ON movement (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX movement_by_import ON movement (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX movement_by_session ON movement (session_id) WHERE session_id IS NOT NULL;

-- On hand: a projection of the log, written in the same transaction. No empty rows.
CREATE TABLE stock (
    lot          TEXT    NOT NULL REFERENCES lot (lot),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    location_id  INTEGER NOT NULL REFERENCES location (id),
    part_id      INTEGER NOT NULL REFERENCES part (id),
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    received_at  INTEGER NOT NULL,
    PRIMARY KEY (lot, operation_id, location_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_by_part ON stock (part_id, operation_id, location_id, received_at);
CREATE INDEX stock_by_location ON stock (location_id, part_id);

CREATE TABLE hold (
    id            BLOB    PRIMARY KEY,
    lot           TEXT REFERENCES lot (lot),
    part_id       INTEGER REFERENCES part (id),
    location_id   INTEGER REFERENCES location (id),
    reason        TEXT    NOT NULL,
    notes         TEXT,
    placed_by     INTEGER NOT NULL REFERENCES user (id),
    placed_at     INTEGER NOT NULL,
    released_by   INTEGER REFERENCES user (id),
    released_at   INTEGER,
    release_notes TEXT,
    CHECK ((lot IS NOT NULL) + (part_id IS NOT NULL) + (location_id IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX hold_once_per_lot ON hold (lot) WHERE released_at IS NULL AND lot IS NOT NULL;
CREATE UNIQUE INDEX hold_once_per_part ON hold (part_id) WHERE released_at IS NULL AND part_id IS NOT NULL;
CREATE UNIQUE INDEX hold_once_per_location ON hold (location_id) WHERE released_at IS NULL AND location_id IS NOT NULL;

-- Hash chain: hash = SHA-256(previous hash ‖ entry).
CREATE TABLE audit (
    sequence          INTEGER PRIMARY KEY,
    kind              TEXT    NOT NULL,
    movement_sequence INTEGER,
    user_id           INTEGER NOT NULL REFERENCES user (id),
    at                INTEGER NOT NULL,
    entry             TEXT    NOT NULL,
    hash              BLOB    NOT NULL
) STRICT;

-- Events for the world, written with what they tell. A movement's event is rendered from its
-- movement when it is read; other events carry their data.
CREATE TABLE outbox (
    position          INTEGER PRIMARY KEY,
    id                BLOB    NOT NULL,
    type              TEXT    NOT NULL,
    subject           TEXT    NOT NULL,
    at                INTEGER NOT NULL,
    movement_sequence INTEGER,
    traceparent       TEXT,
    data              TEXT
) STRICT;

-- Once: what was answered to which key. Rows older than thirty days are purged.
CREATE TABLE idempotency_key (
    id          INTEGER PRIMARY KEY,
    key         TEXT    NOT NULL UNIQUE,
    fingerprint BLOB    NOT NULL,
    user_id     INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    command_id  BLOB,
    -- What the intent guard compares; NULL where it does not watch.
    signature   BLOB,
    status      INTEGER NOT NULL,
    body        BLOB
) STRICT;

CREATE TABLE quick_button (
    user_id     INTEGER NOT NULL REFERENCES user (id),
    slot        INTEGER NOT NULL CHECK (slot BETWEEN 1 AND 10),
    part_id     INTEGER NOT NULL REFERENCES part (id),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    location_id INTEGER REFERENCES location (id),
    PRIMARY KEY (user_id, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE import (
    id           BLOB    PRIMARY KEY,
    kind         TEXT    NOT NULL,
    file_name    TEXT    NOT NULL,
    source_hash  BLOB    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('previewed', 'committed', 'undone', 'failed')),
    created_by   INTEGER NOT NULL REFERENCES user (id),
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    rows         INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    -- JSON: the parsed rows and their verdicts, as the preview showed them.
    detail       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The log of an earlier system, verbatim, with its own ids. Shown, never counted.
CREATE TABLE legacy_movement (
    id            INTEGER PRIMARY KEY,
    type          TEXT    NOT NULL,
    lot           TEXT,
    part          TEXT    NOT NULL,
    from_location TEXT,
    to_location   TEXT,
    operation     TEXT,
    quantity      INTEGER NOT NULL,
    notes         TEXT,
    color_code    TEXT,
    work_order    TEXT,
    user          TEXT,
    item_type     TEXT,
    occurred_at   INTEGER,
    -- JSON: the row as it stood there, before any text was folded.
    verbatim      TEXT    NOT NULL
) STRICT;
CREATE INDEX legacy_movement_by_lot ON legacy_movement (lot);

CREATE TABLE legacy_migration (
    source_hash BLOB    PRIMARY KEY,
    finished_at INTEGER NOT NULL,
    report      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER movement_is_never_changed BEFORE UPDATE ON movement
BEGIN SELECT RAISE(ABORT, 'movements are never changed'); END;
CREATE TRIGGER movement_is_never_removed BEFORE DELETE ON movement
BEGIN SELECT RAISE(ABORT, 'movements are never removed'); END;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit entries are never removed'); END;
