CREATE TABLE IF NOT EXISTS broker (
    id            BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind          VARCHAR(10) NOT NULL UNIQUE CHECK (kind IN ('mqtt', 'nats')),
    position      BIGINT      NOT NULL,
    created_at    BIGINT      NOT NULL,
    seen_at       BIGINT      NOT NULL,
    published     BIGINT      NOT NULL DEFAULT 0,
    published_at  BIGINT,
    failing_since BIGINT,
    attempts      BIGINT      NOT NULL DEFAULT 0,
    last_error    VARCHAR(500)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS broker_letter (
    id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    broker_id  BIGINT       NOT NULL,
    position   BIGINT       NOT NULL,
    event_id   BINARY(16)   NOT NULL,
    type       VARCHAR(60)  NOT NULL,
    subject    VARCHAR(120) NOT NULL,
    at         BIGINT       NOT NULL,
    refused_at BIGINT       NOT NULL,
    error      VARCHAR(500) NOT NULL,
    body       LONGTEXT     NOT NULL,
    resend     BIGINT       NOT NULL DEFAULT 0 CHECK (resend IN (0, 1)),
    UNIQUE KEY (broker_id, position),
    FOREIGN KEY (broker_id) REFERENCES broker (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
