CREATE OR REPLACE PROCEDURE mtm_post_v2 (
    -- [{"keys": [{"key", "fingerprint", "user", "at", "command", "signature", "body"}], "postings": {...}}, ...]
    -- with the postings of mtm_apply_v2.
    IN p_batch LONGTEXT,
    -- For each, parted by commas: 'done', 'stale', 'seen' (one of its several keys has had its effect:
    -- post them apart); with a single key also 'replayed:' and the stored answer in hexadecimal, 'key_reused'.
    OUT p_answers LONGTEXT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Posts the items of a batch in one transaction, each once and each on its own'
BEGIN
    DECLARE v_at INT DEFAULT 0;
    DECLARE v_count INT DEFAULT JSON_LENGTH(p_batch);
    DECLARE v_item LONGTEXT;
    DECLARE v_keys INT;
    DECLARE v_fingerprint, v_stored BINARY(32);
    DECLARE v_body LONGBLOB;
    DECLARE v_seen BOOLEAN;
    DECLARE v_status VARCHAR(20);
    DECLARE v_answers LONGTEXT DEFAULT '';
    -- guide: handler
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;
    -- guide: end

    IF NOT COALESCE(JSON_VALID(p_batch) AND JSON_TYPE(p_batch) = 'ARRAY', FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41005, MESSAGE_TEXT = 'mtm: this is no batch of postings';
    END IF;
    START TRANSACTION;
    WHILE v_at < v_count DO
        SET v_item = JSON_EXTRACT(p_batch, CONCAT('$[', v_at, ']'));
        SET v_keys = COALESCE(JSON_LENGTH(v_item, '$.keys'), 0);
        SET v_seen = FALSE, v_body = NULL, v_status = NULL;
        SAVEPOINT item;

        -- guide: once
        -- Once. The rows are locked by the insert: a concurrent twin waits here and then replays.
        IF v_keys > 0 THEN
            BEGIN
                DECLARE CONTINUE HANDLER FOR 1062 SET v_seen = TRUE;
                INSERT INTO idempotency_key (`key`, fingerprint, user_id, recorded_at, command_id, signature, status, body)
                SELECT `key`, UNHEX(fingerprint), user, at, UNHEX(command), UNHEX(signature), 200, UNHEX(body)
                  FROM JSON_TABLE(v_item, '$.keys[*]' COLUMNS (
                           `key`       VARCHAR(201) PATH '$.key' ERROR ON ERROR,
                           fingerprint VARCHAR(65)  PATH '$.fingerprint' ERROR ON ERROR,
                           user        BIGINT       PATH '$.user' ERROR ON ERROR,
                           at          BIGINT       PATH '$.at' ERROR ON ERROR,
                           command     VARCHAR(33)  PATH '$.command' ERROR ON ERROR,
                           signature   VARCHAR(33)  PATH '$.signature' ERROR ON ERROR,
                           body        LONGTEXT     PATH '$.body' ERROR ON ERROR)) AS k;
            END;
            IF v_seen AND v_keys > 1 THEN
                SET v_status = 'seen';
                ROLLBACK TO SAVEPOINT item;
            ELSEIF v_seen THEN
                SET v_fingerprint = UNHEX(JSON_VALUE(v_item, '$.keys[0].fingerprint'));
                SELECT fingerprint, body INTO v_stored, v_body
                  FROM idempotency_key WHERE `key` = JSON_VALUE(v_item, '$.keys[0].key') LOCK IN SHARE MODE;
                SET v_status = IF(v_stored = v_fingerprint, 'replayed', 'key_reused');
            END IF;
        END IF;
        -- guide: end

        IF v_status IS NULL THEN
            CALL mtm_apply_v2(JSON_EXTRACT(v_item, '$.postings'), v_status);
            IF v_status <> 'done' THEN
                ROLLBACK TO SAVEPOINT item;
            END IF;
        END IF;
        SET v_answers = CONCAT(v_answers, IF(v_at = 0, '', ','), v_status,
                               IF(v_status = 'replayed', CONCAT(':', COALESCE(HEX(v_body), '')), ''));
        SET v_at = v_at + 1;
    END WHILE;
    COMMIT;
    SET p_answers = v_answers;
END
