-- The ledger on MariaDB (10.6 or later). One statement per step: DDL commits by itself.
-- Times are microseconds UTC, quantities 10⁻⁶ pieces, uuids BINARY(16).

CREATE TABLE IF NOT EXISTS site (
    id          TINYINT      NOT NULL PRIMARY KEY CHECK (id = 1),
    name        VARCHAR(100) NOT NULL,
    time_zone   VARCHAR(60)  NOT NULL,
    -- Lot numbers up to here have been leased to servers in blocks.
    lot_leased  BIGINT       NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS user (
    id      BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name    VARCHAR(100) NOT NULL,
    folded  VARCHAR(100) NOT NULL UNIQUE,
    role    VARCHAR(10)  NOT NULL CHECK (role IN ('viewer', 'operator', 'lead', 'admin'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS item_type (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(50)  NOT NULL,
    folded      VARCHAR(50)  NOT NULL UNIQUE,
    retired_at  BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS color_code (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(50)  NOT NULL,
    folded      VARCHAR(50)  NOT NULL UNIQUE,
    retired_at  BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS operation (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(20)  NOT NULL,
    folded      VARCHAR(20)  NOT NULL UNIQUE,
    retired_at  BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS location (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)   NOT NULL UNIQUE,
    code        VARCHAR(50)  NOT NULL,
    folded      VARCHAR(50)  NOT NULL UNIQUE,
    building    VARCHAR(100),
    retired_at  BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS part (
    id                  BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid                 BINARY(16)  NOT NULL UNIQUE,
    code                VARCHAR(50) NOT NULL,
    folded              VARCHAR(50) NOT NULL UNIQUE,
    item_type_id        BIGINT,
    requires_color      BOOLEAN     NOT NULL DEFAULT FALSE,
    requires_work_order BOOLEAN     NOT NULL DEFAULT FALSE,
    max_quantity        BIGINT CHECK (max_quantity > 0),
    retired_at          BIGINT,
    FOREIGN KEY (item_type_id) REFERENCES item_type (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reason (
    id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid         BINARY(16)  NOT NULL UNIQUE,
    kind        VARCHAR(10) NOT NULL CHECK (kind IN ('scrap', 'adjust', 'hold', 'out')),
    code        VARCHAR(40) NOT NULL,
    needs_notes BOOLEAN     NOT NULL DEFAULT FALSE,
    retired_at  BIGINT,
    UNIQUE KEY reason_once (kind, code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS lot (
    lot            VARCHAR(30) NOT NULL PRIMARY KEY,
    part_id        BIGINT      NOT NULL,
    item_type_id   BIGINT,
    color_id       BIGINT,
    work_order     VARCHAR(30),
    notes          VARCHAR(1000),
    received_at    BIGINT      NOT NULL,
    received_by    BIGINT,
    parent         VARCHAR(30),
    version        BIGINT      NOT NULL DEFAULT 1,
    -- Grows with every movement of the lot: what a decision was made on. It covers all buckets
    -- of the lot, because a bucket belongs to exactly one lot.
    ledger_version BIGINT      NOT NULL DEFAULT 0,
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (item_type_id) REFERENCES item_type (id),
    FOREIGN KEY (color_id) REFERENCES color_code (id),
    FOREIGN KEY (parent) REFERENCES lot (lot)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- `sequence` is given after commit, in commit-visible order, by one elected worker.
CREATE TABLE IF NOT EXISTS movement (
    id                BINARY(16)  NOT NULL PRIMARY KEY,
    sequence          BIGINT UNIQUE,
    type              VARCHAR(10) NOT NULL CHECK (type IN ('in', 'out', 'transfer', 'adjust', 'scrap', 'opening', 'reversal')),
    part_id           BIGINT      NOT NULL,
    lot               VARCHAR(30) NOT NULL,
    quantity          BIGINT      NOT NULL CHECK (quantity > 0),
    from_account      VARCHAR(10) NOT NULL CHECK (from_account IN ('stock', 'supplier', 'consumed', 'scrap', 'count', 'opening')),
    from_operation_id BIGINT,
    from_location_id  BIGINT,
    to_account        VARCHAR(10) NOT NULL CHECK (to_account IN ('stock', 'supplier', 'consumed', 'scrap', 'count', 'opening')),
    to_operation_id   BIGINT,
    to_location_id    BIGINT,
    to_lot            VARCHAR(30),
    recorded_at       BIGINT      NOT NULL,
    user_id           BIGINT      NOT NULL,
    reason            VARCHAR(40),
    notes             VARCHAR(1000),
    reverses          BINARY(16) UNIQUE,
    station           VARCHAR(60),
    app_version       VARCHAR(60),
    shift             VARCHAR(60),
    occurred_at       BIGINT,
    import_id         BINARY(16),
    session_id        BINARY(16),
    KEY movement_by_lot (lot, recorded_at),
    KEY movement_by_part (part_id, recorded_at),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (user_id) REFERENCES user (id),
    CHECK (from_account = 'stock' OR to_account = 'stock'),
    CHECK ((from_account = 'stock') = (from_location_id IS NOT NULL)),
    CHECK ((to_account = 'stock') = (to_location_id IS NOT NULL)),
    CHECK ((type = 'reversal') = (reverses IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stock (
    lot          VARCHAR(30) NOT NULL,
    operation_id BIGINT      NOT NULL,
    location_id  BIGINT      NOT NULL,
    part_id      BIGINT      NOT NULL,
    quantity     BIGINT      NOT NULL CHECK (quantity > 0),
    received_at  BIGINT      NOT NULL,
    PRIMARY KEY (lot, operation_id, location_id),
    KEY stock_by_part (part_id, operation_id, location_id),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS hold (
    id            BINARY(16)  NOT NULL PRIMARY KEY,
    lot           VARCHAR(30),
    part_id       BIGINT,
    location_id   BIGINT,
    reason        VARCHAR(40) NOT NULL,
    notes         VARCHAR(1000),
    placed_by     BIGINT      NOT NULL,
    placed_at     BIGINT      NOT NULL,
    released_by   BIGINT,
    released_at   BIGINT,
    -- At most one active hold per target: NULLs (released) do not collide.
    active_key    VARCHAR(80) AS (IF(released_at IS NULL,
                      CONCAT_WS(':', COALESCE(lot, ''), COALESCE(part_id, ''), COALESCE(location_id, '')), NULL)) STORED UNIQUE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS outbox (
    id          BINARY(16)  NOT NULL PRIMARY KEY,
    position    BIGINT UNIQUE,
    type        VARCHAR(40) NOT NULL,
    subject     VARCHAR(60) NOT NULL,
    at          BIGINT      NOT NULL,
    movement_id BINARY(16),
    data        LONGTEXT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS idempotency_key (
    `key`       VARCHAR(140) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    fingerprint BINARY(32)   NOT NULL,
    user_id     BIGINT       NOT NULL,
    recorded_at BIGINT       NOT NULL,
    command_id  BINARY(16),
    signature   BINARY(16),
    body        LONGTEXT     NOT NULL,
    KEY recent_of_user (user_id, recorded_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
