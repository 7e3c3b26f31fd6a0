CREATE OR REPLACE PROCEDURE mtm_past_lot (
    IN p_lot VARCHAR(60),
    IN p_part BIGINT,
    IN p_item_type BIGINT,
    IN p_color BIGINT,
    IN p_work_order VARCHAR(60),
    IN p_notes TEXT,
    IN p_received_at BIGINT,
    IN p_received_by BIGINT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Knows a lot of an earlier system that has no stock, inside the caller''s transaction; nothing is booked by it'
BEGIN
    IF COALESCE(p_lot, '') = '' OR p_part IS NULL OR p_received_at IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41015, MESSAGE_TEXT = 'mtm: this is no lot of an earlier system';
    END IF;
    INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes, received_at, received_by)
    VALUES (p_lot, p_part, p_item_type, p_color, p_work_order, p_notes, p_received_at, p_received_by);
END
