CREATE OR REPLACE PROCEDURE mtm_post (
    -- {"key": {"key", "fingerprint", "user", "command", "signature"} | null, "body": text,
    --  "recorded_at": n, "user": n, "override_hold": bool,
    --  "context": {"station", "app_version", "shift", "occurred_at", "import", "session"},
    --  "lots": [{"lot", "version"}], "new_lots": [...], "movements": [...],
    --  "lot_changes": [...], "hold": {...} | null, "release": {...} | null, "events": [...]}
    IN p_posting LONGTEXT,
    -- 'done', 'replayed', 'key_reused', 'stale'
    OUT p_status VARCHAR(20),
    -- The stored answer when replayed.
    OUT p_body LONGTEXT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Writes the decided postings of one command, once, if nothing they were decided on has changed'
post: BEGIN
    DECLARE v_key VARCHAR(140) CHARACTER SET ascii COLLATE ascii_bin DEFAULT JSON_VALUE(p_posting, '$.key.key');
    DECLARE v_fingerprint BINARY(32) DEFAULT UNHEX(JSON_VALUE(p_posting, '$.key.fingerprint'));
    DECLARE v_stored_fingerprint BINARY(32);
    DECLARE v_recorded_at BIGINT DEFAULT JSON_VALUE(p_posting, '$.recorded_at');
    DECLARE v_user BIGINT DEFAULT JSON_VALUE(p_posting, '$.user');
    DECLARE v_wrong BIGINT DEFAULT 0;
    DECLARE v_wanted BIGINT DEFAULT 0;
    DECLARE v_seen, v_done BOOLEAN DEFAULT FALSE;
    DECLARE v_lot, v_to_lot VARCHAR(30);
    DECLARE v_part, v_quantity, v_from_operation, v_from_location, v_to_operation, v_to_location BIGINT;
    DECLARE v_from, v_to VARCHAR(10);

    DECLARE movements CURSOR FOR
        SELECT part, lot, to_lot, quantity, from_account, from_operation, from_location,
               to_account, to_operation, to_location
          FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (
                   position       FOR ORDINALITY,
                   part           BIGINT      PATH '$.part',
                   lot            VARCHAR(30) PATH '$.lot',
                   to_lot         VARCHAR(30) PATH '$.to_lot',
                   quantity       BIGINT      PATH '$.quantity',
                   from_account   VARCHAR(10) PATH '$.from.account',
                   from_operation BIGINT      PATH '$.from.operation',
                   from_location  BIGINT      PATH '$.from.location',
                   to_account     VARCHAR(10) PATH '$.to.account',
                   to_operation   BIGINT      PATH '$.to.operation',
                   to_location    BIGINT      PATH '$.to.location')) AS m
         ORDER BY position;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    SET p_status = NULL, p_body = NULL;
    START TRANSACTION;

    -- Once. The row is locked by the insert: a concurrent twin waits here and then replays.
    IF v_key IS NOT NULL THEN
        BEGIN
            DECLARE CONTINUE HANDLER FOR 1062 SET v_seen = TRUE;
            INSERT INTO idempotency_key (`key`, fingerprint, user_id, recorded_at, command_id, signature, body)
            VALUES (v_key, v_fingerprint, v_user, v_recorded_at,
                    UNHEX(JSON_VALUE(p_posting, '$.key.command')), UNHEX(JSON_VALUE(p_posting, '$.key.signature')),
                    JSON_VALUE(p_posting, '$.body'));
        END;
        IF v_seen THEN
            SELECT fingerprint, body INTO v_stored_fingerprint, p_body
              FROM idempotency_key WHERE `key` = v_key LOCK IN SHARE MODE;
            IF v_stored_fingerprint <> v_fingerprint THEN
                SET p_status = 'key_reused', p_body = NULL;
            ELSE
                SET p_status = 'replayed';
            END IF;
            ROLLBACK;
            LEAVE post;
        END IF;
    END IF;

    -- Lock the lots, which the caller lists in order of their numbers, so that no two commands wait
    -- for each other; and compare what was decided on with what is.
    SELECT COUNT(*) INTO v_wanted FROM JSON_TABLE(p_posting, '$.lots[*]' COLUMNS (lot VARCHAR(30) PATH '$.lot')) AS l;
    SELECT COUNT(*) INTO v_wrong
      FROM JSON_TABLE(p_posting, '$.lots[*]' COLUMNS (
               lot VARCHAR(30) PATH '$.lot', version BIGINT PATH '$.version')) AS l
           STRAIGHT_JOIN lot ON lot.lot = l.lot
     WHERE lot.ledger_version = l.version
       FOR UPDATE;
    IF v_wrong <> v_wanted THEN
        SET p_status = 'stale';
        ROLLBACK;
        LEAVE post;
    END IF;

    -- A number that exists by now is decided again.
    SELECT COUNT(*) INTO v_wrong
      FROM JSON_TABLE(p_posting, '$.new_lots[*]' COLUMNS (lot VARCHAR(30) PATH '$.lot')) AS n
      JOIN lot ON lot.lot = n.lot;
    IF v_wrong > 0 THEN
        SET p_status = 'stale';
        ROLLBACK;
        LEAVE post;
    END IF;
    INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes, received_at, received_by, parent)
    SELECT lot, part, item_type, color, work_order, notes, received_at, received_by, parent
      FROM JSON_TABLE(p_posting, '$.new_lots[*]' COLUMNS (
               lot         VARCHAR(30)   PATH '$.lot',
               part        BIGINT        PATH '$.part',
               item_type   BIGINT        PATH '$.item_type',
               color       BIGINT        PATH '$.color',
               work_order  VARCHAR(30)   PATH '$.work_order',
               notes       VARCHAR(1000) PATH '$.notes',
               received_at BIGINT        PATH '$.received_at',
               received_by BIGINT        PATH '$.received_by',
               parent      VARCHAR(30)   PATH '$.parent')) AS n;

    -- A hold placed since the decision is decided again.
    IF COALESCE(JSON_VALUE(p_posting, '$.override_hold'), 'false') <> 'true' THEN
        SELECT COUNT(*) INTO v_wrong
          FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (
                   type VARCHAR(10) PATH '$.type', lot VARCHAR(30) PATH '$.lot', part BIGINT PATH '$.part',
                   from_location BIGINT PATH '$.from.location')) AS m
          JOIN hold ON hold.released_at IS NULL
               AND (hold.lot = m.lot OR hold.part_id = m.part OR hold.location_id = m.from_location)
         WHERE m.from_location IS NOT NULL AND m.type IN ('out', 'transfer', 'scrap', 'adjust', 'reversal');
        IF v_wrong > 0 THEN
            SET p_status = 'stale';
            ROLLBACK;
            LEAVE post;
        END IF;
    END IF;

    INSERT INTO movement (id, type, part_id, lot, to_lot, quantity, from_account, from_operation_id, from_location_id,
                          to_account, to_operation_id, to_location_id, recorded_at, user_id, reason, notes, reverses,
                          station, app_version, shift, occurred_at, import_id, session_id)
    SELECT UNHEX(id), type, part, lot, to_lot, quantity, from_account, from_operation, from_location,
           to_account, to_operation, to_location, v_recorded_at, v_user, reason, notes, UNHEX(reverses),
           JSON_VALUE(p_posting, '$.context.station'), JSON_VALUE(p_posting, '$.context.app_version'),
           JSON_VALUE(p_posting, '$.context.shift'), JSON_VALUE(p_posting, '$.context.occurred_at'),
           UNHEX(JSON_VALUE(p_posting, '$.context.import')), UNHEX(JSON_VALUE(p_posting, '$.context.session'))
      FROM JSON_TABLE(p_posting, '$.movements[*]' COLUMNS (
               id             CHAR(32)      PATH '$.id',
               type           VARCHAR(10)   PATH '$.type',
               part           BIGINT        PATH '$.part',
               lot            VARCHAR(30)   PATH '$.lot',
               to_lot         VARCHAR(30)   PATH '$.to_lot',
               quantity       BIGINT        PATH '$.quantity',
               from_account   VARCHAR(10)   PATH '$.from.account',
               from_operation BIGINT        PATH '$.from.operation',
               from_location  BIGINT        PATH '$.from.location',
               to_account     VARCHAR(10)   PATH '$.to.account',
               to_operation   BIGINT        PATH '$.to.operation',
               to_location    BIGINT        PATH '$.to.location',
               reason         VARCHAR(40)   PATH '$.reason',
               notes          VARCHAR(1000) PATH '$.notes',
               reverses       CHAR(32)      PATH '$.reverses')) AS m;

    SET v_done = FALSE;
    OPEN movements;
    apply: LOOP
        FETCH movements INTO v_part, v_lot, v_to_lot, v_quantity, v_from, v_from_operation, v_from_location,
                             v_to, v_to_operation, v_to_location;
        IF v_done THEN
            LEAVE apply;
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

    UPDATE lot
      JOIN JSON_TABLE(p_posting, '$.lots[*]' COLUMNS (lot VARCHAR(30) PATH '$.lot')) AS l ON l.lot = lot.lot
       SET lot.ledger_version = lot.ledger_version + 1;

    UPDATE lot
      JOIN JSON_TABLE(p_posting, '$.lot_changes[*]' COLUMNS (
               lot        VARCHAR(30)   PATH '$.lot',
               item_type  BIGINT        PATH '$.item_type',
               color      BIGINT        PATH '$.color',
               work_order VARCHAR(30)   PATH '$.work_order',
               notes      VARCHAR(1000) PATH '$.notes',
               version    BIGINT        PATH '$.version')) AS c ON c.lot = lot.lot
       SET lot.item_type_id = c.item_type, lot.color_id = c.color, lot.work_order = c.work_order,
           lot.notes = c.notes, lot.version = c.version;

    INSERT INTO hold (id, lot, part_id, location_id, reason, notes, placed_by, placed_at)
    SELECT UNHEX(id), lot, part, location, reason, notes, v_user, v_recorded_at
      FROM JSON_TABLE(p_posting, '$.hold' COLUMNS (
               id       CHAR(32)      PATH '$.id',
               lot      VARCHAR(30)   PATH '$.lot',
               part     BIGINT        PATH '$.part',
               location BIGINT        PATH '$.location',
               reason   VARCHAR(40)   PATH '$.reason',
               notes    VARCHAR(1000) PATH '$.notes')) AS h
     WHERE id IS NOT NULL;
    IF JSON_VALUE(p_posting, '$.release.id') IS NOT NULL THEN
        UPDATE hold SET released_by = v_user, released_at = v_recorded_at
         WHERE id = UNHEX(JSON_VALUE(p_posting, '$.release.id')) AND released_at IS NULL;
        IF ROW_COUNT() = 0 THEN
            SET p_status = 'stale';
            ROLLBACK;
            LEAVE post;
        END IF;
    END IF;

    INSERT INTO outbox (id, type, subject, at, movement_id, data)
    SELECT UNHEX(id), type, subject, v_recorded_at, UNHEX(movement), data
      FROM JSON_TABLE(p_posting, '$.events[*]' COLUMNS (
               id       CHAR(32)    PATH '$.id',
               type     VARCHAR(40) PATH '$.type',
               subject  VARCHAR(60) PATH '$.subject',
               movement CHAR(32)    PATH '$.movement',
               data     LONGTEXT    PATH '$.data')) AS e;

    COMMIT;
    SET p_status = 'done';
END
