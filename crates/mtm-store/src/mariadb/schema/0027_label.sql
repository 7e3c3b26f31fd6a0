-- Templates of labels as administrators wrote them: each change is another version, the newest counts.
CREATE TABLE IF NOT EXISTS label_template (
    id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name        VARCHAR(40) NOT NULL,
    -- Counted from 1 for each name.
    number      BIGINT      NOT NULL CHECK (number > 0),
    -- NULL puts back what the program brings, or takes away what it does not.
    body        TEXT,
    recorded_at BIGINT      NOT NULL,
    user_id     BIGINT      NOT NULL,
    UNIQUE KEY label_template_once (name, number),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
