-- The rows of an import that the preview accepted, as they will be booked, in blocks. Written
-- before the import itself, so that an import that can be seen has all its rows; let go of when
-- they are taken over, or too old to be. No reference to the import, which comes later.
CREATE TABLE import_block (
    import_id BLOB    NOT NULL,
    -- The first row's place among the accepted ones, from 0.
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL CHECK (row_count > 0),
    -- JSON: line of the file and cells, for each row.
    body      TEXT    NOT NULL,
    PRIMARY KEY (import_id, first_row)
) STRICT, WITHOUT ROWID;
