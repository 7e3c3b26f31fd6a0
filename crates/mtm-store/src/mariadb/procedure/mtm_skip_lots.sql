CREATE OR REPLACE PROCEDURE mtm_skip_lots (
    -- The last number that an earlier system gave.
    IN p_last BIGINT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Lot numbers go on above those of an earlier system, and never back'
BEGIN
    IF NOT COALESCE(p_last >= 0, FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41016, MESSAGE_TEXT = 'mtm: this is no lot number';
    END IF;
    UPDATE site SET lot_counter = p_last WHERE id = 1 AND lot_counter < p_last;
END
