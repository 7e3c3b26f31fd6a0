CREATE OR REPLACE PROCEDURE mtm_seal (
    -- {"owner": hex, "fence": n, "after": n, "before": hex,
    --  "movements": [{"id", "sequence"}], "entries": [{"sequence", "kind", "movement", "user", "at", "entry", "hash"}],
    --  "events": [{"position", "id", "type", "subject", "at", "movement", "traceparent", "data"}], "queue": [id, ...]}
    IN p_batch LONGTEXT,
    -- 'sealed', 'lost' (the lease is somebody else's by now), 'moved' (the chain is longer than was read)
    OUT p_status VARCHAR(20)
)
SQL SECURITY DEFINER
MODIFIES SQL DATA
COMMENT 'Gives what was committed its place in the log, the chain and the outbox, if the caller holds the lease'
seal: BEGIN
    DECLARE v_held INT DEFAULT 0;
    DECLARE v_last BIGINT DEFAULT 0;
    DECLARE v_removed BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    IF NOT COALESCE(JSON_VALID(p_batch) AND JSON_TYPE(p_batch) = 'OBJECT', FALSE)
       OR JSON_VALUE(p_batch, '$.owner') IS NULL OR JSON_VALUE(p_batch, '$.fence') IS NULL
       OR JSON_VALUE(p_batch, '$.after') IS NULL OR JSON_LENGTH(p_batch, '$.queue') IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41006, MESSAGE_TEXT = 'mtm: this is nothing to seal';
    END IF;
    SET p_status = 'lost';
    START TRANSACTION;
    -- The row is written, not only read: on a cluster two nodes cannot both commit this.
    UPDATE lease SET work = work + 1
     WHERE name = 'sealer' AND owner = UNHEX(JSON_VALUE(p_batch, '$.owner')) AND fence = JSON_VALUE(p_batch, '$.fence');
    SET v_held = ROW_COUNT();
    IF v_held <> 1 THEN
        ROLLBACK;
        LEAVE seal;
    END IF;
    SET p_status = 'moved';
    SELECT COALESCE(MAX(sequence), 0) INTO v_last FROM audit;
    IF v_last <> JSON_VALUE(p_batch, '$.after') THEN
        ROLLBACK;
        LEAVE seal;
    END IF;

    -- One by one, by the key: an UPDATE that joins a JSON_TABLE may scan, and a scan waits for
    -- what others have not committed yet.
    FOR v_row IN (SELECT m.id, m.sequence FROM JSON_TABLE(p_batch, '$.movements[*]' COLUMNS (
                      id VARCHAR(33) PATH '$.id' ERROR ON ERROR, sequence BIGINT PATH '$.sequence' ERROR ON ERROR)) AS m) DO
        UPDATE movement SET sequence = v_row.sequence WHERE id = UNHEX(v_row.id);
    END FOR;
    INSERT INTO audit (sequence, kind, movement_sequence, user_id, at, entry, hash)
    SELECT sequence, kind, movement, user, at, entry, UNHEX(hash)
      FROM JSON_TABLE(p_batch, '$.entries[*]' COLUMNS (
               sequence BIGINT      PATH '$.sequence' ERROR ON ERROR,
               kind     VARCHAR(41) PATH '$.kind' ERROR ON ERROR,
               movement BIGINT      PATH '$.movement' ERROR ON ERROR,
               user     BIGINT      PATH '$.user' ERROR ON ERROR,
               at       BIGINT      PATH '$.at' ERROR ON ERROR,
               entry    LONGTEXT    PATH '$.entry' ERROR ON ERROR,
               hash     VARCHAR(65) PATH '$.hash' ERROR ON ERROR)) AS e;
    INSERT INTO outbox (position, id, type, subject, at, movement_sequence, traceparent, data)
    SELECT position, UNHEX(id), type, subject, at, movement, traceparent, data
      FROM JSON_TABLE(p_batch, '$.events[*]' COLUMNS (
               position    BIGINT       PATH '$.position' ERROR ON ERROR,
               id          VARCHAR(33)  PATH '$.id' ERROR ON ERROR,
               type        VARCHAR(61)  PATH '$.type' ERROR ON ERROR,
               subject     VARCHAR(121) PATH '$.subject' ERROR ON ERROR,
               at          BIGINT       PATH '$.at' ERROR ON ERROR,
               movement    BIGINT       PATH '$.movement' ERROR ON ERROR,
               traceparent VARCHAR(101) PATH '$.traceparent' ERROR ON ERROR,
               data        LONGTEXT     PATH '$.data' ERROR ON ERROR)) AS e;
    FOR v_row IN (SELECT q.id FROM JSON_TABLE(p_batch, '$.queue[*]' COLUMNS (id BIGINT PATH '$' ERROR ON ERROR)) AS q) DO
        DELETE FROM seal_queue WHERE id = v_row.id;
        SET v_removed = v_removed + ROW_COUNT();
    END FOR;
    IF v_removed <> JSON_LENGTH(p_batch, '$.queue') THEN
        SET p_status = 'moved';
        ROLLBACK;
        LEAVE seal;
    END IF;
    COMMIT;
    SET p_status = 'sealed';
END
