-- Keeping parts as another system has them: who acts on differences, and what is known of each part.
CREATE TABLE master_sync (
    peer_id         INTEGER PRIMARY KEY REFERENCES erp_peer (id),
    -- 'off', 'shadow', 'worklist' or 'automatic'.
    mode            TEXT    NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    changed_at      INTEGER NOT NULL,
    changed_by      INTEGER REFERENCES user (id),
    -- What was judged last, and when: their parts as of this moment, in the mode of this version.
    parts_at        INTEGER,
    judged_version  INTEGER,
    judged_at       INTEGER
) STRICT;

CREATE TABLE master_link (
    id          INTEGER PRIMARY KEY,
    peer_id     INTEGER NOT NULL REFERENCES erp_peer (id),
    -- The part in the form in which parts are compared, and as they spell it.
    folded      TEXT    NOT NULL,
    code        TEXT    NOT NULL,
    -- What both agreed on, what was decided against, and what differs: JSON.
    agreed      TEXT    NOT NULL,
    kept        TEXT    NOT NULL,
    gone        INTEGER NOT NULL CHECK (gone IN (0, 1)),
    differences TEXT,
    cause       TEXT,
    -- 0: nothing differs, 1: something does, 2: and waits for somebody; and since when.
    standing    INTEGER NOT NULL,
    since       INTEGER,
    version     INTEGER NOT NULL DEFAULT 1,
    decided_by  INTEGER REFERENCES user (id),
    decided_at  INTEGER,
    note        TEXT,
    UNIQUE (peer_id, folded)
) STRICT;
CREATE INDEX master_link_by_standing ON master_link (peer_id, standing, id);
CREATE INDEX master_link_differing ON master_link (standing, id) WHERE standing > 0;
