-- Adjustments that are too large for one person, and what became of them.
CREATE TABLE IF NOT EXISTS approval (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    state        VARCHAR(10)  NOT NULL
                     CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn', 'expired')),
    lot          VARCHAR(30)  NOT NULL,
    part_id      BIGINT       NOT NULL,
    operation_id BIGINT       NOT NULL,
    location_id  BIGINT       NOT NULL,
    stock        BIGINT       NOT NULL CHECK (stock >= 0),
    delta        BIGINT       NOT NULL CHECK (delta <> 0),
    reason       VARCHAR(40)  NOT NULL,
    notes        TEXT,
    over_hold    BIGINT       NOT NULL CHECK (over_hold IN (0, 1)),
    occurred_at  BIGINT,
    station      VARCHAR(200),
    session_id   BINARY(16),
    asked_by     BIGINT       NOT NULL,
    asked_at     BIGINT       NOT NULL,
    decided_by   BIGINT,
    decided_at   BIGINT,
    why          TEXT,
    command_id   BINARY(16),
    -- One request at a time waits for a bucket: NULLs (decided) do not collide.
    waiting_key  VARCHAR(100) AS (IF(state = 'waiting',
                     CONCAT_WS(':', lot, operation_id, location_id), NULL)) STORED UNIQUE,
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id),
    FOREIGN KEY (asked_by) REFERENCES user (id),
    FOREIGN KEY (decided_by) REFERENCES user (id),
    CHECK ((state = 'approved') = (command_id IS NOT NULL)),
    CHECK (state <> 'approved' OR decided_by <> asked_by)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- How large an adjustment may be before a second person must approve it.
ALTER TABLE site ADD COLUMN IF NOT EXISTS approval_pieces BIGINT CHECK (approval_pieces > 0);
ALTER TABLE site ADD COLUMN IF NOT EXISTS approval_percent BIGINT CHECK (approval_percent > 0);
