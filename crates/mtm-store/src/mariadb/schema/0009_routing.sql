-- Routings of parts: every version there ever was, each from a moment on. A change is another version;
-- nobody but whoever migrates may change or remove a row.
CREATE TABLE IF NOT EXISTS routing_version (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    part_id        BIGINT NOT NULL,
    number         BIGINT NOT NULL CHECK (number > 0),
    effective_from BIGINT NOT NULL,
    recorded_at    BIGINT NOT NULL,
    user_id        BIGINT NOT NULL,
    UNIQUE KEY (part_id, number),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS routing_step (
    version_id   BIGINT NOT NULL,
    position     BIGINT NOT NULL CHECK (position > 0),
    operation_id BIGINT NOT NULL,
    location_id  BIGINT,
    yield_ppm    BIGINT CHECK (yield_ppm BETWEEN 1 AND 1000000),
    PRIMARY KEY (version_id, position),
    UNIQUE KEY (version_id, operation_id),
    FOREIGN KEY (version_id) REFERENCES routing_version (id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

ALTER TABLE site ADD COLUMN IF NOT EXISTS off_routing VARCHAR(10) NOT NULL DEFAULT 'warn'
    CHECK (off_routing IN ('warn', 'refuse'));
