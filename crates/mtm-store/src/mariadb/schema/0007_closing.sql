-- The whole stock as it was after a movement, every so many movements: derived from the sealed log by the
-- server that holds the lease, so that the stock of a moment long ago is not added up from the beginning.
CREATE TABLE IF NOT EXISTS closing (
    sequence     BIGINT      NOT NULL,
    location_id  BIGINT      NOT NULL,
    part_id      BIGINT      NOT NULL,
    lot          VARCHAR(60) NOT NULL,
    operation_id BIGINT      NOT NULL,
    quantity     BIGINT      NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (sequence, location_id, part_id, lot, operation_id),
    KEY closing_by_part (sequence, part_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Which there are. One that is not whole is being made, or is removed; no question looks at it.
CREATE TABLE IF NOT EXISTS closing_point (
    sequence BIGINT  NOT NULL PRIMARY KEY,
    buckets  BIGINT  NOT NULL,
    whole    TINYINT NOT NULL CHECK (whole IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
