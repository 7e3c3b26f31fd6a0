CREATE OR REPLACE PROCEDURE mtm_post (
    -- [{"key": {"key", "fingerprint", "command", "signature", "body"} | null, "posting": {...}}, ...]
    -- with the postings of mtm_apply.
    IN p_batch LONGTEXT,
    -- A row for each: 'done', 'replayed', 'key_reused', 'stale'; the stored answer in
    -- hexadecimal when replayed.
    OUT p_answers LONGTEXT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Posts the commands of a batch in one transaction, each once and each on its own'
BEGIN
    DECLARE v_at INT DEFAULT 0;
    DECLARE v_count INT DEFAULT JSON_LENGTH(p_batch);
    DECLARE v_item, v_posting LONGTEXT;
    DECLARE v_key VARCHAR(200);
    DECLARE v_fingerprint, v_stored BINARY(32);
    DECLARE v_body LONGBLOB;
    DECLARE v_seen BOOLEAN;
    DECLARE v_status VARCHAR(20);
    DECLARE v_answers LONGTEXT DEFAULT '';
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    IF NOT COALESCE(JSON_VALID(p_batch) AND JSON_TYPE(p_batch) = 'ARRAY', FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41005, MESSAGE_TEXT = 'mtm: this is no batch of postings';
    END IF;
    START TRANSACTION;
    WHILE v_at < v_count DO
        SET v_item = JSON_EXTRACT(p_batch, CONCAT('$[', v_at, ']'));
        SET v_posting = JSON_EXTRACT(v_item, '$.posting');
        SET v_key = JSON_VALUE(v_item, '$.key.key');
        SET v_seen = FALSE, v_body = NULL, v_status = NULL;
        SAVEPOINT command;

        -- Once. The row is locked by the insert: a concurrent twin waits here and then replays.
        IF v_key IS NOT NULL THEN
            SET v_fingerprint = UNHEX(JSON_VALUE(v_item, '$.key.fingerprint'));
            BEGIN
                DECLARE CONTINUE HANDLER FOR 1062 SET v_seen = TRUE;
                INSERT INTO idempotency_key (`key`, fingerprint, user_id, recorded_at, command_id, signature, status, body)
                VALUES (v_key, v_fingerprint, JSON_VALUE(v_posting, '$.user'), JSON_VALUE(v_posting, '$.recorded_at'),
                        UNHEX(JSON_VALUE(v_item, '$.key.command')), UNHEX(JSON_VALUE(v_item, '$.key.signature')), 200,
                        UNHEX(JSON_VALUE(v_item, '$.key.body')));
            END;
            IF v_seen THEN
                SELECT fingerprint, body INTO v_stored, v_body
                  FROM idempotency_key WHERE `key` = v_key LOCK IN SHARE MODE;
                SET v_status = IF(v_stored = v_fingerprint, 'replayed', 'key_reused');
            END IF;
        END IF;

        IF v_status IS NULL THEN
            CALL mtm_apply(v_posting, v_status);
            IF v_status <> 'done' THEN
                ROLLBACK TO SAVEPOINT command;
            END IF;
        END IF;
        SET v_answers = CONCAT(v_answers, IF(v_at = 0, '', ','), v_status,
                               IF(v_status = 'replayed', CONCAT(':', COALESCE(HEX(v_body), '')), ''));
        SET v_at = v_at + 1;
    END WHILE;
    COMMIT;
    SET p_answers = v_answers;
END
