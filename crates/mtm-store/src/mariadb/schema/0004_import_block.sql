CREATE TABLE IF NOT EXISTS import_block (
    import_id BINARY(16) NOT NULL,
    first_row BIGINT     NOT NULL,
    row_count BIGINT     NOT NULL CHECK (row_count > 0),
    body      LONGTEXT   NOT NULL,
    PRIMARY KEY (import_id, first_row)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
