-- The ledger on MariaDB (10.6 or later): the tables of the embedded engine, name by name. DDL
-- commits by itself, so every statement may be repeated. Times are microseconds UTC, quantities
-- 10⁻⁶ pieces, uuids BINARY(16); texts compare byte by byte, blanks at their end included.
--
-- What differs, and why: `movement.sequence` is given after commit by one elected worker, so that
-- writers never wait for a counter; what it has to number stands in `seal_queue`. A lot carries
-- `ledger_version`, what decisions stand on.

CREATE TABLE IF NOT EXISTS site (
    id             TINYINT      NOT NULL PRIMARY KEY CHECK (id = 1),
    name           VARCHAR(100) NOT NULL,
    time_zone      VARCHAR(60)  NOT NULL,
    created_at     BIGINT       NOT NULL,
    demo           TINYINT      NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    -- Lot numbers up to here have been leased to servers in blocks.
    lot_counter    BIGINT       NOT NULL DEFAULT 0,
    -- Grows with every change of master data and holds: servers read them again.
    master_version BIGINT       NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS user (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid           BINARY(16)   NOT NULL UNIQUE,
    kind          VARCHAR(10)  NOT NULL CHECK (kind IN ('person', 'token', 'cli', 'system')),
    name          VARCHAR(200) NOT NULL,
    folded        VARCHAR(200) NOT NULL UNIQUE,
    display_name  VARCHAR(200),
    role          VARCHAR(10)  NOT NULL CHECK (role IN ('viewer', 'operator', 'lead', 'admin')),
    password_hash VARCHAR(300),
    intent_window BIGINT,
    created_at    BIGINT       NOT NULL,
    disabled_at   BIGINT,
    version       BIGINT       NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS token (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid           BINARY(16)   NOT NULL UNIQUE,
    user_id       BIGINT       NOT NULL,
    name          VARCHAR(200) NOT NULL,
    scope         VARCHAR(20)  NOT NULL,
    secret_hash   BINARY(32)   NOT NULL UNIQUE,
    owns_lots     TINYINT      NOT NULL DEFAULT 0 CHECK (owns_lots IN (0, 1)),
    created_at    BIGINT       NOT NULL,
    last_used_at  BIGINT,
    revoked_at    BIGINT,
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS session (
    secret_hash  BINARY(32) NOT NULL PRIMARY KEY,
    uid          BINARY(16) NOT NULL UNIQUE,
    user_id      BIGINT     NOT NULL,
    csrf         VARCHAR(100) NOT NULL,
    user_agent   TEXT,
    created_at   BIGINT     NOT NULL,
    last_seen_at BIGINT     NOT NULL,
    expires_at   BIGINT     NOT NULL,
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS setup_link (
    secret_hash BINARY(32) NOT NULL PRIMARY KEY,
    expires_at  BIGINT     NOT NULL,
    used_at     BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS item_type (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(100) NOT NULL,
    folded      VARCHAR(100) NOT NULL UNIQUE,
    description VARCHAR(400),
    retired_at  BIGINT,
    unverified  TINYINT      NOT NULL DEFAULT 0,
    version     BIGINT       NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS color_code (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(100) NOT NULL,
    folded      VARCHAR(100) NOT NULL UNIQUE,
    description VARCHAR(400),
    retired_at  BIGINT,
    unverified  TINYINT      NOT NULL DEFAULT 0,
    version     BIGINT       NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS operation (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(100) NOT NULL,
    folded      VARCHAR(100) NOT NULL UNIQUE,
    description VARCHAR(400),
    retired_at  BIGINT,
    unverified  TINYINT      NOT NULL DEFAULT 0,
    version     BIGINT       NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS location (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(100) NOT NULL,
    folded      VARCHAR(100) NOT NULL UNIQUE,
    description VARCHAR(400),
    building    VARCHAR(400),
    type        VARCHAR(20) CHECK (type IN ('rack', 'floor', 'work_centre', 'staging', 'quality', 'dock', 'truck', 'vendor')),
    retired_at  BIGINT,
    unverified  TINYINT      NOT NULL DEFAULT 0,
    version     BIGINT       NOT NULL DEFAULT 1
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS part (
    id                  BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid                 BINARY(16)   NOT NULL UNIQUE,
    code                VARCHAR(100) NOT NULL,
    folded              VARCHAR(100) NOT NULL UNIQUE,
    description         VARCHAR(400),
    customer            VARCHAR(400),
    item_type_id        BIGINT,
    requires_color      TINYINT      NOT NULL DEFAULT 0,
    requires_work_order TINYINT      NOT NULL DEFAULT 0,
    max_quantity        BIGINT CHECK (max_quantity > 0),
    operations          TEXT         NOT NULL DEFAULT '[]',
    retired_at          BIGINT,
    unverified          TINYINT      NOT NULL DEFAULT 0,
    version             BIGINT       NOT NULL DEFAULT 1,
    FOREIGN KEY (item_type_id) REFERENCES item_type (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS reason (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    kind        VARCHAR(10)  NOT NULL CHECK (kind IN ('scrap', 'adjust', 'hold', 'out')),
    code        VARCHAR(100) NOT NULL,
    description VARCHAR(400),
    needs_notes TINYINT      NOT NULL DEFAULT 0,
    retired_at  BIGINT,
    unverified  TINYINT      NOT NULL DEFAULT 0,
    version     BIGINT       NOT NULL DEFAULT 1,
    UNIQUE KEY reason_once (kind, code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS alias (
    noun   VARCHAR(20)  NOT NULL CHECK (noun IN ('part', 'location', 'operation', 'item_type', 'color_code')),
    folded VARCHAR(100) NOT NULL,
    row_id BIGINT       NOT NULL,
    PRIMARY KEY (noun, folded)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS lot (
    lot            VARCHAR(60) NOT NULL PRIMARY KEY,
    part_id        BIGINT      NOT NULL,
    item_type_id   BIGINT,
    color_id       BIGINT,
    work_order     VARCHAR(60),
    notes          TEXT,
    received_at    BIGINT      NOT NULL,
    received_by    BIGINT,
    parent         VARCHAR(60),
    version        BIGINT      NOT NULL DEFAULT 1,
    -- Grows with every movement of the lot: what a decision was made on. It covers all buckets
    -- of the lot, because a bucket belongs to exactly one lot.
    ledger_version BIGINT      NOT NULL DEFAULT 0,
    KEY lot_by_parent (parent),
    KEY lot_by_work_order (work_order),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (item_type_id) REFERENCES item_type (id),
    FOREIGN KEY (color_id) REFERENCES color_code (id),
    FOREIGN KEY (received_by) REFERENCES user (id),
    FOREIGN KEY (parent) REFERENCES lot (lot)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS movement (
    id                BINARY(16)  NOT NULL PRIMARY KEY,
    sequence          BIGINT UNIQUE,
    type              VARCHAR(10) NOT NULL CHECK (type IN ('in', 'out', 'transfer', 'adjust', 'scrap', 'opening', 'reversal')),
    part_id           BIGINT      NOT NULL,
    lot               VARCHAR(60) NOT NULL,
    quantity          BIGINT      NOT NULL CHECK (quantity > 0),
    from_account      VARCHAR(10) NOT NULL CHECK (from_account IN ('stock', 'supplier', 'consumed', 'scrap', 'count', 'opening')),
    from_operation_id BIGINT,
    from_location_id  BIGINT,
    to_account        VARCHAR(10) NOT NULL CHECK (to_account IN ('stock', 'supplier', 'consumed', 'scrap', 'count', 'opening')),
    to_operation_id   BIGINT,
    to_location_id    BIGINT,
    to_lot            VARCHAR(60),
    recorded_at       BIGINT      NOT NULL,
    user_id           BIGINT      NOT NULL,
    reason            VARCHAR(100),
    notes             TEXT,
    notes_salt        BINARY(16),
    reverses          BINARY(16) UNIQUE,
    station           VARCHAR(200),
    app_version       VARCHAR(200),
    shift             VARCHAR(200),
    occurred_at       BIGINT,
    import_id         BINARY(16),
    session_id        BINARY(16),
    KEY movement_by_lot (lot, sequence),
    KEY movement_by_part (part_id, sequence),
    KEY movement_by_to_lot (to_lot, sequence),
    KEY movement_by_import (import_id),
    KEY movement_by_session (session_id),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (user_id) REFERENCES user (id),
    CHECK (from_account = 'stock' OR to_account = 'stock'),
    CHECK ((from_account = 'stock') = (from_operation_id IS NOT NULL)),
    CHECK ((from_account = 'stock') = (from_location_id IS NOT NULL)),
    CHECK ((to_account = 'stock') = (to_operation_id IS NOT NULL)),
    CHECK ((to_account = 'stock') = (to_location_id IS NOT NULL)),
    CHECK ((type = 'reversal') = (reverses IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS stock (
    lot          VARCHAR(60) NOT NULL,
    operation_id BIGINT      NOT NULL,
    location_id  BIGINT      NOT NULL,
    part_id      BIGINT      NOT NULL,
    quantity     BIGINT      NOT NULL CHECK (quantity > 0),
    received_at  BIGINT      NOT NULL,
    PRIMARY KEY (lot, operation_id, location_id),
    KEY stock_by_part (part_id, operation_id, location_id, received_at),
    KEY stock_by_location (location_id, part_id),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS hold (
    id            BINARY(16)   NOT NULL PRIMARY KEY,
    lot           VARCHAR(60),
    part_id       BIGINT,
    location_id   BIGINT,
    reason        VARCHAR(100) NOT NULL,
    notes         TEXT,
    placed_by     BIGINT       NOT NULL,
    placed_at     BIGINT       NOT NULL,
    released_by   BIGINT,
    released_at   BIGINT,
    release_notes TEXT,
    -- At most one active hold per target: NULLs (released) do not collide.
    active_key    VARCHAR(100) AS (IF(released_at IS NULL,
                      CONCAT_WS(':', COALESCE(lot, ''), COALESCE(part_id, ''), COALESCE(location_id, '')), NULL)) STORED UNIQUE,
    CHECK ((lot IS NOT NULL) + (part_id IS NOT NULL) + (location_id IS NOT NULL) = 1),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (location_id) REFERENCES location (id),
    FOREIGN KEY (placed_by) REFERENCES user (id),
    FOREIGN KEY (released_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Hash chain: hash = SHA-256(previous hash ‖ entry). Written by the sealer.
CREATE TABLE IF NOT EXISTS audit (
    sequence          BIGINT      NOT NULL PRIMARY KEY,
    kind              VARCHAR(40) NOT NULL,
    movement_sequence BIGINT,
    user_id           BIGINT      NOT NULL,
    at                BIGINT      NOT NULL,
    entry             LONGTEXT    NOT NULL,
    hash              BINARY(32)  NOT NULL,
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Events for the world. Written by the sealer.
CREATE TABLE IF NOT EXISTS outbox (
    position          BIGINT      NOT NULL PRIMARY KEY,
    id                BINARY(16)  NOT NULL,
    type              VARCHAR(60) NOT NULL,
    subject           VARCHAR(120) NOT NULL,
    at                BIGINT      NOT NULL,
    movement_sequence BIGINT,
    traceparent       VARCHAR(100),
    data              LONGTEXT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What was committed and has no place in the log, the chain and the outbox yet, in the order in
-- which it was done: a movement, the facts of an audit entry, or an event. A row leaves when it
-- was given its place, so that one that commits late is late and never skipped.
CREATE TABLE IF NOT EXISTS seal_queue (
    id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    movement_id BINARY(16),
    audit_kind  VARCHAR(40),
    entry       LONGTEXT,
    event_id    BINARY(16),
    event_type  VARCHAR(60),
    subject     VARCHAR(120),
    data        LONGTEXT,
    user_id     BIGINT,
    at          BIGINT      NOT NULL,
    traceparent VARCHAR(100),
    CHECK ((movement_id IS NOT NULL) + (audit_kind IS NOT NULL) + (event_type IS NOT NULL) = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Who does what only one server may do. `fence` grows with every change of hands.
CREATE TABLE IF NOT EXISTS lease (
    name       VARCHAR(40)  NOT NULL PRIMARY KEY,
    owner      BINARY(16),
    fence      BIGINT       NOT NULL DEFAULT 0,
    expires_at DATETIME(6)  NOT NULL DEFAULT '2000-01-01 00:00:00',
    -- Grows with everything done under the lease, so that two clusters' nodes cannot both do it.
    work       BIGINT       NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS idempotency_key (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `key`       VARCHAR(200) NOT NULL UNIQUE,
    fingerprint BINARY(32)   NOT NULL,
    user_id     BIGINT       NOT NULL,
    recorded_at BIGINT       NOT NULL,
    command_id  BINARY(16),
    -- What the intent guard compares; NULL where it does not watch.
    signature   BINARY(16),
    status      INT          NOT NULL,
    body        LONGBLOB,
    KEY key_by_look (user_id, signature, recorded_at),
    KEY key_by_age (recorded_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS quick_button (
    user_id      BIGINT  NOT NULL,
    slot         TINYINT NOT NULL CHECK (slot BETWEEN 1 AND 10),
    part_id      BIGINT  NOT NULL,
    operation_id BIGINT  NOT NULL,
    quantity     BIGINT  NOT NULL CHECK (quantity > 0),
    location_id  BIGINT,
    PRIMARY KEY (user_id, slot),
    FOREIGN KEY (user_id) REFERENCES user (id),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS import (
    id          BINARY(16)   NOT NULL PRIMARY KEY,
    kind        VARCHAR(20)  NOT NULL,
    file_name   VARCHAR(400) NOT NULL,
    source_hash BINARY(32)   NOT NULL,
    state       VARCHAR(20)  NOT NULL CHECK (state IN ('previewed', 'committed', 'undone', 'failed')),
    created_by  BIGINT       NOT NULL,
    created_at  BIGINT       NOT NULL,
    finished_at BIGINT,
    `rows`      BIGINT       NOT NULL,
    refused     BIGINT       NOT NULL,
    detail      LONGTEXT     NOT NULL,
    FOREIGN KEY (created_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS legacy_movement (
    id            BIGINT      NOT NULL PRIMARY KEY,
    type          VARCHAR(40) NOT NULL,
    lot           VARCHAR(200),
    part          VARCHAR(400) NOT NULL,
    from_location VARCHAR(400),
    to_location   VARCHAR(400),
    operation     VARCHAR(400),
    quantity      BIGINT      NOT NULL,
    notes         TEXT,
    color_code    VARCHAR(400),
    work_order    VARCHAR(400),
    user          VARCHAR(400),
    item_type     VARCHAR(400),
    occurred_at   BIGINT,
    verbatim      LONGTEXT    NOT NULL,
    KEY legacy_movement_by_lot (lot)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS legacy_migration (
    source_hash BINARY(32) NOT NULL PRIMARY KEY,
    finished_at BIGINT     NOT NULL,
    report      LONGTEXT   NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
