CREATE TABLE IF NOT EXISTS inbound_source (
    id           BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid          BINARY(16)     NOT NULL UNIQUE,
    name         VARCHAR(40)    NOT NULL,
    user_id      BIGINT         NOT NULL,
    secret       VARBINARY(200) NOT NULL,
    former       VARBINARY(200),
    former_until BIGINT,
    created_at   BIGINT         NOT NULL,
    version      BIGINT         NOT NULL,
    refused_at   BIGINT,
    last_error   VARCHAR(500),
    disabled_at  BIGINT,
    removed_at   BIGINT,
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS inbox (
    source_id   BIGINT      NOT NULL,
    message_id  VARCHAR(80) NOT NULL,
    command_id  BINARY(16)  NOT NULL,
    received_at BIGINT      NOT NULL,
    PRIMARY KEY (source_id, message_id),
    FOREIGN KEY (source_id) REFERENCES inbound_source (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

ALTER TABLE webhook ADD COLUMN IF NOT EXISTS former VARBINARY(200);
ALTER TABLE webhook ADD COLUMN IF NOT EXISTS former_until BIGINT;

ALTER TABLE broker ADD COLUMN IF NOT EXISTS safe_position BIGINT;
