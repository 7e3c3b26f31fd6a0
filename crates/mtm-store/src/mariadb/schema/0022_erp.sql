-- What an ERP says, read and never written back: its ledger, its own figures, and its master data. Nothing
-- here is stock of ours.
CREATE TABLE IF NOT EXISTS erp_peer (
    id            BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name          VARCHAR(40) NOT NULL UNIQUE,
    -- The greatest id of its ledger that was read, and the greatest it had.
    position      BIGINT      NOT NULL DEFAULT 0,
    newest        BIGINT      NOT NULL DEFAULT 0,
    -- Where the position stood some ten minutes ago, and since when it is measured.
    older         BIGINT      NOT NULL DEFAULT 0,
    mark          BIGINT      NOT NULL DEFAULT 0,
    mark_at       BIGINT,
    -- Which sums are shown (0: none yet), and which are being added up, where that goes on.
    sums          BIGINT      NOT NULL DEFAULT 0,
    building      BIGINT,
    read_at       BIGINT,
    whole_at      BIGINT,
    scan_block    BIGINT,
    scanned_at    BIGINT,
    rows_read     BIGINT      NOT NULL DEFAULT 0,
    rows_late     BIGINT      NOT NULL DEFAULT 0,
    rows_changed  BIGINT      NOT NULL DEFAULT 0,
    rows_gone     BIGINT      NOT NULL DEFAULT 0,
    rows_flagged  BIGINT      NOT NULL DEFAULT 0,
    rows_refused  BIGINT      NOT NULL DEFAULT 0,
    failing_since BIGINT,
    refused       BIGINT      NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
    cause         VARCHAR(60),
    last_error    VARCHAR(500),
    seen_at       BIGINT      NOT NULL,
    owner         VARBINARY(16),
    owned_until   BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Recent rows of its ledger.
CREATE TABLE IF NOT EXISTS erp_transaction (
    peer_id     BIGINT      NOT NULL,
    id          BIGINT      NOT NULL,
    kind        VARCHAR(20) NOT NULL,
    class       VARCHAR(20) NOT NULL,
    quantity    BIGINT      NOT NULL,
    happened    BIGINT      NOT NULL,
    created     BIGINT,
    warehouse   VARCHAR(40) NOT NULL,
    location    VARCHAR(40) NOT NULL,
    part        VARCHAR(60) NOT NULL,
    user_name   VARCHAR(60),
    reference   VARCHAR(250),
    transfer_of BIGINT,
    read_at     BIGINT      NOT NULL,
    late        BIGINT      NOT NULL CHECK (late IN (0, 1)),
    flags       BIGINT      NOT NULL,
    PRIMARY KEY (peer_id, id),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What is known of every block of its ledger, for ever: which ids were counted, and the block's figures.
CREATE TABLE IF NOT EXISTS erp_block (
    peer_id BIGINT          NOT NULL,
    sums    BIGINT          NOT NULL,
    block   BIGINT          NOT NULL,
    rows_in BIGINT          NOT NULL,
    came    BIGINT          NOT NULL,
    went    BIGINT          NOT NULL,
    digest  BIGINT          NOT NULL,
    seen    VARBINARY(2000) NOT NULL,
    PRIMARY KEY (peer_id, sums, block),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What its ledger adds up to, by part and place.
CREATE TABLE IF NOT EXISTS erp_sum (
    peer_id   BIGINT      NOT NULL,
    sums      BIGINT      NOT NULL,
    part      VARCHAR(60) NOT NULL,
    warehouse VARCHAR(40) NOT NULL,
    location  VARCHAR(40) NOT NULL,
    quantity  BIGINT      NOT NULL,
    PRIMARY KEY (peer_id, sums, part, warehouse, location),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Its tables that are read whole. A reading counts when all of it is here: then `reading` is its number.
CREATE TABLE IF NOT EXISTS erp_table (
    peer_id      BIGINT      NOT NULL,
    name         VARCHAR(20) NOT NULL,
    reading      BIGINT      NOT NULL DEFAULT 0,
    building     BIGINT,
    read_at      BIGINT,
    rows_read    BIGINT      NOT NULL DEFAULT 0,
    rows_flagged BIGINT      NOT NULL DEFAULT 0,
    rows_refused BIGINT      NOT NULL DEFAULT 0,
    PRIMARY KEY (peer_id, name),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What it says is on hand.
CREATE TABLE IF NOT EXISTS erp_on_hand (
    peer_id   BIGINT      NOT NULL,
    reading   BIGINT      NOT NULL,
    part      VARCHAR(60) NOT NULL,
    warehouse VARCHAR(40) NOT NULL,
    location  VARCHAR(40) NOT NULL,
    quantity  BIGINT      NOT NULL,
    PRIMARY KEY (peer_id, reading, part, warehouse, location),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Its master data and orders, each as a document.
CREATE TABLE IF NOT EXISTS erp_master (
    peer_id BIGINT       NOT NULL,
    name    VARCHAR(20)  NOT NULL,
    reading BIGINT       NOT NULL,
    code    VARCHAR(160) NOT NULL,
    body    LONGTEXT     NOT NULL,
    PRIMARY KEY (peer_id, name, reading, code),
    FOREIGN KEY (peer_id) REFERENCES erp_peer (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
