-- What machines count, on its way to stock. Nothing here is stock: pieces are booked when somebody confirms them, or a
-- rule does.
CREATE TABLE IF NOT EXISTS machine (
    name           VARCHAR(60)  NOT NULL PRIMARY KEY,
    -- Where it is. What is known below is known of this source; NULL: nobody asked it yet.
    source         VARCHAR(300),
    -- Where to go on asking, and until when everything is told, by the machine's clock.
    position       VARCHAR(200),
    known_at       BIGINT,
    -- Who listens now, by number, and the number of its last batch: what an earlier one brings is refused.
    listener       BIGINT       NOT NULL DEFAULT 0,
    batch          BIGINT       NOT NULL DEFAULT 0,
    standing       VARCHAR(10)  CHECK (standing IN ('connected', 'away')),
    cause          TEXT,
    standing_since BIGINT,
    seen_at        BIGINT
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS machine_counter (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    machine      VARCHAR(60)  NOT NULL,
    tag          VARCHAR(300) NOT NULL,
    -- What its pieces are booked as, when they are.
    booking      VARCHAR(10)  NOT NULL CHECK (booking IN ('receive', 'complete', 'scrap')),
    part_id      BIGINT       NOT NULL,
    operation_id BIGINT       NOT NULL,
    location_id  BIGINT       NOT NULL,
    work_order   VARCHAR(60),
    scrap_reason VARCHAR(100),
    -- How it counts: pieces for a count, most counts in an hour, its largest total, whether it is set to zero.
    pieces       BIGINT       NOT NULL CHECK (pieces > 0),
    per_hour     BIGINT       NOT NULL CHECK (per_hour > 0),
    rollover     BIGINT       CHECK (rollover > 0),
    resets       TINYINT      NOT NULL CHECK (resets IN (0, 1)),
    -- Seconds within which a count is told.
    told_within  BIGINT       NOT NULL CHECK (told_within > 0),
    -- Pieces after which a proposal is full; and whether the rule confirms those that are.
    container    BIGINT       CHECK (container > 0),
    by_rule      TINYINT      NOT NULL CHECK (by_rule IN (0, 1)),
    version      BIGINT       NOT NULL DEFAULT 1,
    created_at   BIGINT       NOT NULL,
    created_by   BIGINT       NOT NULL,
    retired_at   BIGINT,
    -- What it showed last, since when, until when, and whether something may be missing since.
    value        BIGINT       CHECK (value >= 0),
    value_at     BIGINT,
    known_at     BIGINT,
    broken       TINYINT      NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
    -- What a tag says is counted once: NULLs (retired) do not collide.
    active_tag   VARCHAR(300) AS (IF(retired_at IS NULL, tag, NULL)) STORED,
    UNIQUE KEY machine_counter_once (machine, active_tag),
    KEY machine_counter_by_machine (machine, id),
    FOREIGN KEY (machine) REFERENCES machine (name),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id),
    FOREIGN KEY (created_by) REFERENCES user (id),
    CHECK (by_rule = 0 OR container IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS machine_proposal (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    machine      VARCHAR(60)  NOT NULL,
    counter_id   BIGINT       NOT NULL,
    -- The counter whose pieces it takes; NULL: it takes no more. A counter has one such proposal.
    grows_for    BIGINT,
    kind         VARCHAR(10)  NOT NULL CHECK (kind IN ('count', 'question')),
    state        VARCHAR(10)  NOT NULL CHECK (state IN ('open', 'booking', 'booked', 'dropped')),
    -- What is booked, as the counter had it when this was opened.
    booking      VARCHAR(10)  NOT NULL CHECK (booking IN ('receive', 'complete', 'scrap')),
    part_id      BIGINT       NOT NULL,
    operation_id BIGINT       NOT NULL,
    location_id  BIGINT       NOT NULL,
    work_order   VARCHAR(60),
    scrap_reason VARCHAR(100),
    -- Pieces that were counted; of a question, those that there were at least, and at most.
    pieces       BIGINT       NOT NULL CHECK (pieces >= 0),
    most         BIGINT,
    doubt        VARCHAR(30),
    -- The totals before and after, readings that added to it, and when.
    from_value   BIGINT       NOT NULL,
    to_value     BIGINT       NOT NULL,
    steps        BIGINT       NOT NULL,
    first_at     BIGINT       NOT NULL,
    last_at      BIGINT       NOT NULL,
    -- Whether the rule confirms it once it is full.
    by_rule      TINYINT      NOT NULL CHECK (by_rule IN (0, 1)),
    -- Pieces that somebody, or the rule, says there are, of those that they saw; nobody: the rule.
    confirmed    BIGINT       CHECK (confirmed > 0),
    seen         BIGINT       CHECK (seen > 0),
    decided_by   BIGINT,
    decided_at   BIGINT,
    note         TEXT,
    -- What booked it; or why the ledger refused it last, and how often it was offered.
    command_id   BINARY(16),
    cause        TEXT,
    attempts     BIGINT       NOT NULL DEFAULT 0,
    -- When nothing more becomes of it.
    ended_at     BIGINT,
    version      BIGINT       NOT NULL DEFAULT 1,
    UNIQUE KEY machine_proposal_grows (grows_for),
    KEY machine_proposal_by_state (state, id),
    KEY machine_proposal_by_machine (machine, id),
    KEY machine_proposal_by_machine_and_state (machine, state, id),
    KEY machine_proposal_by_counter (counter_id, state, id),
    KEY machine_proposal_by_rule (by_rule, state, id),
    KEY machine_proposal_by_end (ended_at),
    FOREIGN KEY (machine) REFERENCES machine (name),
    FOREIGN KEY (counter_id) REFERENCES machine_counter (id),
    FOREIGN KEY (grows_for) REFERENCES machine_counter (id),
    FOREIGN KEY (part_id) REFERENCES part (id),
    FOREIGN KEY (operation_id) REFERENCES operation (id),
    FOREIGN KEY (location_id) REFERENCES location (id),
    FOREIGN KEY (decided_by) REFERENCES user (id),
    CHECK (most >= pieces),
    CHECK (grows_for IS NULL OR grows_for = counter_id AND state = 'open' AND kind = 'count'),
    CHECK ((kind = 'question') = (doubt IS NOT NULL)),
    CHECK ((kind = 'question') = (most IS NOT NULL)),
    CHECK ((state IN ('booking', 'booked')) = (confirmed IS NOT NULL)),
    CHECK ((state = 'booked') = (command_id IS NOT NULL)),
    CHECK ((state IN ('booked', 'dropped')) = (ended_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What became of a counter, or of a proposal, and who decided it.
CREATE TABLE IF NOT EXISTS machine_deed (
    id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    counter_id  BIGINT,
    proposal_id BIGINT,
    what        VARCHAR(20) NOT NULL,
    at          BIGINT      NOT NULL,
    user_id     BIGINT,
    note        TEXT,
    KEY machine_deed_by_counter (counter_id, id),
    KEY machine_deed_by_proposal (proposal_id, id),
    FOREIGN KEY (counter_id) REFERENCES machine_counter (id),
    FOREIGN KEY (proposal_id) REFERENCES machine_proposal (id),
    FOREIGN KEY (user_id) REFERENCES user (id),
    CHECK ((counter_id IS NULL) <> (proposal_id IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
