CREATE OR REPLACE PROCEDURE mtm_post_v3 (
    -- [[key, fingerprint, user, at, command, body, signature], ...] or NULL: the keys of the commands, with their answers.
    IN p_keys LONGTEXT,
    -- The postings as mtm_apply_v3 takes them.
    IN p_lots LONGTEXT,
    IN p_new_lots LONGTEXT,
    IN p_movements LONGTEXT,
    IN p_lot_changes LONGTEXT,
    IN p_holds LONGTEXT,
    IN p_releases LONGTEXT,
    IN p_queue LONGTEXT,
    -- 'done', 'stale', 'seen' (one of several keys has had its effect: post them apart); with a single key
    -- also 'replayed:' and the stored answer in hexadecimal, 'key_reused'.
    OUT p_answer LONGTEXT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Posts what was decided in one transaction, once'
BEGIN
    DECLARE v_fingerprint, v_stored BINARY(32);
    DECLARE v_body LONGBLOB;
    DECLARE v_seen BOOLEAN DEFAULT FALSE;
    DECLARE v_status VARCHAR(20);
    -- guide: handler
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;
    -- guide: end

    IF NOT COALESCE(JSON_TYPE(COALESCE(p_keys, '[]')) = 'ARRAY', FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41005, MESSAGE_TEXT = 'mtm: these are no keys';
    END IF;
    START TRANSACTION;
    -- guide: once
    -- Once. The rows are locked by the insert: a concurrent twin waits here and then replays.
    IF p_keys IS NOT NULL THEN
        BEGIN
            DECLARE CONTINUE HANDLER FOR 1062 SET v_seen = TRUE;
            INSERT INTO idempotency_key (`key`, fingerprint, user_id, recorded_at, command_id, status, body, signature)
            SELECT `key`, UNHEX(fingerprint), user, at, UNHEX(command), 200, UNHEX(body), UNHEX(signature)
              FROM JSON_TABLE(p_keys, '$[*]' COLUMNS (
                       `key`       VARCHAR(201) PATH '$[0]' ERROR ON ERROR,
                       fingerprint VARCHAR(65)  PATH '$[1]' ERROR ON ERROR,
                       user        BIGINT       PATH '$[2]' ERROR ON ERROR,
                       at          BIGINT       PATH '$[3]' ERROR ON ERROR,
                       command     VARCHAR(33)  PATH '$[4]' ERROR ON ERROR,
                       body        LONGTEXT     PATH '$[5]' ERROR ON ERROR,
                       signature   VARCHAR(33)  PATH '$[6]' ERROR ON ERROR)) AS k;
        END;
        IF v_seen AND JSON_LENGTH(p_keys) > 1 THEN
            SET v_status = 'seen';
        ELSEIF v_seen THEN
            SET v_fingerprint = UNHEX(JSON_VALUE(p_keys, '$[0][1]'));
            SELECT fingerprint, body INTO v_stored, v_body
              FROM idempotency_key WHERE `key` = JSON_VALUE(p_keys, '$[0][0]') LOCK IN SHARE MODE;
            SET v_status = IF(v_stored = v_fingerprint, 'replayed', 'key_reused');
        END IF;
    END IF;
    -- guide: end

    IF v_status IS NULL THEN
        CALL mtm_apply_v3(p_lots, p_new_lots, p_movements, p_lot_changes, p_holds, p_releases, p_queue, v_status);
    END IF;
    IF v_status = 'done' THEN
        COMMIT;
    ELSE
        ROLLBACK;
    END IF;
    SET p_answer = CONCAT(v_status, IF(v_status = 'replayed', CONCAT(':', COALESCE(HEX(v_body), '')), ''));
END
