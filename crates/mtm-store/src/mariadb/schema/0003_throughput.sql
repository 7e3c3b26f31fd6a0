-- What moved, by quarter of an hour: derived from the sealed log by the server that holds the lease, so
-- that a day's figures need not read the day's movements. A reversal is taken off its original, at the
-- original's time.
CREATE TABLE IF NOT EXISTS throughput (
    slot         BIGINT      NOT NULL,
    type         VARCHAR(10) NOT NULL,
    operation_id BIGINT      NOT NULL,
    movements    BIGINT      NOT NULL,
    quantity     BIGINT      NOT NULL,
    PRIMARY KEY (slot, type, operation_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS derived_position (
    name     VARCHAR(30) NOT NULL PRIMARY KEY,
    sequence BIGINT      NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
