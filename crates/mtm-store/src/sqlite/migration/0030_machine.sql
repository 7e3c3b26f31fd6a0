-- What machines count, on its way to stock. Nothing here is stock: pieces are booked when somebody confirms them, or a
-- rule does.
CREATE TABLE machine (
    name           TEXT    NOT NULL PRIMARY KEY,
    -- Where it is. What is known below is known of this source; NULL: nobody asked it yet.
    source         TEXT,
    -- Where to go on asking, and until when everything is told, by the machine's clock.
    position       TEXT,
    known_at       INTEGER,
    -- Who listens now, by number, and the number of its last batch: what an earlier one brings is refused.
    listener       INTEGER NOT NULL DEFAULT 0,
    batch          INTEGER NOT NULL DEFAULT 0,
    standing       TEXT    CHECK (standing IN ('connected', 'away')),
    cause          TEXT,
    standing_since INTEGER,
    seen_at        INTEGER
) STRICT;

CREATE TABLE machine_counter (
    id           INTEGER PRIMARY KEY,
    machine      TEXT    NOT NULL REFERENCES machine (name),
    tag          TEXT    NOT NULL,
    -- What its pieces are booked as, when they are.
    booking      TEXT    NOT NULL CHECK (booking IN ('receive', 'complete', 'scrap')),
    part_id      INTEGER NOT NULL REFERENCES part (id),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    location_id  INTEGER NOT NULL REFERENCES location (id),
    work_order   TEXT,
    scrap_reason TEXT,
    -- How it counts: pieces for a count, most counts in an hour, its largest total, whether it is set to zero.
    pieces       INTEGER NOT NULL CHECK (pieces > 0),
    per_hour     INTEGER NOT NULL CHECK (per_hour > 0),
    rollover     INTEGER CHECK (rollover > 0),
    resets       INTEGER NOT NULL CHECK (resets IN (0, 1)),
    -- Seconds within which a count is told.
    told_within  INTEGER NOT NULL CHECK (told_within > 0),
    -- Pieces after which a proposal is full; and whether the rule confirms those that are.
    container    INTEGER CHECK (container > 0),
    by_rule      INTEGER NOT NULL CHECK (by_rule IN (0, 1)),
    version      INTEGER NOT NULL DEFAULT 1,
    created_at   INTEGER NOT NULL,
    created_by   INTEGER NOT NULL REFERENCES user (id),
    retired_at   INTEGER,
    -- What it showed last, since when, until when, and whether something may be missing since.
    value        INTEGER CHECK (value >= 0),
    value_at     INTEGER,
    known_at     INTEGER,
    broken       INTEGER NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
    CHECK (by_rule = 0 OR container IS NOT NULL)
) STRICT;
-- What a tag says is counted once.
CREATE UNIQUE INDEX machine_counter_once ON machine_counter (machine, tag) WHERE retired_at IS NULL;
CREATE INDEX machine_counter_by_machine ON machine_counter (machine, id);

CREATE TABLE machine_proposal (
    id           INTEGER PRIMARY KEY,
    machine      TEXT    NOT NULL REFERENCES machine (name),
    counter_id   INTEGER NOT NULL REFERENCES machine_counter (id),
    -- The counter whose pieces it takes; NULL: it takes no more. A counter has one such proposal.
    grows_for    INTEGER UNIQUE REFERENCES machine_counter (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('count', 'question')),
    state        TEXT    NOT NULL CHECK (state IN ('open', 'booking', 'booked', 'dropped')),
    -- What is booked, as the counter had it when this was opened.
    booking      TEXT    NOT NULL CHECK (booking IN ('receive', 'complete', 'scrap')),
    part_id      INTEGER NOT NULL REFERENCES part (id),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    location_id  INTEGER NOT NULL REFERENCES location (id),
    work_order   TEXT,
    scrap_reason TEXT,
    -- Pieces that were counted; of a question, those that there were at least, and at most.
    pieces       INTEGER NOT NULL CHECK (pieces >= 0),
    most         INTEGER CHECK (most >= pieces),
    doubt        TEXT,
    -- The totals before and after, readings that added to it, and when.
    from_value   INTEGER NOT NULL,
    to_value     INTEGER NOT NULL,
    steps        INTEGER NOT NULL,
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    -- Whether the rule confirms it once it is full.
    by_rule      INTEGER NOT NULL CHECK (by_rule IN (0, 1)),
    -- Pieces that somebody, or the rule, says there are, of those that they saw; nobody: the rule.
    confirmed    INTEGER CHECK (confirmed > 0),
    seen         INTEGER CHECK (seen > 0),
    decided_by   INTEGER REFERENCES user (id),
    decided_at   INTEGER,
    note         TEXT,
    -- What booked it; or why the ledger refused it last, and how often it was offered.
    command_id   BLOB,
    cause        TEXT,
    attempts     INTEGER NOT NULL DEFAULT 0,
    -- When nothing more becomes of it.
    ended_at     INTEGER,
    version      INTEGER NOT NULL DEFAULT 1,
    CHECK (grows_for IS NULL OR grows_for = counter_id AND state = 'open' AND kind = 'count'),
    CHECK ((kind = 'question') = (doubt IS NOT NULL)),
    CHECK ((kind = 'question') = (most IS NOT NULL)),
    CHECK ((state IN ('booking', 'booked')) = (confirmed IS NOT NULL)),
    CHECK ((state = 'booked') = (command_id IS NOT NULL)),
    CHECK ((state IN ('booked', 'dropped')) = (ended_at IS NOT NULL))
) STRICT;
CREATE INDEX machine_proposal_by_state ON machine_proposal (state, id);
CREATE INDEX machine_proposal_by_machine ON machine_proposal (machine, id);
CREATE INDEX machine_proposal_by_machine_and_state ON machine_proposal (machine, state, id);
CREATE INDEX machine_proposal_by_counter ON machine_proposal (counter_id, state, id);
CREATE INDEX machine_proposal_by_rule ON machine_proposal (by_rule, state, id);
CREATE INDEX machine_proposal_by_end ON machine_proposal (ended_at) WHERE ended_at IS NOT NULL;

-- What became of a counter, or of a proposal, and who decided it.
CREATE TABLE machine_deed (
    id          INTEGER PRIMARY KEY,
    counter_id  INTEGER REFERENCES machine_counter (id),
    proposal_id INTEGER REFERENCES machine_proposal (id),
    what        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    user_id     INTEGER REFERENCES user (id),
    note        TEXT,
    CHECK ((counter_id IS NULL) <> (proposal_id IS NULL))
) STRICT;
CREATE INDEX machine_deed_by_counter ON machine_deed (counter_id, id) WHERE counter_id IS NOT NULL;
CREATE INDEX machine_deed_by_proposal ON machine_deed (proposal_id, id) WHERE proposal_id IS NOT NULL;
