-- The words that a movement may have are compared one by one. As a list, the engine put them into
-- three temporary tables for every single movement, a sixth of what writing it costs.
--
-- What is allowed is what was: no row changes, and none is read. So the table's text is replaced
-- where it stands; making or removing anything in the same transaction has every connection read it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = 'CREATE TABLE movement (
    sequence          INTEGER PRIMARY KEY,
    id                BLOB    NOT NULL UNIQUE,
    type              TEXT    NOT NULL CHECK (type = ''in'' OR type = ''out'' OR type = ''transfer''
                                              OR type = ''adjust'' OR type = ''scrap''
                                              OR type = ''opening'' OR type = ''reversal''),
    part_id           INTEGER NOT NULL REFERENCES part (id),
    lot               TEXT    NOT NULL REFERENCES lot (lot),
    quantity          INTEGER NOT NULL CHECK (quantity > 0),
    -- ''stock'' with operation and location, or an outside account without.
    from_account      TEXT    NOT NULL CHECK (from_account = ''stock'' OR from_account = ''supplier''
                                              OR from_account = ''consumed'' OR from_account = ''scrap''
                                              OR from_account = ''count'' OR from_account = ''opening''),
    from_operation_id INTEGER REFERENCES operation (id),
    from_location_id  INTEGER REFERENCES location (id),
    to_account        TEXT    NOT NULL CHECK (to_account = ''stock'' OR to_account = ''supplier''
                                              OR to_account = ''consumed'' OR to_account = ''scrap''
                                              OR to_account = ''count'' OR to_account = ''opening''),
    to_operation_id   INTEGER REFERENCES operation (id),
    to_location_id    INTEGER REFERENCES location (id),
    -- The lot the pieces joined, where that is not `lot` (a split).
    to_lot            TEXT REFERENCES lot (lot),
    recorded_at       INTEGER NOT NULL,
    user_id           INTEGER NOT NULL REFERENCES user (id),
    reason            TEXT,
    notes             TEXT,
    notes_salt        BLOB,
    reverses          BLOB,
    station           TEXT,
    app_version       TEXT,
    shift             TEXT,
    occurred_at       INTEGER,
    import_id         BLOB,
    session_id        BLOB,
    CHECK ((from_account = ''stock'') = (from_operation_id IS NOT NULL)),
    CHECK ((from_account = ''stock'') = (from_location_id IS NOT NULL)),
    CHECK ((to_account = ''stock'') = (to_operation_id IS NOT NULL)),
    CHECK ((to_account = ''stock'') = (to_location_id IS NOT NULL)),
    CHECK (from_account = ''stock'' OR to_account = ''stock''),
    CHECK ((type = ''reversal'') = (reverses IS NOT NULL))
) STRICT'
WHERE type = 'table' AND name = 'movement';
PRAGMA writable_schema = RESET;
CREATE TABLE schema_read_anew (id INTEGER PRIMARY KEY) STRICT;
DROP TABLE schema_read_anew;
