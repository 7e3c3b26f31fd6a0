CREATE OR REPLACE PROCEDURE mtm_apply_v2 (
    -- What one command writes, or several that were decided one on the other:
    -- {"lots": [{"lot", "version"}],
    --  "new_lots": [{"lot", "part", "item_type", "color", "work_order", "notes", "received_at", "received_by", "parent"}],
    --  "movements": [{"id", "type", "part", "lot", "to_lot", "quantity", "from": {"account", "operation", "location"},
    --                 "to": {"account", "operation", "location"}, "reason", "notes", "salt", "reverses",
    --                 "user", "at", "override_hold": 0 | 1, "station", "app_version", "shift", "occurred_at", "import", "session"}],
    --  "lot_changes": [{"lot", "item_type", "color", "work_order", "notes", "version"}],
    --  "holds": [{"id", "lot" | "part" | "location", "reason", "notes", "user", "at"}], "releases": [{"id", "notes", "user", "at"}],
    --  "queue": [{"movement" | "audit", "entry" | "event", "type", "subject", "data"; "user", "at", "traceparent"}]}
    IN p_postings LONGTEXT,
    -- 'done', 'stale'
    OUT p_status VARCHAR(20)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Writes decided postings inside the caller''s transaction, if nothing they were decided on has changed'
apply: BEGIN
    -- JSON_TABLE cuts a text to its column without a word. Its columns are therefore one longer
    -- than those of the tables, which refuse what does not fit; a long text is copied as an
    -- expression, because a bare one keeps only its length's lower 16 bits.
    DECLARE v_found, v_wanted, v_moved, v_taken BIGINT DEFAULT 0;
    DECLARE v_wrong, v_foreign BIGINT DEFAULT 0;

    SET p_status = 'stale';
    -- Half a posting must not stay: the caller's transaction undoes it.
    IF @@in_transaction = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41003,
            MESSAGE_TEXT = 'mtm: mtm_apply_v2 works inside the caller''s transaction';
    END IF;
    -- Whatever happens gets a place in the log or the audit chain.
    IF NOT COALESCE(JSON_VALID(p_postings) AND JSON_TYPE(p_postings) = 'OBJECT'
                    AND JSON_LENGTH(p_postings, '$.queue') > 0, FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41004, MESSAGE_TEXT = 'mtm: this is no posting';
    END IF;

    -- Lock the lots in order of their numbers, so that no two commands wait for each other; and
    -- compare what was decided on with what is. Here and below rows are found by their key, also
    -- where a small table would be scanned faster: a scan locks, or waits for, everybody's rows.
    SET v_wanted = COALESCE(JSON_LENGTH(p_postings, '$.lots'), 0);
    IF v_wanted > 0 THEN
        SELECT COUNT(*) INTO v_found
          FROM JSON_TABLE(p_postings, '$.lots[*]' COLUMNS (
                   lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR, version BIGINT PATH '$.version' ERROR ON ERROR)) AS l
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = l.lot
         WHERE lot.ledger_version = l.version
           FOR UPDATE;
        IF v_found <> v_wanted THEN
            LEAVE apply;
        END IF;
    END IF;

    IF JSON_LENGTH(p_postings, '$.new_lots') > 0 THEN
        -- A number that exists by now is decided again.
        SELECT COUNT(*) INTO v_found
          FROM JSON_TABLE(p_postings, '$.new_lots[*]' COLUMNS (lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR)) AS n
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = n.lot;
        IF v_found > 0 THEN
            LEAVE apply;
        END IF;
        INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes, received_at, received_by, parent)
        SELECT lot, part, item_type, color, work_order, CONCAT(notes, ''), received_at, received_by, parent
          FROM JSON_TABLE(p_postings, '$.new_lots[*]' COLUMNS (
                   lot         VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
                   part        BIGINT      PATH '$.part' ERROR ON ERROR,
                   item_type   BIGINT      PATH '$.item_type' ERROR ON ERROR,
                   color       BIGINT      PATH '$.color' ERROR ON ERROR,
                   work_order  VARCHAR(61) PATH '$.work_order' ERROR ON ERROR,
                   notes       LONGTEXT    PATH '$.notes' ERROR ON ERROR,
                   received_at BIGINT      PATH '$.received_at' ERROR ON ERROR,
                   received_by BIGINT      PATH '$.received_by' ERROR ON ERROR,
                   parent      VARCHAR(61) PATH '$.parent' ERROR ON ERROR)) AS n;
    END IF;

    -- A number too large for its column arrives as the largest that fits: not what was asked for.
    SELECT COUNT(*), COALESCE(SUM(m.from_account = 'stock'), 0),
           COALESCE(SUM(NOT COALESCE(m.quantity BETWEEN 1 AND 1000000000000000000, FALSE)), 0),
           COALESCE(SUM(NOT COALESCE(lot.part_id = m.part, FALSE)), 0)
      INTO v_moved, v_taken, v_wrong, v_foreign
      FROM JSON_TABLE(p_postings, '$.movements[*]' COLUMNS (
               part         BIGINT      PATH '$.part' ERROR ON ERROR,
               lot          VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
               to_lot       VARCHAR(61) PATH '$.to_lot' ERROR ON ERROR,
               quantity     BIGINT      PATH '$.quantity' ERROR ON ERROR,
               from_account VARCHAR(11) PATH '$.from.account' ERROR ON ERROR)) AS m
           LEFT JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = COALESCE(m.to_lot, m.lot);
    SELECT COUNT(*) INTO v_found
      FROM JSON_TABLE(p_postings, '$.queue[*]' COLUMNS (movement VARCHAR(33) PATH '$.movement' ERROR ON ERROR)) AS q
     WHERE movement IS NOT NULL;
    IF v_wrong > 0 OR v_found <> v_moved THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41004, MESSAGE_TEXT = 'mtm: this is no posting';
    END IF;
    IF v_foreign > 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41002,
            MESSAGE_TEXT = 'mtm: a movement names a lot of another part';
    END IF;

    -- A hold placed since the decision is decided again.
    IF v_taken > 0 AND EXISTS (SELECT 1 FROM hold WHERE active_key IS NOT NULL) THEN
        SELECT COUNT(*) INTO v_found
          FROM JSON_TABLE(p_postings, '$.movements[*]' COLUMNS (
                   type          VARCHAR(11) PATH '$.type' ERROR ON ERROR,
                   lot           VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
                   part          BIGINT      PATH '$.part' ERROR ON ERROR,
                   from_location BIGINT      PATH '$.from.location' ERROR ON ERROR,
                   override      INT         PATH '$.override_hold' ERROR ON ERROR)) AS m
          JOIN hold ON hold.active_key IS NOT NULL
               AND (hold.lot = m.lot OR hold.part_id = m.part OR hold.location_id = m.from_location)
         WHERE m.from_location IS NOT NULL AND m.type IN ('out', 'transfer', 'scrap', 'adjust', 'reversal')
           AND COALESCE(m.override, 0) <> 1;
        IF v_found > 0 THEN
            LEAVE apply;
        END IF;
    END IF;

    IF v_moved > 0 THEN
        INSERT INTO movement (id, type, part_id, lot, to_lot, quantity, from_account, from_operation_id, from_location_id,
                              to_account, to_operation_id, to_location_id, recorded_at, user_id, reason, notes, notes_salt,
                              reverses, station, app_version, shift, occurred_at, import_id, session_id)
        SELECT UNHEX(id), type, part, lot, to_lot, quantity, from_account, from_operation, from_location,
               to_account, to_operation, to_location, at, user, reason, CONCAT(notes, ''), UNHEX(salt),
               UNHEX(reverses), station, app_version, shift, occurred_at, UNHEX(import), UNHEX(session)
          FROM JSON_TABLE(p_postings, '$.movements[*]' COLUMNS (
                   id             VARCHAR(33)  PATH '$.id' ERROR ON ERROR,
                   type           VARCHAR(11)  PATH '$.type' ERROR ON ERROR,
                   part           BIGINT       PATH '$.part' ERROR ON ERROR,
                   lot            VARCHAR(61)  PATH '$.lot' ERROR ON ERROR,
                   to_lot         VARCHAR(61)  PATH '$.to_lot' ERROR ON ERROR,
                   quantity       BIGINT       PATH '$.quantity' ERROR ON ERROR,
                   from_account   VARCHAR(11)  PATH '$.from.account' ERROR ON ERROR,
                   from_operation BIGINT       PATH '$.from.operation' ERROR ON ERROR,
                   from_location  BIGINT       PATH '$.from.location' ERROR ON ERROR,
                   to_account     VARCHAR(11)  PATH '$.to.account' ERROR ON ERROR,
                   to_operation   BIGINT       PATH '$.to.operation' ERROR ON ERROR,
                   to_location    BIGINT       PATH '$.to.location' ERROR ON ERROR,
                   at             BIGINT       PATH '$.at' ERROR ON ERROR,
                   user           BIGINT       PATH '$.user' ERROR ON ERROR,
                   reason         VARCHAR(101) PATH '$.reason' ERROR ON ERROR,
                   notes          LONGTEXT     PATH '$.notes' ERROR ON ERROR,
                   salt           VARCHAR(33)  PATH '$.salt' ERROR ON ERROR,
                   reverses       VARCHAR(33)  PATH '$.reverses' ERROR ON ERROR,
                   station        VARCHAR(201) PATH '$.station' ERROR ON ERROR,
                   app_version    VARCHAR(201) PATH '$.app_version' ERROR ON ERROR,
                   shift          VARCHAR(201) PATH '$.shift' ERROR ON ERROR,
                   occurred_at    BIGINT       PATH '$.occurred_at' ERROR ON ERROR,
                   import         VARCHAR(33)  PATH '$.import' ERROR ON ERROR,
                   session        VARCHAR(33)  PATH '$.session' ERROR ON ERROR)) AS m;

        -- Each bucket changes by the sum of what left and what reached it: what stays below zero is
        -- not there. Takings row by row, each exactly all of a bucket or less than all of it.
        IF v_taken > 0 THEN
            FOR v_row IN (
                SELECT IF(leg.arrives, COALESCE(m.to_lot, m.lot), m.lot) COLLATE utf8mb4_nopad_bin AS net_lot,
                       IF(leg.arrives, m.to_operation, m.from_operation) AS operation,
                       IF(leg.arrives, m.to_location, m.from_location) AS location, m.part AS part,
                       CAST(SUM(IF(leg.arrives, -m.quantity, m.quantity)) AS SIGNED) AS taken
                  FROM JSON_TABLE(p_postings, '$.movements[*]' COLUMNS (
                           part           BIGINT      PATH '$.part' ERROR ON ERROR,
                           lot            VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
                           to_lot         VARCHAR(61) PATH '$.to_lot' ERROR ON ERROR,
                           quantity       BIGINT      PATH '$.quantity' ERROR ON ERROR,
                           from_account   VARCHAR(11) PATH '$.from.account' ERROR ON ERROR,
                           from_operation BIGINT      PATH '$.from.operation' ERROR ON ERROR,
                           from_location  BIGINT      PATH '$.from.location' ERROR ON ERROR,
                           to_account     VARCHAR(11) PATH '$.to.account' ERROR ON ERROR,
                           to_operation   BIGINT      PATH '$.to.operation' ERROR ON ERROR,
                           to_location    BIGINT      PATH '$.to.location' ERROR ON ERROR)) AS m
                       JOIN (SELECT 0 AS arrives UNION ALL SELECT 1) AS leg
                 WHERE IF(leg.arrives, m.to_account, m.from_account) = 'stock'
                 GROUP BY net_lot, operation, location, part
                HAVING taken > 0) DO
                UPDATE stock SET quantity = quantity - v_row.taken
                 WHERE lot = v_row.net_lot COLLATE utf8mb4_nopad_bin AND operation_id = v_row.operation
                   AND location_id = v_row.location AND part_id = v_row.part AND quantity > v_row.taken;
                IF ROW_COUNT() = 0 THEN
                    DELETE FROM stock
                     WHERE lot = v_row.net_lot COLLATE utf8mb4_nopad_bin AND operation_id = v_row.operation
                       AND location_id = v_row.location AND part_id = v_row.part AND quantity = v_row.taken;
                    IF ROW_COUNT() = 0 THEN
                        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41001,
                            MESSAGE_TEXT = 'mtm: a movement takes more than there is';
                    END IF;
                END IF;
            END FOR;
        END IF;
        INSERT INTO stock (lot, operation_id, location_id, part_id, quantity, received_at)
        SELECT net.net_lot, net.operation, net.location, net.part, net.arrived, lot.received_at
          FROM (
                SELECT IF(leg.arrives, COALESCE(m.to_lot, m.lot), m.lot) COLLATE utf8mb4_nopad_bin AS net_lot,
                       IF(leg.arrives, m.to_operation, m.from_operation) AS operation,
                       IF(leg.arrives, m.to_location, m.from_location) AS location, m.part AS part,
                       CAST(SUM(IF(leg.arrives, m.quantity, -m.quantity)) AS SIGNED) AS arrived
                  FROM JSON_TABLE(p_postings, '$.movements[*]' COLUMNS (
                           part           BIGINT      PATH '$.part' ERROR ON ERROR,
                           lot            VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
                           to_lot         VARCHAR(61) PATH '$.to_lot' ERROR ON ERROR,
                           quantity       BIGINT      PATH '$.quantity' ERROR ON ERROR,
                           from_account   VARCHAR(11) PATH '$.from.account' ERROR ON ERROR,
                           from_operation BIGINT      PATH '$.from.operation' ERROR ON ERROR,
                           from_location  BIGINT      PATH '$.from.location' ERROR ON ERROR,
                           to_account     VARCHAR(11) PATH '$.to.account' ERROR ON ERROR,
                           to_operation   BIGINT      PATH '$.to.operation' ERROR ON ERROR,
                           to_location    BIGINT      PATH '$.to.location' ERROR ON ERROR)) AS m
                       JOIN (SELECT 0 AS arrives UNION ALL SELECT 1) AS leg
                 WHERE IF(leg.arrives, m.to_account, m.from_account) = 'stock'
                 GROUP BY net_lot, operation, location, part
                HAVING arrived > 0) AS net
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = net.net_lot
        ON DUPLICATE KEY UPDATE quantity = stock.quantity + VALUES(quantity);
    END IF;

    -- One by one, by the key: an UPDATE that joins a JSON_TABLE may scan, and a scan waits for
    -- what others have not committed yet.
    IF v_wanted > 0 THEN
        FOR v_row IN (SELECT l.lot FROM JSON_TABLE(p_postings, '$.lots[*]' COLUMNS (lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR)) AS l) DO
            UPDATE lot SET ledger_version = ledger_version + 1 WHERE lot = v_row.lot COLLATE utf8mb4_nopad_bin;
        END FOR;
    END IF;

    IF JSON_LENGTH(p_postings, '$.lot_changes') > 0 THEN
        FOR v_row IN (
            SELECT c.lot, c.item_type, c.color, c.work_order, c.notes, c.version
              FROM JSON_TABLE(p_postings, '$.lot_changes[*]' COLUMNS (
                   lot        VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
                   item_type  BIGINT      PATH '$.item_type' ERROR ON ERROR,
                   color      BIGINT      PATH '$.color' ERROR ON ERROR,
                   work_order VARCHAR(61) PATH '$.work_order' ERROR ON ERROR,
                   notes      LONGTEXT    PATH '$.notes' ERROR ON ERROR,
                   version    BIGINT      PATH '$.version' ERROR ON ERROR)) AS c) DO
            UPDATE lot
               SET item_type_id = v_row.item_type, color_id = v_row.color, work_order = v_row.work_order,
                   notes = CONCAT(v_row.notes, ''), version = v_row.version
             WHERE lot = v_row.lot COLLATE utf8mb4_nopad_bin;
        END FOR;
    END IF;

    IF JSON_LENGTH(p_postings, '$.holds') > 0 THEN
        INSERT INTO hold (id, lot, part_id, location_id, reason, notes, placed_by, placed_at)
        SELECT UNHEX(id), lot, part, location, reason, CONCAT(notes, ''), user, at
          FROM JSON_TABLE(p_postings, '$.holds[*]' COLUMNS (
                   id       VARCHAR(33)  PATH '$.id' ERROR ON ERROR,
                   lot      VARCHAR(61)  PATH '$.lot' ERROR ON ERROR,
                   part     BIGINT       PATH '$.part' ERROR ON ERROR,
                   location BIGINT       PATH '$.location' ERROR ON ERROR,
                   reason   VARCHAR(101) PATH '$.reason' ERROR ON ERROR,
                   notes    LONGTEXT     PATH '$.notes' ERROR ON ERROR,
                   user     BIGINT       PATH '$.user' ERROR ON ERROR,
                   at       BIGINT       PATH '$.at' ERROR ON ERROR)) AS h;
        UPDATE site SET master_version = master_version + 1 WHERE id = 1;
    END IF;
    IF JSON_LENGTH(p_postings, '$.releases') > 0 THEN
        SET v_found = 0;
        FOR v_row IN (
            SELECT r.id, r.notes, r.user, r.at
              FROM JSON_TABLE(p_postings, '$.releases[*]' COLUMNS (
                   id    VARCHAR(33) PATH '$.id' ERROR ON ERROR,
                   notes LONGTEXT    PATH '$.notes' ERROR ON ERROR,
                   user  BIGINT      PATH '$.user' ERROR ON ERROR,
                   at    BIGINT      PATH '$.at' ERROR ON ERROR)) AS r) DO
            UPDATE hold SET released_by = v_row.user, released_at = v_row.at, release_notes = CONCAT(v_row.notes, '')
             WHERE id = UNHEX(v_row.id) AND released_at IS NULL;
            SET v_found = v_found + ROW_COUNT();
        END FOR;
        IF v_found <> JSON_LENGTH(p_postings, '$.releases') THEN
            LEAVE apply;
        END IF;
        UPDATE site SET master_version = master_version + 1 WHERE id = 1;
    END IF;

    INSERT INTO seal_queue (movement_id, audit_kind, entry, event_id, event_type, subject, data, user_id, at, traceparent)
    SELECT UNHEX(movement), audit, entry, UNHEX(event), type, subject, data, user, at, traceparent
      FROM JSON_TABLE(p_postings, '$.queue[*]' COLUMNS (
               position    FOR ORDINALITY,
               movement    VARCHAR(33)  PATH '$.movement' ERROR ON ERROR,
               audit       VARCHAR(41)  PATH '$.audit' ERROR ON ERROR,
               entry       LONGTEXT     PATH '$.entry' ERROR ON ERROR,
               event       VARCHAR(33)  PATH '$.event' ERROR ON ERROR,
               type        VARCHAR(61)  PATH '$.type' ERROR ON ERROR,
               subject     VARCHAR(121) PATH '$.subject' ERROR ON ERROR,
               data        LONGTEXT     PATH '$.data' ERROR ON ERROR,
               user        BIGINT       PATH '$.user' ERROR ON ERROR,
               at          BIGINT       PATH '$.at' ERROR ON ERROR,
               traceparent VARCHAR(101) PATH '$.traceparent' ERROR ON ERROR)) AS q
     ORDER BY position;

    SET p_status = 'done';
END
