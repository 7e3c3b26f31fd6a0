CREATE OR REPLACE PROCEDURE mtm_lots (
    -- How many numbers.
    IN p_count INT,
    -- The last of them; the others stand right before it.
    OUT p_last BIGINT
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Leases lot numbers that nobody else gets, in a transaction of its own: a booking that is undone leaves a gap'
BEGIN
    DECLARE v_taken BIGINT DEFAULT 1;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    IF NOT COALESCE(p_count BETWEEN 1 AND 100000, FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41007, MESSAGE_TEXT = 'mtm: this is no number of lots';
    END IF;
    -- Inside the caller's the row would stay locked for everybody until the caller is done.
    IF @@in_transaction <> 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41008,
            MESSAGE_TEXT = 'mtm: lot numbers are leased outside of any transaction';
    END IF;
    WHILE v_taken > 0 DO
        START TRANSACTION;
        UPDATE site SET lot_counter = lot_counter + p_count WHERE id = 1;
        SELECT lot_counter INTO p_last FROM site WHERE id = 1;
        COMMIT;
        -- Numbers that somebody else gave are stepped over.
        SELECT COUNT(*) INTO v_taken
          FROM lot
         WHERE lot BETWEEN LPAD(p_last - p_count + 1, GREATEST(10, LENGTH(p_last)), '0')
                       AND LPAD(p_last, GREATEST(10, LENGTH(p_last)), '0')
           AND LENGTH(lot) = GREATEST(10, LENGTH(p_last));
        COMMIT;
    END WHILE;
END
