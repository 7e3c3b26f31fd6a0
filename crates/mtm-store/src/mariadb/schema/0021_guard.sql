-- What somebody decided about the way to another system, and how it stood when that last changed, as the
-- server that sends has it.
CREATE TABLE IF NOT EXISTS peer_guard (
    -- A webhook's id, or the name of the one there is: mqtt, nats, mail.
    peer          VARCHAR(60) NOT NULL PRIMARY KEY,
    hold          VARCHAR(10) NOT NULL DEFAULT 'automatic'
        CHECK (hold IN ('automatic', 'open', 'closed')),
    reason        VARCHAR(500),
    held_by       BIGINT,
    held_at       BIGINT,
    state         VARCHAR(10) CHECK (state IN ('closed', 'open', 'half_open')),
    since         BIGINT,
    next_probe_at BIGINT,
    calls         BIGINT NOT NULL DEFAULT 0,
    failed        BIGINT NOT NULL DEFAULT 0,
    slow          BIGINT NOT NULL DEFAULT 0,
    FOREIGN KEY (held_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
