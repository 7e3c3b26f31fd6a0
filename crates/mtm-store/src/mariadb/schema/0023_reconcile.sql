-- Comparisons with the books of another system: when each was made, and how fresh what it was made of.
CREATE TABLE IF NOT EXISTS reconcile_run (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    peer         VARCHAR(60)  NOT NULL,
    -- 'nightly', or 'asked' by somebody.
    cause        VARCHAR(10)  NOT NULL CHECK (cause IN ('nightly', 'asked')),
    asked_by     BIGINT,
    started_at   BIGINT       NOT NULL,
    -- Until then it is under way, or was cut off.
    finished_at  BIGINT,
    failed       TEXT,
    ours_at      BIGINT,
    ledger_at    BIGINT,
    on_hand_at   BIGINT,
    -- Why it is not the last word: a JSON list of words.
    stale        VARCHAR(500) NOT NULL DEFAULT '[]',
    compared     BIGINT       NOT NULL DEFAULT 0,
    elsewhere    BIGINT       NOT NULL DEFAULT 0,
    movements_waiting BIGINT  NOT NULL DEFAULT 0,
    postings_waiting  BIGINT  NOT NULL DEFAULT 0,
    in_motion    BIGINT       NOT NULL DEFAULT 0,
    found        BIGINT       NOT NULL DEFAULT 0,
    opened       BIGINT       NOT NULL DEFAULT 0,
    resolved     BIGINT       NOT NULL DEFAULT 0,
    KEY reconcile_run_by_peer (peer, id),
    FOREIGN KEY (asked_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What two books disagree about: one row for the same disagreement, however often it is found.
CREATE TABLE IF NOT EXISTS reconcile_break (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    peer         VARCHAR(60)  NOT NULL,
    identity     VARCHAR(600) NOT NULL,
    -- Part and place, folded, by which what was not judged is left as it is.
    spot         VARCHAR(500) NOT NULL,
    class        VARCHAR(30)  NOT NULL,
    part         VARCHAR(300),
    warehouse    VARCHAR(60),
    location     VARCHAR(60),
    subject      VARCHAR(200),
    -- 'open', 'closed' by somebody, or 'resolved': a run found it no more.
    state        VARCHAR(10)  NOT NULL CHECK (state IN ('open', 'closed', 'resolved')),
    -- 10⁻⁶ pieces.
    ours         BIGINT,
    on_hand      BIGINT,
    ledger       BIGINT,
    difference   BIGINT       NOT NULL,
    -- Evidence, cause and fix as JSON.
    detail       MEDIUMTEXT   NOT NULL,
    first_run    BIGINT       NOT NULL,
    last_run     BIGINT       NOT NULL,
    first_seen_at BIGINT      NOT NULL,
    last_seen_at BIGINT       NOT NULL,
    owner        BIGINT,
    ended_at     BIGINT,
    closed_by    BIGINT,
    close_code   VARCHAR(40),
    close_note   TEXT,
    version      BIGINT       NOT NULL DEFAULT 1,
    UNIQUE KEY reconcile_break_once (peer, identity),
    KEY reconcile_break_by_state (peer, state, id),
    KEY reconcile_break_by_spot (peer, spot),
    FOREIGN KEY (first_run) REFERENCES reconcile_run (id),
    FOREIGN KEY (last_run) REFERENCES reconcile_run (id),
    FOREIGN KEY (owner) REFERENCES user (id),
    FOREIGN KEY (closed_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What became of a break, and who decided it.
CREATE TABLE IF NOT EXISTS reconcile_deed (
    id       BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    break_id BIGINT      NOT NULL,
    what     VARCHAR(20) NOT NULL,
    at       BIGINT      NOT NULL,
    -- Nobody where a run did it.
    user_id  BIGINT,
    run_id   BIGINT,
    note     TEXT,
    KEY reconcile_deed_by_break (break_id, id),
    FOREIGN KEY (break_id) REFERENCES reconcile_break (id),
    FOREIGN KEY (user_id) REFERENCES user (id),
    FOREIGN KEY (run_id) REFERENCES reconcile_run (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
