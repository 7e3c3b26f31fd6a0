-- Closings and reopenings of periods. The newest says up to where everything is closed; nobody but
-- whoever migrates may change or remove a row.
CREATE TABLE IF NOT EXISTS period_closing (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    number      BIGINT NOT NULL CHECK (number > 0),
    through     VARCHAR(10),
    until_at    BIGINT,
    recorded_at BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    UNIQUE KEY (number),
    FOREIGN KEY (user_id) REFERENCES user (id),
    CHECK ((through IS NULL) = (until_at IS NULL)),
    CHECK (until_at IS NULL OR until_at <= recorded_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Whoever closes, and whoever books what may lie in a closed period, writes this row first.
INSERT IGNORE INTO lease (name) VALUES ('period');
