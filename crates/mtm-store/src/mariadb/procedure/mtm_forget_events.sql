CREATE OR REPLACE PROCEDURE mtm_forget_events (
    -- The last event that is looked at.
    IN p_last BIGINT,
    -- Younger events stay.
    IN p_before BIGINT,
    OUT p_count BIGINT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Forgets events that are older than a moment, up to a position; the newest stays'
BEGIN
    DECLARE v_newest BIGINT DEFAULT 0;
    -- Everybody counts on from it.
    SELECT COALESCE(MAX(position), 0) INTO v_newest FROM outbox;
    DELETE FROM outbox WHERE position <= p_last AND position < v_newest AND at < p_before;
    SET p_count = ROW_COUNT();
END
