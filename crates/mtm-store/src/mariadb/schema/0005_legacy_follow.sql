CREATE TABLE IF NOT EXISTS legacy_stock (
    lot          VARCHAR(60)  NOT NULL,
    id           BIGINT       NOT NULL,
    legacy_lot   VARCHAR(200),
    operation_id BIGINT       NOT NULL,
    location_id  BIGINT       NOT NULL,
    quantity     BIGINT       NOT NULL CHECK (quantity > 0),
    -- No reference to the lot: what a transaction decides on is written at its end, all at once.
    PRIMARY KEY (lot, id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS legacy_follow (
    id          BIGINT   NOT NULL PRIMARY KEY CHECK (id = 1),
    round       BIGINT   NOT NULL,
    followed_at BIGINT   NOT NULL,
    cut_over_at BIGINT,
    report      LONGTEXT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
