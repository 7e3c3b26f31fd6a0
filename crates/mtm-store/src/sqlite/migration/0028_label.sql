-- Templates of labels as administrators wrote them: each change is another version, the newest counts.
CREATE TABLE label_template (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL,
    -- Counted from 1 for each name.
    number      INTEGER NOT NULL CHECK (number > 0),
    -- NULL puts back what the program brings, or takes away what it does not.
    body        TEXT,
    recorded_at INTEGER NOT NULL,
    user_id     INTEGER NOT NULL REFERENCES user (id),
    UNIQUE (name, number)
) STRICT;

CREATE TRIGGER label_template_is_never_changed BEFORE UPDATE ON label_template
BEGIN SELECT raise(ABORT, 'versions of templates are never changed; add one'); END;
CREATE TRIGGER label_template_is_never_removed BEFORE DELETE ON label_template
BEGIN SELECT raise(ABORT, 'versions of templates are never removed; add one'); END;
