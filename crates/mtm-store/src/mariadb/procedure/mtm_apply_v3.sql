CREATE OR REPLACE PROCEDURE mtm_apply_v3 (
    -- What one command writes, or several that were decided one on the other: for each table an array of rows, or NULL where
    -- there is none. A row is an array of its columns, in the order in which they are read below; what it leaves out at its
    -- end is NULL. So each text is read once, and a column is found without looking for its name.
    -- [[lot, version the decision stands on], ...]
    IN p_lots LONGTEXT,
    IN p_new_lots LONGTEXT,
    IN p_movements LONGTEXT,
    IN p_lot_changes LONGTEXT,
    IN p_holds LONGTEXT,
    IN p_releases LONGTEXT,
    -- What gets a place in the log, the audit chain or the outbox, in order: [[user, at, traceparent, movement | kind of
    -- entry, entry | event, type, subject, data], ...]
    IN p_queue LONGTEXT,
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
    DECLARE v_wanted, v_moved, v_found BIGINT DEFAULT 0;
    DECLARE v_takes, v_exists BOOLEAN DEFAULT FALSE;

    SET p_status = 'stale';
    -- Half a posting must not stay: the caller's transaction undoes it.
    IF @@in_transaction = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41003,
            MESSAGE_TEXT = 'mtm: mtm_apply_v3 works inside the caller''s transaction';
    END IF;
    -- Whatever happens gets a place in the log or the audit chain.
    IF NOT COALESCE(JSON_TYPE(p_queue) = 'ARRAY' AND JSON_LENGTH(p_queue) > 0, FALSE)
       OR NOT COALESCE(JSON_TYPE(COALESCE(p_lots, '[]')) = 'ARRAY', FALSE)
       OR NOT COALESCE(JSON_TYPE(COALESCE(p_new_lots, '[]')) = 'ARRAY', FALSE)
       OR NOT COALESCE(JSON_TYPE(COALESCE(p_movements, '[]')) = 'ARRAY', FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41004, MESSAGE_TEXT = 'mtm: this is no posting';
    END IF;

    -- Lock the lots in order of their numbers, so that no two commands wait for each other; and
    -- compare what was decided on with what is. Here and below rows are found by their key, also
    -- where a small table would be scanned faster: a scan locks, or waits for, everybody's rows.
    IF p_lots IS NOT NULL THEN
        SET v_wanted = JSON_LENGTH(p_lots);
        SELECT COUNT(*) INTO v_found
          FROM JSON_TABLE(p_lots, '$[*]' COLUMNS (
                   lot VARCHAR(61) PATH '$[0]' ERROR ON ERROR, version BIGINT PATH '$[1]' ERROR ON ERROR)) AS l
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = l.lot
         WHERE lot.ledger_version = l.version
           FOR UPDATE;
        IF v_found <> v_wanted THEN
            LEAVE apply;
        END IF;
    END IF;

    IF p_new_lots IS NOT NULL THEN
        BEGIN
            DECLARE CONTINUE HANDLER FOR 1062 SET v_exists = TRUE;
            INSERT INTO lot (lot, part_id, received_at, received_by, item_type_id, color_id, work_order, notes, parent)
            SELECT lot, part, received_at, received_by, item_type, color, work_order, CONCAT(notes, ''), parent
              FROM JSON_TABLE(p_new_lots, '$[*]' COLUMNS (
                       lot         VARCHAR(61) PATH '$[0]' ERROR ON ERROR,
                       part        BIGINT      PATH '$[1]' ERROR ON ERROR,
                       received_at BIGINT      PATH '$[2]' ERROR ON ERROR,
                       received_by BIGINT      PATH '$[3]' ERROR ON ERROR,
                       item_type   BIGINT      PATH '$[4]' ERROR ON ERROR,
                       color       BIGINT      PATH '$[5]' ERROR ON ERROR,
                       work_order  VARCHAR(61) PATH '$[6]' ERROR ON ERROR,
                       notes       LONGTEXT    PATH '$[7]' ERROR ON ERROR,
                       parent      VARCHAR(61) PATH '$[8]' ERROR ON ERROR)) AS n;
        END;
        -- A number that exists by now is decided again.
        IF v_exists THEN
            LEAVE apply;
        END IF;
    END IF;

    SET v_moved = COALESCE(JSON_LENGTH(p_movements), 0);
    -- A movement that nobody would ever give its place is none.
    SELECT COUNT(movement) INTO v_found
      FROM JSON_TABLE(p_queue, '$[*]' COLUMNS (movement VARCHAR(33) PATH '$[3]' ERROR ON ERROR)) AS q;
    IF v_found <> v_moved THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41004, MESSAGE_TEXT = 'mtm: this is no posting';
    END IF;

    IF v_moved > 0 THEN
        SET v_takes = EXISTS (
            SELECT 1 FROM JSON_TABLE(p_movements, '$[*]' COLUMNS (from_account VARCHAR(11) PATH '$[7]' ERROR ON ERROR)) AS m
             WHERE from_account = 'stock');
        -- A hold placed since the decision is decided again.
        IF v_takes AND EXISTS (SELECT 1 FROM hold WHERE active_key IS NOT NULL) THEN
            SELECT COUNT(*) INTO v_found
              FROM JSON_TABLE(p_movements, '$[*]' COLUMNS (
                       type          VARCHAR(11) PATH '$[1]' ERROR ON ERROR,
                       part          BIGINT      PATH '$[2]' ERROR ON ERROR,
                       lot           VARCHAR(61) PATH '$[3]' ERROR ON ERROR,
                       from_location BIGINT      PATH '$[9]' ERROR ON ERROR,
                       override      INT         PATH '$[14]' ERROR ON ERROR)) AS m
              JOIN hold ON hold.active_key IS NOT NULL
                   AND (hold.lot = m.lot OR hold.part_id = m.part OR hold.location_id = m.from_location)
             WHERE m.from_location IS NOT NULL AND m.type IN ('out', 'transfer', 'scrap', 'adjust', 'reversal')
               AND COALESCE(m.override, 0) <> 1;
            IF v_found > 0 THEN
                LEAVE apply;
            END IF;
        END IF;

        -- A number too large for its column arrives as the largest that fits: not what was asked
        -- for. Nor is a movement into a lot of another part, or one without a lot.
        INSERT INTO movement (id, type, part_id, lot, to_lot, quantity, recorded_at, from_account, from_operation_id, from_location_id,
                              to_account, to_operation_id, to_location_id, user_id, reason, notes, notes_salt,
                              reverses, station, app_version, shift, occurred_at, import_id, session_id)
        SELECT UNHEX(m.id), m.type, m.part, m.lot, m.to_lot, m.quantity, m.at, m.from_account, m.from_operation, m.from_location,
               m.to_account, m.to_operation, m.to_location, m.user, m.reason, CONCAT(m.notes, ''), UNHEX(m.salt),
               UNHEX(m.reverses), m.station, m.app_version, m.shift, m.occurred_at, UNHEX(m.import), UNHEX(m.session)
          FROM JSON_TABLE(p_movements, '$[*]' COLUMNS (
                   id             VARCHAR(33)  PATH '$[0]' ERROR ON ERROR,
                   type           VARCHAR(11)  PATH '$[1]' ERROR ON ERROR,
                   part           BIGINT       PATH '$[2]' ERROR ON ERROR,
                   lot            VARCHAR(61)  PATH '$[3]' ERROR ON ERROR,
                   to_lot         VARCHAR(61)  PATH '$[4]' ERROR ON ERROR,
                   quantity       BIGINT       PATH '$[5]' ERROR ON ERROR,
                   at             BIGINT       PATH '$[6]' ERROR ON ERROR,
                   from_account   VARCHAR(11)  PATH '$[7]' ERROR ON ERROR,
                   from_operation BIGINT       PATH '$[8]' ERROR ON ERROR,
                   from_location  BIGINT       PATH '$[9]' ERROR ON ERROR,
                   to_account     VARCHAR(11)  PATH '$[10]' ERROR ON ERROR,
                   to_operation   BIGINT       PATH '$[11]' ERROR ON ERROR,
                   to_location    BIGINT       PATH '$[12]' ERROR ON ERROR,
                   user           BIGINT       PATH '$[13]' ERROR ON ERROR,
                   reason         VARCHAR(101) PATH '$[15]' ERROR ON ERROR,
                   notes          LONGTEXT     PATH '$[16]' ERROR ON ERROR,
                   salt           VARCHAR(33)  PATH '$[17]' ERROR ON ERROR,
                   reverses       VARCHAR(33)  PATH '$[18]' ERROR ON ERROR,
                   station        VARCHAR(201) PATH '$[19]' ERROR ON ERROR,
                   app_version    VARCHAR(201) PATH '$[20]' ERROR ON ERROR,
                   shift          VARCHAR(201) PATH '$[21]' ERROR ON ERROR,
                   occurred_at    BIGINT       PATH '$[22]' ERROR ON ERROR,
                   import         VARCHAR(33)  PATH '$[23]' ERROR ON ERROR,
                   session        VARCHAR(33)  PATH '$[24]' ERROR ON ERROR)) AS m
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = COALESCE(m.to_lot, m.lot)
         WHERE lot.part_id = m.part AND m.quantity BETWEEN 1 AND 1000000000000000000;
        IF ROW_COUNT() <> v_moved THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41002,
                MESSAGE_TEXT = 'mtm: a movement names a lot of another part, or no quantity';
        END IF;

        -- What arrives is there before anything is taken: of several movements the sum counts.
        INSERT INTO stock (lot, operation_id, location_id, part_id, quantity, received_at)
        SELECT COALESCE(m.to_lot, m.lot), m.to_operation, m.to_location, m.part, m.quantity, lot.received_at
          FROM JSON_TABLE(p_movements, '$[*]' COLUMNS (
                   part         BIGINT      PATH '$[2]' ERROR ON ERROR,
                   lot          VARCHAR(61) PATH '$[3]' ERROR ON ERROR,
                   to_lot       VARCHAR(61) PATH '$[4]' ERROR ON ERROR,
                   quantity     BIGINT      PATH '$[5]' ERROR ON ERROR,
                   to_account   VARCHAR(11) PATH '$[10]' ERROR ON ERROR,
                   to_operation BIGINT      PATH '$[11]' ERROR ON ERROR,
                   to_location  BIGINT      PATH '$[12]' ERROR ON ERROR)) AS m
               STRAIGHT_JOIN lot FORCE INDEX (PRIMARY) ON lot.lot = COALESCE(m.to_lot, m.lot)
         WHERE m.to_account = 'stock'
        ON DUPLICATE KEY UPDATE quantity = stock.quantity + VALUES(quantity);
        -- Each bucket is taken from once, exactly all of it or less than all: what would stay
        -- below zero is not there. Row by row, by the key: a statement that joins a JSON_TABLE may
        -- scan, and a scan waits for what others have not committed yet.
        IF v_takes THEN
            FOR v_row IN (
                SELECT m.lot COLLATE utf8mb4_nopad_bin AS taken_from, m.operation AS operation, m.location AS location, m.part AS part,
                       CAST(SUM(m.quantity) AS SIGNED) AS taken
                  FROM JSON_TABLE(p_movements, '$[*]' COLUMNS (
                           part         BIGINT      PATH '$[2]' ERROR ON ERROR,
                           lot          VARCHAR(61) PATH '$[3]' ERROR ON ERROR,
                           quantity     BIGINT      PATH '$[5]' ERROR ON ERROR,
                           from_account VARCHAR(11) PATH '$[7]' ERROR ON ERROR,
                           operation    BIGINT      PATH '$[8]' ERROR ON ERROR,
                           location     BIGINT      PATH '$[9]' ERROR ON ERROR)) AS m
                 WHERE m.from_account = 'stock'
                 GROUP BY taken_from, operation, location, part) DO
                UPDATE stock SET quantity = quantity - v_row.taken
                 WHERE lot = v_row.taken_from COLLATE utf8mb4_nopad_bin AND operation_id = v_row.operation
                   AND location_id = v_row.location AND part_id = v_row.part AND quantity > v_row.taken;
                IF ROW_COUNT() = 0 THEN
                    DELETE FROM stock
                     WHERE lot = v_row.taken_from COLLATE utf8mb4_nopad_bin AND operation_id = v_row.operation
                       AND location_id = v_row.location AND part_id = v_row.part AND quantity = v_row.taken;
                    IF ROW_COUNT() = 0 THEN
                        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41001,
                            MESSAGE_TEXT = 'mtm: a movement takes more than there is';
                    END IF;
                END IF;
            END FOR;
        END IF;
    END IF;

    IF v_wanted > 0 THEN
        FOR v_row IN (SELECT l.lot FROM JSON_TABLE(p_lots, '$[*]' COLUMNS (lot VARCHAR(61) PATH '$[0]' ERROR ON ERROR)) AS l) DO
            UPDATE lot SET ledger_version = ledger_version + 1 WHERE lot = v_row.lot COLLATE utf8mb4_nopad_bin;
        END FOR;
    END IF;

    IF p_lot_changes IS NOT NULL THEN
        FOR v_row IN (
            SELECT c.lot, c.version, c.item_type, c.color, c.work_order, c.notes
              FROM JSON_TABLE(p_lot_changes, '$[*]' COLUMNS (
                       lot        VARCHAR(61) PATH '$[0]' ERROR ON ERROR,
                       version    BIGINT      PATH '$[1]' ERROR ON ERROR,
                       item_type  BIGINT      PATH '$[2]' ERROR ON ERROR,
                       color      BIGINT      PATH '$[3]' ERROR ON ERROR,
                       work_order VARCHAR(61) PATH '$[4]' ERROR ON ERROR,
                       notes      LONGTEXT    PATH '$[5]' ERROR ON ERROR)) AS c) DO
            UPDATE lot
               SET item_type_id = v_row.item_type, color_id = v_row.color, work_order = v_row.work_order,
                   notes = CONCAT(v_row.notes, ''), version = v_row.version
             WHERE lot = v_row.lot COLLATE utf8mb4_nopad_bin;
        END FOR;
    END IF;

    IF p_holds IS NOT NULL THEN
        INSERT INTO hold (id, lot, part_id, location_id, reason, placed_by, placed_at, notes)
        SELECT UNHEX(id), lot, part, location, reason, user, at, CONCAT(notes, '')
          FROM JSON_TABLE(p_holds, '$[*]' COLUMNS (
                   id       VARCHAR(33)  PATH '$[0]' ERROR ON ERROR,
                   lot      VARCHAR(61)  PATH '$[1]' ERROR ON ERROR,
                   part     BIGINT       PATH '$[2]' ERROR ON ERROR,
                   location BIGINT       PATH '$[3]' ERROR ON ERROR,
                   reason   VARCHAR(101) PATH '$[4]' ERROR ON ERROR,
                   user     BIGINT       PATH '$[5]' ERROR ON ERROR,
                   at       BIGINT       PATH '$[6]' ERROR ON ERROR,
                   notes    LONGTEXT     PATH '$[7]' ERROR ON ERROR)) AS h;
        UPDATE site SET master_version = master_version + 1 WHERE id = 1;
    END IF;
    IF p_releases IS NOT NULL THEN
        SET v_found = 0;
        FOR v_row IN (
            SELECT r.id, r.user, r.at, r.notes
              FROM JSON_TABLE(p_releases, '$[*]' COLUMNS (
                       id    VARCHAR(33) PATH '$[0]' ERROR ON ERROR,
                       user  BIGINT      PATH '$[1]' ERROR ON ERROR,
                       at    BIGINT      PATH '$[2]' ERROR ON ERROR,
                       notes LONGTEXT    PATH '$[3]' ERROR ON ERROR)) AS r) DO
            UPDATE hold SET released_by = v_row.user, released_at = v_row.at, release_notes = CONCAT(v_row.notes, '')
             WHERE id = UNHEX(v_row.id) AND released_at IS NULL;
            SET v_found = v_found + ROW_COUNT();
        END FOR;
        IF v_found <> JSON_LENGTH(p_releases) THEN
            LEAVE apply;
        END IF;
        UPDATE site SET master_version = master_version + 1 WHERE id = 1;
    END IF;

    -- In the order of the array, which is how a JSON_TABLE alone is read.
    INSERT INTO seal_queue (user_id, at, traceparent, movement_id, audit_kind, entry, event_id, event_type, subject, data)
    SELECT user, at, traceparent, UNHEX(movement), kind, CONCAT(entry, ''), UNHEX(event), type, subject, CONCAT(data, '')
      FROM JSON_TABLE(p_queue, '$[*]' COLUMNS (
               user        BIGINT       PATH '$[0]' ERROR ON ERROR,
               at          BIGINT       PATH '$[1]' ERROR ON ERROR,
               traceparent VARCHAR(101) PATH '$[2]' ERROR ON ERROR,
               movement    VARCHAR(33)  PATH '$[3]' ERROR ON ERROR,
               kind        VARCHAR(41)  PATH '$[4]' ERROR ON ERROR,
               entry       LONGTEXT     PATH '$[5]' ERROR ON ERROR,
               event       VARCHAR(33)  PATH '$[6]' ERROR ON ERROR,
               type        VARCHAR(61)  PATH '$[7]' ERROR ON ERROR,
               subject     VARCHAR(121) PATH '$[8]' ERROR ON ERROR,
               data        LONGTEXT     PATH '$[9]' ERROR ON ERROR)) AS q;

    SET p_status = 'done';
END
