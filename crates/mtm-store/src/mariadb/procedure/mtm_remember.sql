CREATE OR REPLACE PROCEDURE mtm_remember (
    IN p_key VARCHAR(200),
    IN p_fingerprint BINARY(32),
    IN p_user BIGINT,
    IN p_recorded_at BIGINT,
    IN p_command BINARY(16),
    IN p_signature BINARY(16),
    IN p_status INT,
    IN p_body LONGBLOB
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Keeps the answer to a key inside the caller''s transaction; a key that is there already is error 1062'
BEGIN
    IF p_key IS NULL OR p_key = '' OR p_fingerprint IS NULL OR p_user IS NULL OR p_recorded_at IS NULL OR p_status IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41014, MESSAGE_TEXT = 'mtm: this is no key';
    END IF;
    INSERT INTO idempotency_key (`key`, fingerprint, user_id, recorded_at, command_id, signature, status, body)
    VALUES (p_key, p_fingerprint, p_user, p_recorded_at, p_command, p_signature, p_status, p_body);
END
