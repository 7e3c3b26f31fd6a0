CREATE OR REPLACE PROCEDURE mtm_forget (
    -- The last row that is looked at.
    IN p_last BIGINT,
    -- Younger keys stay.
    IN p_before BIGINT,
    OUT p_count BIGINT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Forgets the answers to keys that are older than a moment, up to a row'
BEGIN
    DELETE FROM idempotency_key WHERE id <= p_last AND recorded_at < p_before;
    SET p_count = ROW_COUNT();
END
