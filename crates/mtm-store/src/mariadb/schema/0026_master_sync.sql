-- Keeping parts as another system has them: who acts on differences, and what is known of each part.
CREATE TABLE IF NOT EXISTS master_sync (
    peer_id         BIGINT       NOT NULL PRIMARY KEY,
    -- 'off', 'shadow', 'worklist' or 'automatic'.
    mode            VARCHAR(10)  NOT NULL,
    version         BIGINT       NOT NULL DEFAULT 1,
    changed_at      BIGINT       NOT NULL,
    changed_by      BIGINT,
    -- What was judged last, and when: their parts as of this moment, in the mode of this version.
    parts_at        BIGINT,
    judged_version  BIGINT,
    judged_at       BIGINT,
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id),
    FOREIGN KEY (changed_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS master_link (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    peer_id     BIGINT       NOT NULL,
    -- The part in the form in which parts are compared, and as they spell it.
    folded      VARCHAR(300) NOT NULL,
    code        VARCHAR(300) NOT NULL,
    -- What both agreed on, what was decided against, and what differs: JSON.
    agreed      TEXT         NOT NULL,
    kept        TEXT         NOT NULL,
    gone        TINYINT      NOT NULL CHECK (gone IN (0, 1)),
    differences TEXT,
    cause       VARCHAR(100),
    -- 0: nothing differs, 1: something does, 2: and waits for somebody; and since when.
    standing    BIGINT       NOT NULL,
    since       BIGINT,
    version     BIGINT       NOT NULL DEFAULT 1,
    decided_by  BIGINT,
    decided_at  BIGINT,
    note        TEXT,
    UNIQUE KEY master_link_once (peer_id, folded),
    KEY master_link_by_standing (peer_id, standing, id),
    KEY master_link_differing (standing, id),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id),
    FOREIGN KEY (decided_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
