CREATE OR REPLACE PROCEDURE mtm_note (
    IN p_kind VARCHAR(40),
    -- The canonical text of the audit entry.
    IN p_entry LONGTEXT,
    IN p_user BIGINT,
    IN p_at BIGINT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Has an entry of the audit chain wait for its place: what administration did, inside its own transaction'
BEGIN
    IF p_kind IS NULL OR p_entry IS NULL OR p_user IS NULL OR p_at IS NULL OR p_kind = 'movement' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41009, MESSAGE_TEXT = 'mtm: this is no entry';
    END IF;
    INSERT INTO seal_queue (audit_kind, entry, user_id, at) VALUES (p_kind, p_entry, p_user, p_at);
END
