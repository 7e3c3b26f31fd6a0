-- Labels on their way to printers. Nothing here is stock.
CREATE TABLE printer (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    -- How it was when it was last asked, since when, and when that was.
    standing       TEXT,
    standing_since INTEGER,
    seen_at        INTEGER,
    -- The place in the log up to which receipts had their labels laid out; NULL: it prints none by itself.
    position       INTEGER,
    -- Whose receipts these are, as it was when the place was set.
    receipts       TEXT
) STRICT;

CREATE TABLE print_job (
    id          INTEGER PRIMARY KEY,
    printer     TEXT    NOT NULL,
    template    TEXT    NOT NULL,
    -- What it is a label of, 'lot' for one, and which.
    subject     TEXT    NOT NULL,
    subject_key TEXT    NOT NULL,
    -- What stands on it: JSON; and what was sent, spelled for the printer when it was its turn.
    fields      TEXT    NOT NULL,
    label       TEXT,
    is_copy     INTEGER NOT NULL CHECK (is_copy IN (0, 1)),
    -- Whether a label of it may be out in the plant, whatever became of it since.
    is_out      INTEGER NOT NULL DEFAULT 0 CHECK (is_out IN (0, 1)),
    -- The receipt that it was laid out for by itself: once for a printer.
    movement_id BLOB,
    station     TEXT,
    state       TEXT    NOT NULL,
    -- What the printer lacks, and why it stands so, in words.
    lacking     TEXT,
    cause       TEXT,
    attempts    INTEGER NOT NULL DEFAULT 0,
    asked_at    INTEGER NOT NULL,
    asked_by    INTEGER REFERENCES user (id),
    queued_at   INTEGER NOT NULL,
    begun_at    INTEGER,
    ended_at    INTEGER,
    version     INTEGER NOT NULL DEFAULT 1,
    UNIQUE (printer, movement_id)
) STRICT;
CREATE INDEX print_job_by_printer ON print_job (printer, state, id);
CREATE INDEX print_job_by_state ON print_job (state, id);
CREATE INDEX print_job_by_subject ON print_job (subject_key, subject, id);
CREATE INDEX print_job_by_movement ON print_job (movement_id) WHERE movement_id IS NOT NULL;

-- What became of one, and who decided it.
CREATE TABLE print_deed (
    id      INTEGER PRIMARY KEY,
    job_id  INTEGER NOT NULL REFERENCES print_job (id),
    what    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    user_id INTEGER REFERENCES user (id),
    note    TEXT
) STRICT;
CREATE INDEX print_deed_by_job ON print_deed (job_id, id);
