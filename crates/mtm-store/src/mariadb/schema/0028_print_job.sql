-- Labels on their way to printers. Nothing here is stock.
CREATE TABLE IF NOT EXISTS printer (
    id             BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name           VARCHAR(60) NOT NULL UNIQUE,
    -- How it was when it was last asked, since when, and when that was.
    standing       VARCHAR(20),
    standing_since BIGINT,
    seen_at        BIGINT,
    -- The place in the log up to which receipts had their labels laid out; NULL: it prints none by itself.
    position       BIGINT,
    -- Whose receipts these are, as it was when the place was set.
    receipts       TEXT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS print_job (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    printer     VARCHAR(60)  NOT NULL,
    template    VARCHAR(60)  NOT NULL,
    -- What it is a label of, 'lot' for one, and which.
    subject     VARCHAR(20)  NOT NULL,
    subject_key VARCHAR(300) NOT NULL,
    -- What stands on it: JSON; and what was sent, spelled for the printer when it was its turn.
    fields      MEDIUMTEXT   NOT NULL,
    label       MEDIUMTEXT,
    is_copy     TINYINT      NOT NULL CHECK (is_copy IN (0, 1)),
    -- Whether a label of it may be out in the plant, whatever became of it since.
    is_out      TINYINT      NOT NULL DEFAULT 0 CHECK (is_out IN (0, 1)),
    -- The receipt that it was laid out for by itself: once for a printer.
    movement_id BINARY(16),
    station     VARCHAR(200),
    state       VARCHAR(10)  NOT NULL,
    -- What the printer lacks, and why it stands so, in words.
    lacking     VARCHAR(20),
    cause       TEXT,
    attempts    BIGINT       NOT NULL DEFAULT 0,
    asked_at    BIGINT       NOT NULL,
    asked_by    BIGINT,
    queued_at   BIGINT       NOT NULL,
    begun_at    BIGINT,
    ended_at    BIGINT,
    version     BIGINT       NOT NULL DEFAULT 1,
    UNIQUE KEY print_job_once (printer, movement_id),
    KEY print_job_by_printer (printer, state, id),
    KEY print_job_by_state (state, id),
    KEY print_job_by_subject (subject_key, subject, id),
    KEY print_job_by_movement (movement_id),
    FOREIGN KEY (asked_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What became of one, and who decided it.
CREATE TABLE IF NOT EXISTS print_deed (
    id      BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    job_id  BIGINT      NOT NULL,
    what    VARCHAR(20) NOT NULL,
    at      BIGINT      NOT NULL,
    user_id BIGINT,
    note    TEXT,
    KEY print_deed_by_job (job_id, id),
    FOREIGN KEY (job_id) REFERENCES print_job (id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
