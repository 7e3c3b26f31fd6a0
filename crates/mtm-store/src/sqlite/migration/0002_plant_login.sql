-- Whom a plant's own SQL client books as, on a server: the login of its connection, and the user in
-- the ledger. A file has no such clients; the table goes with a ledger that moves to a server.
CREATE TABLE plant_login (
    login     TEXT    NOT NULL PRIMARY KEY,
    user_id   INTEGER NOT NULL REFERENCES user (id),
    linked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
