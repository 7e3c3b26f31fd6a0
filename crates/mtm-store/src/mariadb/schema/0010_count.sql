CREATE TABLE IF NOT EXISTS stock_count (
    id                BINARY(16)   NOT NULL PRIMARY KEY,
    name              VARCHAR(100) NOT NULL,
    filter            LONGTEXT     NOT NULL,
    state             VARCHAR(10)  NOT NULL CHECK (state IN ('open', 'posted', 'cancelled')),
    planned_by        BIGINT       NOT NULL,
    planned_at        BIGINT       NOT NULL,
    position          BIGINT       NOT NULL,
    tolerance         BIGINT       NOT NULL CHECK (tolerance >= 0),
    tolerance_percent BIGINT       NOT NULL CHECK (tolerance_percent BETWEEN 0 AND 100),
    other_person      TINYINT      NOT NULL CHECK (other_person IN (0, 1)),
    finished_by       BIGINT,
    finished_at       BIGINT,
    FOREIGN KEY (planned_by) REFERENCES user (id),
    FOREIGN KEY (finished_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS count_line (
    count_id     BINARY(16)  NOT NULL,
    number       BIGINT      NOT NULL CHECK (number > 0),
    location_id  BIGINT      NOT NULL,
    part_id      BIGINT      NOT NULL,
    operation_id BIGINT      NOT NULL,
    lot          VARCHAR(60),
    added        TINYINT     NOT NULL CHECK (added IN (0, 1)),
    snapshot     BIGINT      NOT NULL CHECK (snapshot >= 0),
    state        VARCHAR(10) NOT NULL CHECK (state IN ('open', 'recount', 'counted', 'posted', 'left')),
    rounds       BIGINT      NOT NULL DEFAULT 0,
    counted      BIGINT,
    expected     BIGINT,
    counted_at   BIGINT,
    counted_by   BIGINT,
    command_id   BINARY(16),
    refused_code VARCHAR(60),
    refused_text VARCHAR(500),
    PRIMARY KEY (count_id, number),
    KEY count_line_by_state (count_id, state, number),
    FOREIGN KEY (count_id) REFERENCES stock_count (id),
    FOREIGN KEY (location_id) REFERENCES location (id),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (counted_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS count_entry (
    count_id   BINARY(16) NOT NULL,
    number     BIGINT     NOT NULL,
    round      BIGINT     NOT NULL CHECK (round > 0),
    counted    BIGINT     NOT NULL CHECK (counted >= 0),
    expected   BIGINT     NOT NULL CHECK (expected >= 0),
    counted_at BIGINT     NOT NULL,
    position   BIGINT     NOT NULL,
    entered_at BIGINT     NOT NULL,
    entered_by BIGINT     NOT NULL,
    notes      TEXT,
    PRIMARY KEY (count_id, number, round),
    FOREIGN KEY (count_id, number) REFERENCES count_line (count_id, number),
    FOREIGN KEY (entered_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
