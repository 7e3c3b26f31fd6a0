CREATE OR REPLACE PROCEDURE mtm_receive (
    -- The same key twice is one receipt.
    IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_part VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_operation VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_location VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    -- Whole pieces.
    IN p_quantity BIGINT,
    IN p_work_order VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_color_code VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_notes VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    -- 'done', 'replayed'; everything else is an error of 41020 to 41035.
    OUT p_status VARCHAR(20),
    -- The number of the new lot.
    OUT p_lot VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    OUT p_movement VARCHAR(32)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Books pieces that arrive as a new lot; for plant clients'
BEGIN
    CALL mtm_book('in', p_key, p_part, p_operation, p_location, NULL, p_quantity, NULL, NULL,
                  p_work_order, p_color_code, NULL, p_notes, p_status, p_lot, p_movement);
END
