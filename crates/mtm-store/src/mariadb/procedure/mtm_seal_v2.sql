CREATE OR REPLACE PROCEDURE mtm_seal_v2 (
    IN p_owner BINARY(16),
    IN p_fence BIGINT,
    -- Where the chain ended when this was numbered.
    IN p_after BIGINT,
    -- Each an array of rows, a row an array of its columns as they are read below; what it leaves out at its end is NULL.
    -- [[row of the queue, movement, sequence], ...]
    IN p_places LONGTEXT,
    IN p_entries LONGTEXT,
    IN p_events LONGTEXT,
    -- 'sealed', 'lost' (the lease is somebody else's by now), 'moved' (the chain is longer than was read)
    OUT p_status VARCHAR(20)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Gives what was committed its place in the log, the chain and the outbox, if the caller holds the lease'
seal: BEGIN
    DECLARE v_last, v_removed BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    IF p_owner IS NULL OR p_fence IS NULL OR p_after IS NULL
       OR NOT COALESCE(JSON_TYPE(p_places) = 'ARRAY' AND JSON_LENGTH(p_places) > 0, FALSE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41006, MESSAGE_TEXT = 'mtm: this is nothing to seal';
    END IF;
    SET p_status = 'lost';
    START TRANSACTION;
    -- The row is written, not only read: on a cluster two nodes cannot both commit this.
    UPDATE lease SET work = work + 1 WHERE name = 'sealer' AND owner = p_owner AND fence = p_fence;
    IF ROW_COUNT() <> 1 THEN
        ROLLBACK;
        LEAVE seal;
    END IF;
    SET p_status = 'moved';
    SELECT COALESCE(MAX(sequence), 0) INTO v_last FROM audit;
    IF v_last <> p_after THEN
        ROLLBACK;
        LEAVE seal;
    END IF;

    -- One by one, by the key: an UPDATE that joins a JSON_TABLE may scan, and a scan waits for
    -- what others have not committed yet.
    FOR v_row IN (SELECT p.waiting, p.movement, p.sequence FROM JSON_TABLE(p_places, '$[*]' COLUMNS (
                      waiting  BIGINT      PATH '$[0]' ERROR ON ERROR,
                      movement VARCHAR(33) PATH '$[1]' ERROR ON ERROR,
                      sequence BIGINT      PATH '$[2]' ERROR ON ERROR)) AS p) DO
        IF v_row.movement IS NOT NULL THEN
            UPDATE movement SET sequence = v_row.sequence WHERE id = UNHEX(v_row.movement);
        END IF;
        DELETE FROM seal_queue WHERE id = v_row.waiting;
        SET v_removed = v_removed + ROW_COUNT();
    END FOR;
    IF v_removed <> JSON_LENGTH(p_places) THEN
        ROLLBACK;
        LEAVE seal;
    END IF;
    INSERT INTO audit (sequence, kind, movement_sequence, user_id, at, hash, entry)
    SELECT sequence, kind, movement, user, at, UNHEX(hash), CONCAT(entry, '')
      FROM JSON_TABLE(p_entries, '$[*]' COLUMNS (
               sequence BIGINT      PATH '$[0]' ERROR ON ERROR,
               kind     VARCHAR(41) PATH '$[1]' ERROR ON ERROR,
               movement BIGINT      PATH '$[2]' ERROR ON ERROR,
               user     BIGINT      PATH '$[3]' ERROR ON ERROR,
               at       BIGINT      PATH '$[4]' ERROR ON ERROR,
               hash     VARCHAR(65) PATH '$[5]' ERROR ON ERROR,
               entry    LONGTEXT    PATH '$[6]' ERROR ON ERROR)) AS e;
    INSERT INTO outbox (position, id, type, subject, at, movement_sequence, traceparent, data)
    SELECT position, UNHEX(id), type, subject, at, movement, traceparent, CONCAT(data, '')
      FROM JSON_TABLE(p_events, '$[*]' COLUMNS (
               position    BIGINT       PATH '$[0]' ERROR ON ERROR,
               id          VARCHAR(33)  PATH '$[1]' ERROR ON ERROR,
               type        VARCHAR(61)  PATH '$[2]' ERROR ON ERROR,
               subject     VARCHAR(121) PATH '$[3]' ERROR ON ERROR,
               at          BIGINT       PATH '$[4]' ERROR ON ERROR,
               movement    BIGINT       PATH '$[5]' ERROR ON ERROR,
               traceparent VARCHAR(101) PATH '$[6]' ERROR ON ERROR,
               data        LONGTEXT     PATH '$[7]' ERROR ON ERROR)) AS e;
    COMMIT;
    SET p_status = 'sealed';
END
