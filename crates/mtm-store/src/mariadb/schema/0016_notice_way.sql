-- One more kind of news: what becomes of a lot that somebody follows.
ALTER TABLE notice MODIFY kind VARCHAR(20) NOT NULL
    CHECK (kind IN ('truth', 'integration', 'minimum', 'hold', 'lot'));

-- Everybody that a notice about lots is meant for, and how many lots of theirs it concerns.
CREATE TABLE IF NOT EXISTS notice_person (
    position BIGINT  NOT NULL,
    user_id  BIGINT  NOT NULL,
    lots     BIGINT  NOT NULL,
    -- Whether they received one of them; otherwise they follow it.
    received TINYINT NOT NULL CHECK (received IN (0, 1)),
    PRIMARY KEY (position, user_id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Whoever wants to know what becomes of a lot.
CREATE TABLE IF NOT EXISTS lot_follow (
    lot     VARCHAR(60) NOT NULL,
    user_id BIGINT      NOT NULL,
    since   BIGINT      NOT NULL,
    PRIMARY KEY (lot, user_id),
    KEY lot_follow_by_user (user_id, lot),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- How somebody is told beyond this program, of what, and how that goes.
CREATE TABLE IF NOT EXISTS notice_way (
    id            BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid           BINARY(16)    NOT NULL UNIQUE,
    user_id       BIGINT        NOT NULL,
    way           VARCHAR(20)   NOT NULL CHECK (way IN ('mail', 'webhook')),
    address       VARCHAR(2000) NOT NULL,
    secret        VARBINARY(200),
    -- Names of kinds, each with a blank before and behind it.
    kinds         VARCHAR(200)  NOT NULL,
    -- The message under way holds what waits up to this place; NULL: none is.
    bundle_to     BIGINT,
    attempts      INT           NOT NULL DEFAULT 0,
    due_at        BIGINT        NOT NULL,
    delivered_at  BIGINT,
    failing_since BIGINT,
    last_error    VARCHAR(500),
    -- Nothing is sent any more until somebody mends the address.
    stopped_at    BIGINT,
    -- News that were too many to wait.
    passed_over   BIGINT        NOT NULL DEFAULT 0,
    UNIQUE (user_id, way),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A notice that is still to go somebody's way. What was sent is not kept.
CREATE TABLE IF NOT EXISTS notice_letter (
    way_id   BIGINT NOT NULL,
    position BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (way_id, position),
    FOREIGN KEY (way_id) REFERENCES notice_way (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- How the server stands by which mail goes out.
CREATE TABLE IF NOT EXISTS mail_server (
    id            TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seen_at       BIGINT  NOT NULL,
    answered_at   BIGINT,
    failing_since BIGINT,
    last_error    VARCHAR(500)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
