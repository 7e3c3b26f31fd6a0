CREATE OR REPLACE PROCEDURE mtm_event (
    IN p_event BINARY(16),
    IN p_type VARCHAR(60),
    IN p_subject VARCHAR(120),
    IN p_data LONGTEXT,
    IN p_at BIGINT,
    IN p_traceparent VARCHAR(100)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Has an event wait for its place: what administration tells, inside its own transaction'
BEGIN
    -- What a movement tells is told when it gets its place.
    IF p_event IS NULL OR p_type IS NULL OR p_subject IS NULL OR p_at IS NULL OR p_type = 'movement.recorded' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41009, MESSAGE_TEXT = 'mtm: this is no event';
    END IF;
    INSERT INTO seal_queue (event_id, event_type, subject, data, at, traceparent)
    VALUES (p_event, p_type, p_subject, p_data, p_at, p_traceparent);
END
