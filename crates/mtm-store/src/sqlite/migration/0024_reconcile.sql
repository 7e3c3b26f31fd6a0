-- Comparisons with the books of another system: when each was made, and how fresh what it was made of.
CREATE TABLE reconcile_run (
    id           INTEGER PRIMARY KEY,
    peer         TEXT    NOT NULL,
    -- 'nightly', or 'asked' by somebody.
    cause        TEXT    NOT NULL CHECK (cause IN ('nightly', 'asked')),
    asked_by     INTEGER REFERENCES user (id),
    started_at   INTEGER NOT NULL,
    -- Until then it is under way, or was cut off.
    finished_at  INTEGER,
    failed       TEXT,
    ours_at      INTEGER,
    ledger_at    INTEGER,
    on_hand_at   INTEGER,
    -- Why it is not the last word: a JSON list of words.
    stale        TEXT    NOT NULL DEFAULT '[]',
    compared     INTEGER NOT NULL DEFAULT 0,
    elsewhere    INTEGER NOT NULL DEFAULT 0,
    movements_waiting INTEGER NOT NULL DEFAULT 0,
    postings_waiting  INTEGER NOT NULL DEFAULT 0,
    in_motion    INTEGER NOT NULL DEFAULT 0,
    found        INTEGER NOT NULL DEFAULT 0,
    opened       INTEGER NOT NULL DEFAULT 0,
    resolved     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX reconcile_run_by_peer ON reconcile_run (peer, id);

-- What two books disagree about: one row for the same disagreement, however often it is found.
CREATE TABLE reconcile_break (
    id           INTEGER PRIMARY KEY,
    peer         TEXT    NOT NULL,
    identity     TEXT    NOT NULL,
    -- Part and place, folded, by which what was not judged is left as it is.
    spot         TEXT    NOT NULL,
    class        TEXT    NOT NULL,
    part         TEXT,
    warehouse    TEXT,
    location     TEXT,
    subject      TEXT,
    -- 'open', 'closed' by somebody, or 'resolved': a run found it no more.
    state        TEXT    NOT NULL CHECK (state IN ('open', 'closed', 'resolved')),
    -- 10⁻⁶ pieces.
    ours         INTEGER,
    on_hand      INTEGER,
    ledger       INTEGER,
    difference   INTEGER NOT NULL,
    -- Evidence, cause and fix as JSON.
    detail       TEXT    NOT NULL,
    first_run    INTEGER NOT NULL REFERENCES reconcile_run (id),
    last_run     INTEGER NOT NULL REFERENCES reconcile_run (id),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    owner        INTEGER REFERENCES user (id),
    ended_at     INTEGER,
    closed_by    INTEGER REFERENCES user (id),
    close_code   TEXT,
    close_note   TEXT,
    version      INTEGER NOT NULL DEFAULT 1,
    UNIQUE (peer, identity)
) STRICT;
CREATE INDEX reconcile_break_by_state ON reconcile_break (peer, state, id);
CREATE INDEX reconcile_break_by_spot ON reconcile_break (peer, spot);

-- What became of a break, and who decided it.
CREATE TABLE reconcile_deed (
    id       INTEGER PRIMARY KEY,
    break_id INTEGER NOT NULL REFERENCES reconcile_break (id),
    what     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    -- Nobody where a run did it.
    user_id  INTEGER REFERENCES user (id),
    run_id   INTEGER REFERENCES reconcile_run (id),
    note     TEXT
) STRICT;
CREATE INDEX reconcile_deed_by_break ON reconcile_deed (break_id, id);
