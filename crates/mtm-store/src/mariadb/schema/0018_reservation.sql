-- Pieces of a lot that people keep for something. Never stock: whoever would take them for something
-- else is asked first. Whether one counts follows from what was taken for it, from its time and from its lot.
CREATE TABLE IF NOT EXISTS reservation (
    id            BINARY(16)  NOT NULL PRIMARY KEY,
    lot           VARCHAR(60) NOT NULL,
    -- So many of its pieces; NULL: all of them.
    quantity      BIGINT CHECK (quantity > 0),
    work_order    VARCHAR(60),
    purpose       TEXT,
    ends_at       BIGINT,
    placed_by     BIGINT      NOT NULL,
    placed_at     BIGINT      NOT NULL,
    released_by   BIGINT,
    released_at   BIGINT,
    release_notes TEXT,
    CHECK (work_order IS NOT NULL OR purpose IS NOT NULL),
    CHECK ((released_by IS NULL) = (released_at IS NULL)),
    KEY reservation_by_lot (lot, released_at),
    FOREIGN KEY (lot) REFERENCES lot (lot),
    FOREIGN KEY (placed_by) REFERENCES user (id),
    FOREIGN KEY (released_by) REFERENCES user (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- What movements took for a reservation. A movement that was undone gave it back.
CREATE TABLE IF NOT EXISTS reservation_use (
    movement    BINARY(16) NOT NULL PRIMARY KEY,
    reservation BINARY(16) NOT NULL,
    quantity    BIGINT     NOT NULL CHECK (quantity > 0),
    KEY reservation_use_by_reservation (reservation),
    FOREIGN KEY (movement) REFERENCES movement (id),
    FOREIGN KEY (reservation) REFERENCES reservation (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
