CREATE OR REPLACE PROCEDURE mtm_apply (
    -- {"recorded_at": n, "user": n, "override_hold": bool, "traceparent": text | null,
    --  "context": {"station", "app_version", "shift", "occurred_at", "import", "session"},
    --  "lots": [{"lot", "version"}], "new_lots": [...], "movements": [...],
    --  "lot_changes": [...], "hold": {...} | null, "release": {...} | null,
    --  "queue": [{"movement"} | {"audit", "entry"} | {"event", "type", "subject", "data"}]}
    IN p_posting LONGTEXT,
    -- 'done', 'stale'
    OUT p_status VARCHAR(20)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Writes the decided postings of one command inside the caller''s transaction, if nothing they were decided on has changed'
apply: BEGIN
    -- JSON_TABLE cuts a text to its column without a word. Its columns are therefore one longer
    -- than those of the tables, which refuse what does not fit; a long text is copied as an
    -- expression, because a bare one keeps only its length's lower 16 bits.
    DECLARE v_recorded_at BIGINT DEFAULT JSON_VALUE(p_posting, '$.recorded_at');
    DECLARE v_user BIGINT DEFAULT JSON_VALUE(p_posting, '$.user');
    DECLARE v_trace VARCHAR(100) DEFAULT JSON_VALUE(p_posting, '$.traceparent');
    DECLARE v_found BIGINT DEFAULT 0;
    DECLARE v_wanted BIGINT DEFAULT 0;
    DECLARE v_done BOOLEAN DEFAULT FALSE;
    DECLARE v_lot, v_to_lot VARCHAR(60) COLLATE utf8mb4_nopad_bin;
    DECLARE v_part, v_quantity, v_from_operation, v_from_location, v_to_operation, v_to_location BIGINT;
    DECLARE v_from, v_to VARCHAR(10);

    DECLARE movements CURSOR FOR
        SELECT part, lot, to_lot, quantity, from_account, from_operation, from_location,
               to_account, to_operation, to_location
          FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (
                   position       FOR ORDINALITY,
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
         ORDER BY position;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;

    SET p_status = 'stale';
    -- Half a posting must not stay: the caller's transaction undoes it.
    IF @@in_transaction = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41003,
            MESSAGE_TEXT = 'mtm: mtm_apply works inside the caller''s transaction';
    END IF;
    IF NOT COALESCE(JSON_VALID(p_posting) AND JSON_TYPE(p_posting) = 'OBJECT', FALSE)
       OR v_recorded_at IS NULL OR v_user IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41004, MESSAGE_TEXT = 'mtm: this is no posting';
    END IF;

    -- A number too large for its column arrives as the largest that fits: not what was asked for.
    SELECT COUNT(*) INTO v_found
      FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (quantity BIGINT PATH '$.quantity' ERROR ON ERROR)) AS m
     WHERE NOT COALESCE(quantity BETWEEN 1 AND 1000000000000000000, FALSE);
    IF v_found > 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41004, MESSAGE_TEXT = 'mtm: this is no posting';
    END IF;

    -- Lock the lots in order of their numbers, so that no two commands wait for each other; and
    -- compare what was decided on with what is. Here and below rows are found by their key, also
    -- where a small table would be scanned faster: a scan locks, or waits for, everybody's rows.
    SELECT COUNT(*) INTO v_wanted FROM JSON_TABLE(p_posting, '$.lots[*]' COLUMNS (lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR)) AS l;
    IF v_wanted > 0 THEN
        SELECT COUNT(*) INTO v_found
          FROM JSON_TABLE(p_posting, '$.lots[*]' COLUMNS (
                   lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR, version BIGINT PATH '$.version' ERROR ON ERROR)) AS l
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = l.lot
         WHERE lot.ledger_version = l.version
           FOR UPDATE;
        IF v_found <> v_wanted THEN
            LEAVE apply;
        END IF;
    END IF;

    -- A number that exists by now is decided again.
    SELECT COUNT(*) INTO v_found
      FROM JSON_TABLE(p_posting, '$.new_lots[*]' COLUMNS (lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR)) AS n
           STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = n.lot;
    IF v_found > 0 THEN
        LEAVE apply;
    END IF;
    INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes, received_at, received_by, parent)
    SELECT lot, part, item_type, color, work_order, CONCAT(notes, ''), received_at, received_by, parent
      FROM JSON_TABLE(p_posting, '$.new_lots[*]' COLUMNS (
               lot         VARCHAR(61) PATH '$.lot' ERROR ON ERROR,
               part        BIGINT      PATH '$.part' ERROR ON ERROR,
               item_type   BIGINT      PATH '$.item_type' ERROR ON ERROR,
               color       BIGINT      PATH '$.color' ERROR ON ERROR,
               work_order  VARCHAR(61) PATH '$.work_order' ERROR ON ERROR,
               notes       LONGTEXT    PATH '$.notes' ERROR ON ERROR,
               received_at BIGINT      PATH '$.received_at' ERROR ON ERROR,
               received_by BIGINT      PATH '$.received_by' ERROR ON ERROR,
               parent      VARCHAR(61) PATH '$.parent' ERROR ON ERROR)) AS n;

    -- A hold placed since the decision is decided again.
    IF COALESCE(JSON_VALUE(p_posting, '$.override_hold'), 'false') NOT IN ('true', '1') THEN
        SELECT COUNT(*) INTO v_found
          FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (
                   type VARCHAR(11) PATH '$.type' ERROR ON ERROR, lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR, part BIGINT PATH '$.part' ERROR ON ERROR,
                   from_location BIGINT PATH '$.from.location' ERROR ON ERROR)) AS m
          JOIN hold ON hold.released_at IS NULL
               AND (hold.lot = m.lot OR hold.part_id = m.part OR hold.location_id = m.from_location)
         WHERE m.from_location IS NOT NULL AND m.type IN ('out', 'transfer', 'scrap', 'adjust', 'reversal');
        IF v_found > 0 THEN
            LEAVE apply;
        END IF;
    END IF;

    INSERT INTO movement (id, type, part_id, lot, to_lot, quantity, from_account, from_operation_id, from_location_id,
                          to_account, to_operation_id, to_location_id, recorded_at, user_id, reason, notes, notes_salt,
                          reverses, station, app_version, shift, occurred_at, import_id, session_id)
    SELECT UNHEX(id), type, part, lot, to_lot, quantity, from_account, from_operation, from_location,
           to_account, to_operation, to_location, v_recorded_at, v_user, reason, CONCAT(notes, ''), UNHEX(salt), UNHEX(reverses),
           JSON_VALUE(p_posting, '$.context.station'), JSON_VALUE(p_posting, '$.context.app_version'),
           JSON_VALUE(p_posting, '$.context.shift'), JSON_VALUE(p_posting, '$.context.occurred_at'),
           UNHEX(JSON_VALUE(p_posting, '$.context.import')), UNHEX(JSON_VALUE(p_posting, '$.context.session'))
      FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (
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
               reason         VARCHAR(101) PATH '$.reason' ERROR ON ERROR,
               notes          LONGTEXT     PATH '$.notes' ERROR ON ERROR,
               salt           VARCHAR(33)  PATH '$.salt' ERROR ON ERROR,
               reverses       VARCHAR(33)  PATH '$.reverses' ERROR ON ERROR)) AS m;

    SET v_done = FALSE;
    OPEN movements;
    pieces: LOOP
        FETCH movements INTO v_part, v_lot, v_to_lot, v_quantity, v_from, v_from_operation, v_from_location,
                             v_to, v_to_operation, v_to_location;
        IF v_done THEN
            LEAVE pieces;
        END IF;
        IF v_from = 'stock' THEN
            -- Exactly all of it, or less than all of it, or it is not there.
            DELETE FROM stock
             WHERE lot = v_lot AND operation_id = v_from_operation AND location_id = v_from_location
               AND part_id = v_part AND quantity = v_quantity;
            IF ROW_COUNT() = 0 THEN
                UPDATE stock SET quantity = quantity - v_quantity
                 WHERE lot = v_lot AND operation_id = v_from_operation AND location_id = v_from_location
                   AND part_id = v_part AND quantity > v_quantity;
                IF ROW_COUNT() = 0 THEN
                    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41001,
                        MESSAGE_TEXT = 'mtm: a movement takes more than there is';
                END IF;
            END IF;
        END IF;
        IF v_to = 'stock' THEN
            INSERT INTO stock (lot, operation_id, location_id, part_id, quantity, received_at)
            SELECT lot.lot, v_to_operation, v_to_location, lot.part_id, v_quantity, lot.received_at
              FROM lot WHERE lot.lot = COALESCE(v_to_lot, v_lot) AND lot.part_id = v_part
            ON DUPLICATE KEY UPDATE quantity = stock.quantity + v_quantity;
            IF ROW_COUNT() = 0 THEN
                SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41002,
                    MESSAGE_TEXT = 'mtm: a movement names a lot of another part';
            END IF;
        END IF;
    END LOOP;
    CLOSE movements;

    -- One by one, by the key: an UPDATE that joins a JSON_TABLE may scan, and a scan waits for
    -- what others have not committed yet.
    FOR v_row IN (SELECT l.lot FROM JSON_TABLE(p_posting, '$.lots[*]' COLUMNS (lot VARCHAR(61) PATH '$.lot' ERROR ON ERROR)) AS l) DO
        UPDATE lot SET ledger_version = ledger_version + 1 WHERE lot = v_row.lot COLLATE utf8mb4_nopad_bin;
    END FOR;

    FOR v_row IN (
        SELECT c.lot, c.item_type, c.color, c.work_order, c.notes, c.version
          FROM JSON_TABLE(p_posting, '$.lot_changes[*]' COLUMNS (
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

    IF JSON_VALUE(p_posting, '$.hold.id') IS NOT NULL THEN
        INSERT INTO hold (id, lot, part_id, location_id, reason, notes, placed_by, placed_at)
        VALUES (UNHEX(JSON_VALUE(p_posting, '$.hold.id')), JSON_VALUE(p_posting, '$.hold.lot'),
                JSON_VALUE(p_posting, '$.hold.part'), JSON_VALUE(p_posting, '$.hold.location'),
                JSON_VALUE(p_posting, '$.hold.reason'), JSON_VALUE(p_posting, '$.hold.notes'),
                v_user, v_recorded_at);
        UPDATE site SET master_version = master_version + 1 WHERE id = 1;
    END IF;
    IF JSON_VALUE(p_posting, '$.release.id') IS NOT NULL THEN
        UPDATE hold SET released_by = v_user, released_at = v_recorded_at,
                        release_notes = JSON_VALUE(p_posting, '$.release.notes')
         WHERE id = UNHEX(JSON_VALUE(p_posting, '$.release.id')) AND released_at IS NULL;
        IF ROW_COUNT() = 0 THEN
            LEAVE apply;
        END IF;
        UPDATE site SET master_version = master_version + 1 WHERE id = 1;
    END IF;

    INSERT INTO seal_queue (movement_id, audit_kind, entry, event_id, event_type, subject, data, user_id, at, traceparent)
    SELECT UNHEX(movement), audit, entry, UNHEX(event), type, subject, data, v_user, v_recorded_at, v_trace
      FROM JSON_TABLE(p_posting, '$.queue[*]' COLUMNS (
               position FOR ORDINALITY,
               movement VARCHAR(33)  PATH '$.movement' ERROR ON ERROR,
               audit    VARCHAR(41)  PATH '$.audit' ERROR ON ERROR,
               entry    LONGTEXT     PATH '$.entry' ERROR ON ERROR,
               event    VARCHAR(33)  PATH '$.event' ERROR ON ERROR,
               type     VARCHAR(61)  PATH '$.type' ERROR ON ERROR,
               subject  VARCHAR(121) PATH '$.subject' ERROR ON ERROR,
               data     LONGTEXT     PATH '$.data' ERROR ON ERROR)) AS q
     ORDER BY position;

    SET p_status = 'done';
END
