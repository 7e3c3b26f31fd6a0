-- Shifts of the site: every week there ever was, each from a moment on. A change is another version;
-- nobody but whoever migrates may change or remove a row. Where there is none, three shifts a day hold.
CREATE TABLE IF NOT EXISTS shift_version (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    number         BIGINT NOT NULL CHECK (number > 0),
    effective_from BIGINT NOT NULL CHECK (effective_from % 900000000 = 0),
    recorded_at    BIGINT NOT NULL,
    user_id        BIGINT NOT NULL,
    UNIQUE KEY (number),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS shift_span (
    version_id BIGINT NOT NULL,
    weekday    BIGINT NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    begins     BIGINT NOT NULL CHECK (begins BETWEEN 0 AND 1425 AND begins % 15 = 0),
    ends       BIGINT NOT NULL CHECK (ends BETWEEN 0 AND 1425 AND ends % 15 = 0),
    name       VARCHAR(20) NOT NULL,
    PRIMARY KEY (version_id, weekday, begins),
    FOREIGN KEY (version_id) REFERENCES shift_version (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
