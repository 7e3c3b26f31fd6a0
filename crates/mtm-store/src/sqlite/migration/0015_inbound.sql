-- Other systems that may send messages, each under a secret of its own.
CREATE TABLE inbound_source (
    id           INTEGER PRIMARY KEY,
    uid          BLOB    NOT NULL UNIQUE,
    -- The last step of its address.
    name         TEXT    NOT NULL,
    -- Who books what it sends.
    user_id      INTEGER NOT NULL REFERENCES user (id),
    -- Encrypted with a key that is not in the database; the one before counts as well for a while.
    secret       BLOB    NOT NULL,
    former       BLOB,
    former_until INTEGER,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    -- Why the last message that was signed well was refused.
    refused_at   INTEGER,
    last_error   TEXT,
    disabled_at  INTEGER,
    -- Stays, so that what came from whom can be looked up.
    removed_at   INTEGER
) STRICT;

-- What came and had its effect: written with the effect, in one transaction.
CREATE TABLE inbox (
    source_id   INTEGER NOT NULL REFERENCES inbound_source (id),
    message_id  TEXT    NOT NULL,
    command_id  BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, message_id)
) STRICT, WITHOUT ROWID;

-- A webhook's secret is changed without a moment in which its receiver knows neither.
ALTER TABLE webhook ADD COLUMN former BLOB;
ALTER TABLE webhook ADD COLUMN former_until INTEGER;

-- Up to where what was acknowledged is believed to be stored; what came after is told again when the
-- connection broke. As far as the position where nobody says.
ALTER TABLE broker ADD COLUMN safe_position INTEGER;
