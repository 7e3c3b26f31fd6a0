-- Routings of parts: every version there ever was, each from a moment on. A change is another version.
CREATE TABLE routing_version (
    id             INTEGER PRIMARY KEY,
    part_id        INTEGER NOT NULL REFERENCES part (id),
    -- Counted from 1 for each part.
    number         INTEGER NOT NULL CHECK (number > 0),
    effective_from INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    user_id        INTEGER NOT NULL REFERENCES user (id),
    UNIQUE (part_id, number)
) STRICT;

-- The operations of a version, each once. A version without any ends the routing.
CREATE TABLE routing_step (
    version_id   INTEGER NOT NULL REFERENCES routing_version (id),
    position     INTEGER NOT NULL CHECK (position > 0),
    operation_id INTEGER NOT NULL REFERENCES operation (id),
    location_id  INTEGER REFERENCES location (id),
    -- Good pieces expected of a million.
    yield_ppm    INTEGER CHECK (yield_ppm BETWEEN 1 AND 1000000),
    PRIMARY KEY (version_id, position),
    UNIQUE (version_id, operation_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER routing_version_is_never_changed BEFORE UPDATE ON routing_version
BEGIN SELECT raise(ABORT, 'routings are never changed; add a version'); END;
CREATE TRIGGER routing_version_is_never_removed BEFORE DELETE ON routing_version
BEGIN SELECT raise(ABORT, 'routings are never removed; add a version'); END;
CREATE TRIGGER routing_step_is_never_changed BEFORE UPDATE ON routing_step
BEGIN SELECT raise(ABORT, 'routings are never changed; add a version'); END;
CREATE TRIGGER routing_step_is_never_removed BEFORE DELETE ON routing_step
BEGIN SELECT raise(ABORT, 'routings are never removed; add a version'); END;

-- What happens to an entry outside its part's routing.
ALTER TABLE site ADD COLUMN off_routing TEXT NOT NULL DEFAULT 'warn'
    CHECK (off_routing = 'warn' OR off_routing = 'refuse');
