-- Who somebody is at the plant's identity provider: one person here for each of its names for one.
CREATE TABLE IF NOT EXISTS identity (
    issuer    VARCHAR(500) NOT NULL,
    subject   VARCHAR(255) NOT NULL,
    user_id   BIGINT       NOT NULL UNIQUE,
    linked_at BIGINT       NOT NULL,
    PRIMARY KEY (issuer, subject),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
