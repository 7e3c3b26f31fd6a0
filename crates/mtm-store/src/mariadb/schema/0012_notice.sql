-- What people are told of: events taken out of the outbox once each, with their place in it.
CREATE TABLE IF NOT EXISTS notice (
    position BIGINT       NOT NULL PRIMARY KEY,
    event_id BINARY(16)   NOT NULL UNIQUE,
    kind     VARCHAR(20)  NOT NULL CHECK (kind IN ('truth', 'integration', 'minimum', 'hold')),
    subject  VARCHAR(120) NOT NULL,
    at       BIGINT       NOT NULL,
    data     LONGTEXT     NOT NULL,
    -- The one it is meant for; NULL: everybody who may know.
    user_id  BIGINT,
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- How far somebody has read, and what they do not want to be told of: names of kinds between blanks.
CREATE TABLE IF NOT EXISTS notice_reader (
    user_id BIGINT       NOT NULL PRIMARY KEY,
    read_to BIGINT       NOT NULL DEFAULT 0,
    muted   VARCHAR(100) NOT NULL DEFAULT '',
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
