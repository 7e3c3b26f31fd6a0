-- What other systems are told of movements: a flow for each, and a posting for each movement that concerns it.
-- Nothing here is stock.
CREATE TABLE IF NOT EXISTS flow (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name          VARCHAR(60)  NOT NULL UNIQUE,
    -- 'off', 'shadow', 'worklist' or 'automatic'.
    mode          VARCHAR(10)  NOT NULL,
    -- The place in the log up to which postings were laid out.
    position      BIGINT       NOT NULL,
    version       BIGINT       NOT NULL DEFAULT 1,
    changed_at    BIGINT       NOT NULL,
    changed_by    BIGINT,
    failing_since BIGINT,
    last_error    TEXT,
    FOREIGN KEY (changed_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS flow_posting (
    id             BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    flow_id        BIGINT       NOT NULL,
    movement_id    BINARY(16)   NOT NULL,
    sequence       BIGINT       NOT NULL,
    reverses       BINARY(16),
    class          VARCHAR(20)  NOT NULL,
    part           VARCHAR(300) NOT NULL,
    -- The part in the form in which parts are compared.
    folded         VARCHAR(300) NOT NULL,
    lot            VARCHAR(60)  NOT NULL,
    quantity       BIGINT       NOT NULL,
    recorded_at    BIGINT       NOT NULL,
    -- The movement as the other system sees it, and what is sent for it: JSON.
    fact           MEDIUMTEXT   NOT NULL,
    request        MEDIUMTEXT,
    edited         TINYINT      NOT NULL DEFAULT 0 CHECK (edited IN (0, 1)),
    state          VARCHAR(10)  NOT NULL,
    -- The same for as long as later postings of it wait for this one; and when it is its turn.
    lane           VARCHAR(300),
    due_at         BIGINT,
    attempts       BIGINT       NOT NULL DEFAULT 0,
    tried_at       BIGINT,
    status         BIGINT,
    code           VARCHAR(100),
    cause          TEXT,
    -- The number of the document there.
    document       VARCHAR(120),
    -- When their ledger showed it.
    proved_at      BIGINT,
    decided_by     BIGINT,
    decided_at     BIGINT,
    note           TEXT,
    laid_at        BIGINT       NOT NULL,
    version        BIGINT       NOT NULL DEFAULT 1,
    UNIQUE KEY flow_posting_once (flow_id, movement_id),
    KEY flow_posting_by_state (flow_id, state, id),
    KEY flow_posting_by_age (flow_id, state, recorded_at),
    KEY flow_posting_by_part (folded, id),
    KEY flow_posting_by_lot (lot, id),
    KEY flow_posting_due (flow_id, due_at),
    KEY flow_posting_lane (flow_id, lane, sequence),
    KEY flow_posting_by_movement (movement_id),
    KEY flow_posting_by_document (document),
    FOREIGN KEY (flow_id) REFERENCES flow (id),
    FOREIGN KEY (decided_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- Which transaction of their ledger shows which posting: each shows one.
CREATE TABLE IF NOT EXISTS flow_proof (
    erp            VARCHAR(60) NOT NULL,
    transaction_id BIGINT      NOT NULL,
    posting_id     BIGINT      NOT NULL,
    PRIMARY KEY (erp, transaction_id),
    KEY flow_proof_by_posting (posting_id),
    FOREIGN KEY (posting_id) REFERENCES flow_posting (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What became of a posting, and who decided it.
CREATE TABLE IF NOT EXISTS flow_deed (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    posting_id BIGINT      NOT NULL,
    what       VARCHAR(20) NOT NULL,
    at         BIGINT      NOT NULL,
    user_id    BIGINT,
    note       TEXT,
    KEY flow_deed_by_posting (posting_id, id),
    FOREIGN KEY (posting_id) REFERENCES flow_posting (id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
