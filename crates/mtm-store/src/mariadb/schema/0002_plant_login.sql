-- Whom a plant's own SQL client books as: the login of its connection, and the user in the ledger.
CREATE TABLE IF NOT EXISTS plant_login (
    login     VARCHAR(128) NOT NULL PRIMARY KEY,
    user_id   BIGINT       NOT NULL,
    linked_at BIGINT       NOT NULL,
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
