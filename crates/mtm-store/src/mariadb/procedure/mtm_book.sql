CREATE OR REPLACE PROCEDURE mtm_book (
    -- 'in', 'out', 'transfer'
    IN p_type VARCHAR(10),
    IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_part VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_operation VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_location VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_lot VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_quantity BIGINT,
    -- Where a transfer goes; NULL stays as it is.
    IN p_to_operation VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_to_location VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_work_order VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_color_code VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_reason VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_notes VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    -- 'done', 'replayed' (this key had its effect before)
    OUT p_status VARCHAR(20),
    OUT p_booked_lot VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    OUT p_movement VARCHAR(32)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Judges one booking of a plant client, says it as a posting and has mtm_post_v3 write it: the one place for the three procedures'
BEGIN
    DECLARE v_error INT;
    DECLARE v_message VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
    DECLARE v_login VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_role VARCHAR(10);
    DECLARE v_lot, v_work_order, v_zone VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_notes VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_reason VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_user, v_part, v_operation, v_location, v_to_operation, v_to_location, v_item_type, v_color BIGINT;
    DECLARE v_bound, v_stock, v_version, v_at, v_number BIGINT;
    DECLARE v_needs_notes, v_attempts INT DEFAULT 0;
    DECLARE v_fingerprint, v_stored BINARY(32);
    DECLARE v_chance CHAR(32);
    DECLARE v_command CHAR(32);
    DECLARE v_utc, v_local DATETIME;
    DECLARE v_week BIGINT;
    DECLARE v_shift VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_lots, v_new_lots, v_queue, v_depleted, v_body, v_answers LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    SET p_status = NULL, p_booked_lot = NULL, p_movement = NULL;
    -- A booking is committed by itself; what the caller has begun must not be committed with it.
    IF @@in_transaction <> 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41020,
            MESSAGE_TEXT = 'mtm: a booking is a transaction of its own: end yours first';
    END IF;

    -- Who: the login of the connection, whatever the client says.
    SET v_login = LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1);
    SET v_user = (SELECT user.id FROM plant_login JOIN user ON user.id = plant_login.user_id
                   WHERE plant_login.login = v_login AND user.disabled_at IS NULL);
    SET v_role = (SELECT user.role FROM user WHERE user.id = v_user);
    IF COALESCE(v_role, 'viewer') = 'viewer' THEN
        SET v_message = LEFT(CONCAT('mtm: forbidden: the login ', v_login, ' books for nobody who may (mtm user sql-login)'), 128);
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41021, MESSAGE_TEXT = v_message;
    END IF;

    IF p_key IS NULL OR p_key NOT REGEXP '^[!-~]{1,128}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41022,
            MESSAGE_TEXT = 'mtm: idempotency_key_invalid: the key is 1 to 128 visible ASCII characters';
    END IF;

    -- Once: before anything is judged. mtm_post_v3 looks again while it writes.
    SET v_fingerprint = UNHEX(SHA2(JSON_ARRAY('sql', v_user, p_type, p_part, p_operation, p_location, p_lot, p_quantity,
                                              p_to_operation, p_to_location, p_work_order, p_color_code, p_reason, p_notes), 256));
    SET v_stored = (SELECT fingerprint FROM idempotency_key WHERE `key` = p_key);

    book: LOOP
        SET v_error = NULL;
        IF v_stored IS NOT NULL THEN
            IF v_stored <> v_fingerprint THEN
                SET v_error = 41032, v_message = 'mtm: idempotency_key_reused: the key was used before for something else';
                LEAVE book;
            END IF;
            SET p_status = 'replayed', v_body = (SELECT body FROM idempotency_key WHERE `key` = p_key);
            LEAVE book;
        END IF;
        IF v_attempts >= 50 THEN
            SET v_error = 41035, v_message = 'mtm: unavailable: others were faster; call again with the same key';
            LEAVE book;
        END IF;
        SET v_attempts = v_attempts + 1;

        -- What is named must exist. What stands at a retired place must be able to leave it.
        SET v_part = COALESCE((SELECT id FROM part WHERE folded = UPPER(TRIM(REGEXP_REPLACE(p_part, '[[:space:]]+', ' ')))),
                              (SELECT row_id FROM alias WHERE noun = 'part' AND folded = UPPER(TRIM(REGEXP_REPLACE(p_part, '[[:space:]]+', ' ')))));
        SET v_operation = COALESCE((SELECT id FROM operation WHERE folded = UPPER(TRIM(REGEXP_REPLACE(p_operation, '[[:space:]]+', ' ')))),
                                   (SELECT row_id FROM alias WHERE noun = 'operation' AND folded = UPPER(TRIM(REGEXP_REPLACE(p_operation, '[[:space:]]+', ' ')))));
        SET v_location = COALESCE((SELECT id FROM location WHERE folded = UPPER(TRIM(REGEXP_REPLACE(p_location, '[[:space:]]+', ' ')))),
                                  (SELECT row_id FROM alias WHERE noun = 'location' AND folded = UPPER(TRIM(REGEXP_REPLACE(p_location, '[[:space:]]+', ' ')))));
        SET v_to_operation = v_operation, v_to_location = v_location;
        IF p_type = 'transfer' AND p_to_operation IS NOT NULL THEN
            SET v_to_operation = COALESCE((SELECT id FROM operation WHERE folded = UPPER(TRIM(REGEXP_REPLACE(p_to_operation, '[[:space:]]+', ' ')))),
                                          (SELECT row_id FROM alias WHERE noun = 'operation' AND folded = UPPER(TRIM(REGEXP_REPLACE(p_to_operation, '[[:space:]]+', ' ')))));
        END IF;
        IF p_type = 'transfer' AND p_to_location IS NOT NULL THEN
            SET v_to_location = COALESCE((SELECT id FROM location WHERE folded = UPPER(TRIM(REGEXP_REPLACE(p_to_location, '[[:space:]]+', ' ')))),
                                         (SELECT row_id FROM alias WHERE noun = 'location' AND folded = UPPER(TRIM(REGEXP_REPLACE(p_to_location, '[[:space:]]+', ' ')))));
        END IF;
        -- Where pieces arrive must be in use.
        IF p_type = 'in' THEN
            SET v_part = (SELECT id FROM part WHERE id = v_part AND retired_at IS NULL);
        END IF;
        IF p_type = 'in' OR p_to_operation IS NOT NULL THEN
            SET v_to_operation = (SELECT id FROM operation WHERE id = v_to_operation AND retired_at IS NULL);
        END IF;
        IF p_type = 'in' OR p_to_location IS NOT NULL THEN
            SET v_to_location = (SELECT id FROM location WHERE id = v_to_location AND retired_at IS NULL);
        END IF;
        IF v_part IS NULL THEN
            SET v_error = 41023, v_message = LEFT(CONCAT('mtm: unknown_part: ', COALESCE(p_part, 'NULL'), ' is not in use'), 128);
            LEAVE book;
        ELSEIF v_operation IS NULL OR v_to_operation IS NULL THEN
            SET v_error = 41024, v_message = LEFT(CONCAT('mtm: unknown_operation: ',
                COALESCE(IF(v_operation IS NULL, p_operation, COALESCE(p_to_operation, p_operation)), 'NULL'), ' is not in use'), 128);
            LEAVE book;
        ELSEIF v_location IS NULL OR v_to_location IS NULL THEN
            SET v_error = 41025, v_message = LEFT(CONCAT('mtm: unknown_location: ',
                COALESCE(IF(v_location IS NULL, p_location, COALESCE(p_to_location, p_location)), 'NULL'), ' is not in use'), 128);
            LEAVE book;
        END IF;

        SET v_notes = NULLIF(TRIM(REGEXP_REPLACE(p_notes, '[[:space:]]+', ' ')), '');
        IF v_notes REGEXP '[[:cntrl:]]' THEN
            SET v_error = 41022, v_message = 'mtm: invalid_body: notes hold a control character';
            LEAVE book;
        END IF;
        SET v_reason = NULLIF(LOWER(TRIM(REGEXP_REPLACE(p_reason, '[[:space:]]+', ' '))), '');
        IF v_reason IS NOT NULL THEN
            SET v_needs_notes = (SELECT needs_notes FROM reason WHERE kind = 'out' AND code = v_reason AND retired_at IS NULL);
            IF v_needs_notes IS NULL THEN
                SET v_error = 41033, v_message = LEFT(CONCAT('mtm: unknown_reason: ', v_reason, ' is no reason for this'), 128);
                LEAVE book;
            ELSEIF v_needs_notes = 1 AND v_notes IS NULL THEN
                SET v_error = 41034, v_message = LEFT(CONCAT('mtm: reason_required: the reason ', v_reason, ' needs notes'), 128);
                LEAVE book;
            END IF;
        END IF;
        IF NOT COALESCE(p_quantity >= 1, FALSE) THEN
            SET v_error = 41028, v_message = 'mtm: quantity_out_of_range: at least 1 piece';
            LEAVE book;
        END IF;

        IF p_type = 'in' THEN
            SET v_bound = COALESCE((SELECT max_quantity FROM part WHERE id = v_part), 100000000000);
            IF p_quantity > v_bound DIV 1000000 THEN
                SET v_error = 41028, v_message = CONCAT('mtm: quantity_out_of_range: at most ', v_bound DIV 1000000, ' pieces');
                LEAVE book;
            END IF;
            SET v_item_type = (SELECT item_type_id FROM part WHERE id = v_part);
            SET v_color = NULL;
            IF NULLIF(TRIM(p_color_code), '') IS NOT NULL THEN
                SET v_color = (SELECT id FROM color_code
                                WHERE folded = UPPER(TRIM(REGEXP_REPLACE(p_color_code, '[[:space:]]+', ' '))) AND retired_at IS NULL);
                IF v_color IS NULL THEN
                    SET v_error = 41027, v_message = LEFT(CONCAT('mtm: unknown_color_code: ', p_color_code, ' is not in use'), 128);
                    LEAVE book;
                END IF;
            END IF;
            -- A work order of up to six digits is completed, a longer one kept.
            SET v_work_order = NULLIF(UPPER(TRIM(REGEXP_REPLACE(p_work_order, '[[:space:]]+', ' '))), '');
            IF v_work_order REGEXP '^(WO-)?[0-9]{1,6}$' THEN
                SET v_work_order = CONCAT('WO-', LPAD(REPLACE(v_work_order, 'WO-', ''), 6, '0'));
            END IF;
            IF v_number IS NULL THEN
                -- Nothing was written; a read transaction of a client without autocommit ends here.
                COMMIT;
                CALL mtm_lots(1, v_number);
                SET v_lot = LPAD(v_number, GREATEST(10, LENGTH(v_number)), '0');
            END IF;
        ELSE
            SET v_lot = UPPER(TRIM(REGEXP_REPLACE(p_lot, '[[:space:]]+', ' ')));
            SET v_lot = IF(v_lot REGEXP '^[0-9]{1,9}$', LPAD(v_lot, 10, '0'), v_lot);
            -- The version is read before the stock: what changes in between makes it stale.
            SET v_version = (SELECT ledger_version FROM lot WHERE lot = v_lot);
            SET v_stock = (SELECT quantity FROM stock
                            WHERE lot = v_lot AND operation_id = v_operation AND location_id = v_location AND part_id = v_part);
            IF v_version IS NULL THEN
                SET v_error = 41026, v_message = LEFT(CONCAT('mtm: unknown_lot: there is no lot ', COALESCE(v_lot, 'NULL')), 128);
                LEAVE book;
            ELSEIF v_stock IS NULL THEN
                SET v_error = 41029, v_message = LEFT(CONCAT('mtm: insufficient_stock: lot ', v_lot, ' does not stand there'), 128);
                LEAVE book;
            ELSEIF EXISTS (SELECT 1 FROM hold WHERE released_at IS NULL
                              AND (lot = v_lot OR part_id = v_part OR location_id = v_location)) THEN
                SET v_error = 41030, v_message = LEFT(CONCAT('mtm: on_hold: lot ', v_lot, ', its part or its place is on hold'), 128);
                LEAVE book;
            ELSEIF p_quantity > v_stock DIV 1000000 THEN
                SET v_error = 41029, v_message = CONCAT('mtm: insufficient_stock: ', p_quantity, ' wanted, ', v_stock DIV 1000000, ' there');
                LEAVE book;
            ELSEIF p_type = 'transfer' AND v_operation = v_to_operation AND v_location = v_to_location THEN
                SET v_error = 41031, v_message = LEFT(CONCAT('mtm: same_place: lot ', v_lot, ' is there already'), 128);
                LEAVE book;
            END IF;
        END IF;

        -- The same as the program says: moment, shift, identity (UUIDv7, its low 16 bits the position).
        SET v_at = TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6));
        SET v_zone = (SELECT IF(time_zone IN ('UTC', 'Etc/UTC'), '+00:00', time_zone) FROM site WHERE id = 1);
        SET v_utc = UTC_TIMESTAMP(), v_local = CONVERT_TZ(v_utc, '+00:00', v_zone);
        SET v_week = (SELECT id FROM shift_version WHERE effective_from <= v_at ORDER BY effective_from DESC, number DESC LIMIT 1);
        IF v_week IS NULL THEN
            SET v_shift = CONCAT(DATE_FORMAT(v_local - INTERVAL IF(HOUR(v_local) < 6, 1, 0) DAY, '%Y-%m-%d'), '/',
                                 CASE WHEN HOUR(v_local) BETWEEN 6 AND 13 THEN 1 WHEN HOUR(v_local) BETWEEN 14 AND 21 THEN 2 ELSE 3 END);
        ELSE
            -- Of today's shifts and of yesterday's, which may run into today, the one between whose ends this moment is.
            SET v_shift = (SELECT CONCAT(DATE_FORMAT(started.day, '%Y-%m-%d'), '/', span.name)
                             FROM (SELECT DATE(v_local) AS day UNION ALL SELECT DATE(v_local) - INTERVAL 1 DAY) AS started
                             JOIN shift_span AS span ON span.version_id = v_week AND span.weekday = WEEKDAY(started.day) + 1
                            WHERE CONVERT_TZ(started.day + INTERVAL span.begins MINUTE, v_zone, '+00:00') <= v_utc
                              AND v_utc < CONVERT_TZ(started.day + INTERVAL (span.ends + IF(span.ends <= span.begins, 1440, 0)) MINUTE,
                                                     v_zone, '+00:00')
                            LIMIT 1);
        END IF;
        SET v_chance = MD5(CONCAT(UUID(), RAND(), CONNECTION_ID()));
        SET v_command = LOWER(CONCAT(LPAD(HEX(v_at DIV 1000), 12, '0'), '7', LEFT(v_chance, 3),
                                     ELT(1 + CONV(SUBSTRING(v_chance, 4, 1), 16, 10) % 4, '8', '9', 'a', 'b'),
                                     SUBSTRING(v_chance, 5, 3), SUBSTRING(v_chance, 8, 8), '0000'));
        SET p_movement = CONCAT(LEFT(v_command, 28), '0001');
        SET v_body = JSON_OBJECT('movement', p_movement, 'lot', v_lot);
        SET v_lots = IF(p_type = 'in', NULL, JSON_ARRAY(JSON_ARRAY(v_lot, v_version)));
        SET v_new_lots = IF(p_type = 'in', JSON_ARRAY(JSON_ARRAY(v_lot, v_part, v_at, v_user, v_item_type, v_color, v_work_order, v_notes)), NULL);
        SET v_queue = JSON_ARRAY(JSON_ARRAY(v_user, v_at, NULL, p_movement));
        IF p_type <> 'in' AND p_quantity * 1000000 = v_stock THEN
            -- The bucket becomes empty, and that is told as well. A variable, so that it goes as text.
            SET v_depleted = JSON_COMPACT(JSON_OBJECT(
                'location', (SELECT code FROM location WHERE id = v_location), 'lot', v_lot,
                'operation', (SELECT code FROM operation WHERE id = v_operation),
                'part', (SELECT code FROM part WHERE id = v_part)));
            SET v_chance = MD5(CONCAT(UUID(), RAND(), CONNECTION_ID()));
            SET v_queue = JSON_ARRAY_APPEND(v_queue, '$', JSON_ARRAY(v_user, v_at, NULL, NULL, NULL, NULL,
                LOWER(CONCAT(LPAD(HEX(v_at DIV 1000), 12, '0'), '7', LEFT(v_chance, 3),
                             ELT(1 + CONV(SUBSTRING(v_chance, 4, 1), 16, 10) % 4, '8', '9', 'a', 'b'),
                             SUBSTRING(v_chance, 5, 15))),
                'stock.depleted', v_lot, v_depleted));
        END IF;
        COMMIT;
        BEGIN
            -- Somebody else won a lock, or a node of the cluster did: nothing was written.
            DECLARE CONTINUE HANDLER FOR 1205, 1213 SET v_answers = 'stale';
            CALL mtm_post_v3(
                JSON_ARRAY(JSON_ARRAY(p_key, HEX(v_fingerprint), v_user, v_at, v_command, HEX(v_body))), v_lots, v_new_lots,
                JSON_ARRAY(JSON_ARRAY(
                    p_movement, p_type, v_part, v_lot, NULL, p_quantity * 1000000, v_at,
                    IF(p_type = 'in', 'supplier', 'stock'), IF(p_type = 'in', NULL, v_operation), IF(p_type = 'in', NULL, v_location),
                    IF(p_type = 'out', 'consumed', 'stock'),
                    CASE p_type WHEN 'in' THEN v_operation WHEN 'transfer' THEN v_to_operation END,
                    CASE p_type WHEN 'in' THEN v_location WHEN 'transfer' THEN v_to_location END,
                    v_user, 0, v_reason, IF(p_type = 'in', NULL, v_notes),
                    IF(p_type = 'in' OR v_notes IS NULL, NULL, MD5(CONCAT(UUID(), RAND()))), NULL, NULL, NULL, v_shift)),
                NULL, NULL, NULL, v_queue, v_answers);
        END;
        IF v_answers = 'done' THEN
            SET p_status = 'done';
            LEAVE book;
        END IF;
        -- A twin under the same key, or something changed meanwhile: look again.
        SET v_stored = (SELECT fingerprint FROM idempotency_key WHERE `key` = p_key);
    END LOOP;
    COMMIT;

    IF v_error IS NOT NULL THEN
        SET p_movement = NULL;
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = v_error, MESSAGE_TEXT = v_message;
    END IF;
    SET p_movement = JSON_VALUE(v_body, '$.movement'), p_booked_lot = JSON_VALUE(v_body, '$.lot');
END
