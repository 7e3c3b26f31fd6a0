-- Pieces of a lot that people keep for something. Never stock: whoever would take them for something
-- else is asked first. Whether one counts follows from what was taken for it, from its time and from its lot.
CREATE TABLE reservation (
    id            BLOB    PRIMARY KEY,
    lot           TEXT    NOT NULL REFERENCES lot (lot),
    -- So many of its pieces; NULL: all of them.
    quantity      INTEGER CHECK (quantity > 0),
    work_order    TEXT,
    purpose       TEXT,
    ends_at       INTEGER,
    placed_by     INTEGER NOT NULL REFERENCES user (id),
    placed_at     INTEGER NOT NULL,
    released_by   INTEGER REFERENCES user (id),
    released_at   INTEGER,
    release_notes TEXT,
    CHECK (work_order IS NOT NULL OR purpose IS NOT NULL),
    CHECK ((released_by IS NULL) = (released_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_by_lot ON reservation (lot, released_at);

-- What movements took for a reservation. A movement that was undone gave it back.
CREATE TABLE reservation_use (
    movement    BLOB    PRIMARY KEY REFERENCES movement (id),
    reservation BLOB    NOT NULL REFERENCES reservation (id),
    quantity    INTEGER NOT NULL CHECK (quantity > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_use_by_reservation ON reservation_use (reservation);
