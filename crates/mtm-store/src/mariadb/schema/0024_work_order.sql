-- Work orders as planning says them. They are no stock: nothing of a quantity on hand follows from one.
CREATE TABLE IF NOT EXISTS work_order (
    id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code         VARCHAR(60) NOT NULL,
    part_id      BIGINT      NOT NULL,
    -- 10⁻⁶ pieces.
    quantity     BIGINT      NOT NULL CHECK (quantity > 0),
    starts_at    BIGINT,
    -- 9223372036854775807 where nobody said: it comes last in the order of what is due.
    due_at       BIGINT      NOT NULL,
    state        VARCHAR(20) NOT NULL CHECK (state IN ('planned', 'released', 'completed', 'cancelled', 'unknown')),
    -- Whether something may be left to do: it follows from the state.
    is_open      TINYINT     NOT NULL CHECK (is_open = (state IN ('planned', 'released', 'unknown'))),
    -- The document's word for the state, where it is another one.
    said_state   VARCHAR(400),
    -- The system and the document that said so last, and when that was published.
    source       VARCHAR(400),
    document     VARCHAR(400),
    published_at BIGINT      NOT NULL,
    -- When it was taken over last.
    said_at      BIGINT      NOT NULL,
    user_id      BIGINT      NOT NULL,
    version      BIGINT      NOT NULL CHECK (version > 0),
    UNIQUE KEY work_order_once (code),
    KEY work_order_by_due (due_at, code),
    KEY work_order_open_by_due (is_open, due_at, code),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
