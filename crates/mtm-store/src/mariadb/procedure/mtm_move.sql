CREATE OR REPLACE PROCEDURE mtm_move (
    -- The same key twice is one move.
    IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_part VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_operation VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_location VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_lot VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    -- Whole pieces.
    IN p_quantity BIGINT,
    -- Where they go; NULL stays as it is.
    IN p_to_operation VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_to_location VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_notes VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    -- 'done', 'replayed'; everything else is an error of 41020 to 41035.
    OUT p_status VARCHAR(20),
    OUT p_movement VARCHAR(32)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Books pieces that go to another operation or place, from one bucket; for plant clients'
BEGIN
    DECLARE v_lot VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    CALL mtm_book('transfer', p_key, p_part, p_operation, p_location, p_lot, p_quantity, p_to_operation, p_to_location,
                  NULL, NULL, NULL, p_notes, p_status, v_lot, p_movement);
END
