-- Work orders as planning says them. They are no stock: nothing of a quantity on hand follows from one.
CREATE TABLE work_order (
    id           INTEGER PRIMARY KEY,
    code         TEXT    NOT NULL UNIQUE,
    part_id      INTEGER NOT NULL REFERENCES part (id),
    -- 10⁻⁶ pieces.
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    starts_at    INTEGER,
    -- 9223372036854775807 where nobody said: it comes last in the order of what is due.
    due_at       INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('planned', 'released', 'completed', 'cancelled', 'unknown')),
    -- Whether something may be left to do: it follows from the state.
    is_open      INTEGER NOT NULL CHECK (is_open = (state IN ('planned', 'released', 'unknown'))),
    -- The document's word for the state, where it is another one.
    said_state   TEXT,
    -- The system and the document that said so last, and when that was published.
    source       TEXT,
    document     TEXT,
    published_at INTEGER NOT NULL,
    -- When it was taken over last.
    said_at      INTEGER NOT NULL,
    user_id      INTEGER NOT NULL REFERENCES user (id),
    version      INTEGER NOT NULL CHECK (version > 0)
) STRICT;
CREATE INDEX work_order_by_due ON work_order (due_at, code);
CREATE INDEX work_order_open_by_due ON work_order (is_open, due_at, code);
