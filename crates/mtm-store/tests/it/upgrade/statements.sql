(SELECT id, quantity FROM movement AS receipt WHERE part_id = ? AND sequence IS NULL AND type = 'in' AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id)) UNION ALL (SELECT id, quantity FROM movement AS receipt WHERE part_id = ? AND sequence IS NOT NULL AND type = 'in' AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id) ORDER BY sequence DESC LIMIT ?)
CALL mtm_apply(?, ?)
CALL mtm_post(?, ?)
CALL mtm_seal(?, ?)
DELETE FROM idempotency_key WHERE id <= ? AND recorded_at < ?
DELETE FROM session WHERE expires_at <= ?
DELETE FROM session WHERE user_id = ?
INSERT IGNORE INTO item_type (uid, code, folded) VALUES (?, ?, ?)
INSERT IGNORE INTO lease (name) VALUES (?)
INSERT IGNORE INTO operation (uid, code, folded, description) VALUES (?, ?, ?, 'No routing')
INSERT IGNORE INTO reason (uid, kind, code, description, needs_notes) VALUES (?, ?, ?, ?, ?)
INSERT IGNORE INTO site (id, name, time_zone, created_at) VALUES (1, 'plant', 'UTC', ?)
INSERT IGNORE INTO user (id, uid, kind, name, folded, role, created_at) VALUES (?, ?, 'system', 'system', 'SYSTEM', 'admin', ?)
INSERT INTO color_code (uid, code, version, folded) VALUES (?, ?, 1, ?)
INSERT INTO idempotency_key ("key", fingerprint, user_id, recorded_at, command_id, signature, status, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO import (id, kind, file_name, source_hash, state, created_by, created_at, "rows", refused, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO item_type (uid, code, version, folded) VALUES (?, ?, 1, ?)
INSERT INTO legacy_migration (source_hash, finished_at, report) VALUES (?, ?, ?)
INSERT INTO legacy_movement (id, type, lot, part, from_location, to_location, operation, quantity, notes, color_code, work_order, user, item_type, occurred_at, verbatim) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO location (uid, code, version, folded) VALUES (?, ?, 1, ?)
INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes, received_at, received_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO operation (uid, code, version, folded) VALUES (?, ?, 1, ?)
INSERT INTO part (uid, code, version, folded) VALUES (?, ?, 1, ?)
INSERT INTO quick_button (user_id, slot, part_id, operation_id, quantity) VALUES (?, ?, ?, ?, ?)
INSERT INTO seal_queue (audit_kind, entry, user_id, at) VALUES (?, ?, ?, ?)
INSERT INTO seal_queue (event_id, event_type, subject, data, at, traceparent) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO session (secret_hash, uid, user_id, csrf, user_agent, created_at, last_seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO setup_link (secret_hash, expires_at) VALUES (?, ?)
INSERT INTO token (uid, user_id, name, scope, secret_hash, owns_lots, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
INSERT INTO user (uid, kind, name, folded, display_name, role, password_hash, intent_window, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
REPLACE INTO alias (noun, folded, row_id) VALUES (?, ?, ?)
REPLACE INTO mtm_schema (id, version) VALUES (1, ?)
REPLACE INTO quick_button (user_id, slot, part_id, operation_id, quantity, location_id) VALUES (?, ?, ?, ?, ?, ?)
SELECT DISTINCT operation_id, location_id FROM stock WHERE part_id = ? LIMIT ?
SELECT EXISTS (SELECT 1 FROM movement) OR EXISTS (SELECT 1 FROM legacy_movement)
SELECT EXISTS (SELECT 1 FROM token WHERE name = ? AND revoked_at IS NULL)
SELECT EXISTS (SELECT 1 FROM user WHERE folded = ?)
SELECT LAST_INSERT_ID()
SELECT at FROM audit ORDER BY sequence DESC LIMIT 1
SELECT audit.sequence, audit.kind, audit.movement_sequence, audit.user_id, audit.at, audit.entry, audit.hash, movement.sequence, movement.id, movement.type, movement.part_id, movement.lot, movement.quantity, movement.from_account, movement.from_operation_id, movement.from_location_id, movement.to_account, movement.to_operation_id, movement.to_location_id, movement.to_lot, movement.recorded_at, movement.user_id, movement.reason, movement.notes, movement.notes_salt, movement.reverses, movement.station, movement.app_version, movement.shift, movement.occurred_at, movement.import_id, movement.session_id FROM audit LEFT JOIN movement ON movement.sequence = audit.movement_sequence WHERE audit.sequence >= ? AND audit.sequence <= ? ORDER BY audit.sequence LIMIT ?
SELECT coalesce(sum(quantity), 0) FROM stock WHERE part_id = ? AND (? IS NULL OR operation_id = ?) AND (? IS NULL OR location_id = ?)
SELECT count(*) FROM (SELECT 1 FROM movement WHERE lot >= ? AND lot < ? LIMIT ?) AS probed
SELECT count(*) FROM hold WHERE released_at IS NULL
SELECT count(*) FROM legacy_movement
SELECT count(*) FROM location
SELECT count(*) FROM lot
SELECT count(*) FROM lot WHERE lot BETWEEN ? AND ? AND length(lot) = 10
SELECT count(*) FROM operation
SELECT count(*) FROM part
SELECT count(*) FROM stock
SELECT count(*) FROM user
SELECT count(*) FROM user WHERE kind = 'person' AND role = 'admin' AND disabled_at IS NULL AND (password_hash IS NOT NULL OR (SELECT demo FROM site WHERE id = 1))
SELECT fence FROM lease WHERE name = 'sealer' AND owner = ? AND expires_at > now(6)
SELECT fingerprint, status, body FROM idempotency_key WHERE "key" = ?
SELECT hash FROM audit WHERE sequence = ?
SELECT id FROM movement WHERE reverses = ?
SELECT id, folded FROM part WHERE folded >= ? AND folded < ? ORDER BY folded LIMIT ?
SELECT id, folded FROM user
SELECT id, kind, file_name, source_hash, state, created_by, created_at, finished_at, "rows", refused, 'null' FROM import WHERE id < ? ORDER BY id DESC LIMIT ?
SELECT id, kind, file_name, source_hash, state, created_by, created_at, finished_at, "rows", refused, 'null' FROM import WHERE source_hash = ? AND id <> ? AND EXISTS ( SELECT 1 FROM movement AS booked WHERE booked.import_id = import.id AND booked.reverses IS NULL AND NOT EXISTS (SELECT 1 FROM movement AS reversal WHERE reversal.reverses = booked.id)) ORDER BY id DESC LIMIT 1
SELECT id, kind, file_name, source_hash, state, created_by, created_at, finished_at, "rows", refused, detail FROM import WHERE id = ?
SELECT id, lot, part_id, location_id, reason FROM hold WHERE released_at IS NULL ORDER BY placed_at, id
SELECT id, lot, part_id, location_id, reason, notes, placed_by, placed_at, released_by, released_at FROM hold WHERE id < ? AND (NOT ? OR released_at IS NULL) ORDER BY id DESC LIMIT ?
SELECT id, lot, part_id, location_id, reason, notes, placed_by, placed_at, released_by, released_at FROM hold WHERE released_at IS NULL AND location_id = ?
SELECT id, lot, part_id, location_id, reason, notes, placed_by, placed_at, released_by, released_at FROM hold WHERE released_at IS NULL AND lot = ?
SELECT id, lot, part_id, location_id, reason, notes, placed_by, placed_at, released_by, released_at FROM hold WHERE released_at IS NULL AND part_id = ?
SELECT id, type, lot, part, from_location, to_location, operation, quantity, notes, color_code, work_order, user, item_type, occurred_at FROM legacy_movement WHERE id < ? ORDER BY id DESC LIMIT ?
SELECT id, type, lot, part, from_location, to_location, operation, quantity, notes, color_code, work_order, user, item_type, occurred_at FROM legacy_movement WHERE lot = ? ORDER BY occurred_at DESC, id DESC LIMIT ?
SELECT id, uid, code, description, retired_at, unverified, version FROM color_code ORDER BY id
SELECT id, uid, code, description, retired_at, unverified, version FROM color_code WHERE id = ?
SELECT id, uid, code, description, retired_at, unverified, version FROM item_type ORDER BY id
SELECT id, uid, code, description, retired_at, unverified, version FROM item_type WHERE id = ?
SELECT id, uid, code, description, retired_at, unverified, version FROM operation ORDER BY id
SELECT id, uid, code, description, retired_at, unverified, version FROM operation WHERE id = ?
SELECT id, uid, code, description, retired_at, unverified, version, building, type FROM location ORDER BY id
SELECT id, uid, code, description, retired_at, unverified, version, building, type FROM location WHERE id = ?
SELECT id, uid, code, description, retired_at, unverified, version, kind, needs_notes FROM reason ORDER BY id
SELECT id, uid, kind, name, display_name, role, password_hash, intent_window, created_at, disabled_at, version FROM user ORDER BY folded
SELECT id, uid, kind, name, display_name, role, password_hash, intent_window, created_at, disabled_at, version FROM user WHERE folded = ?
SELECT id, uid, kind, name, display_name, role, password_hash, intent_window, created_at, disabled_at, version FROM user WHERE folded = ? AND kind = 'person'
SELECT id, uid, kind, name, display_name, role, password_hash, intent_window, created_at, disabled_at, version FROM user WHERE id = ?
SELECT id, uid, kind, name, display_name, role, password_hash, intent_window, created_at, disabled_at, version FROM user WHERE uid = ?
SELECT lot FROM lot WHERE lot > ? ORDER BY lot LIMIT ?
SELECT lot FROM lot WHERE parent = ? ORDER BY lot LIMIT ?
SELECT lot, part_id, location_id FROM hold WHERE placed_at <= ? AND (released_at IS NULL OR released_at > ?)
SELECT m.sequence, m.id, m.type, m.part_id, m.lot, m.to_lot, m.quantity, m.from_account, m.from_operation_id, m.from_location_id, m.to_account, m.to_operation_id, m.to_location_id, m.recorded_at, m.occurred_at, m.user_id, m.station, m.shift, m.reason, CASE WHEN m.type IN ('in', 'opening') THEN coalesce(m.notes, l.notes) ELSE m.notes END, m.reverses, r.id, m.import_id, m.session_id FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed STRAIGHT_JOIN movement m ON m.sequence = listed.value STRAIGHT_JOIN lot l ON l.lot = m.lot LEFT JOIN movement r ON r.reverses = m.id
SELECT m.sequence, m.lot, m.to_lot, m.station, m.notes, CASE WHEN ? THEN (SELECT l.work_order FROM lot l WHERE l.lot = m.lot) END, CASE WHEN ? THEN (SELECT l.notes FROM lot l WHERE l.lot = m.lot) END FROM (SELECT sequence FROM movement WHERE lot >= ? AND lot < ? UNION SELECT sequence FROM movement WHERE to_lot >= ? AND to_lot < ?) AS found STRAIGHT_JOIN movement m ON m.sequence = found.sequence WHERE m.sequence BETWEEN ? AND ? AND (? IS NULL OR m.type IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value VARCHAR(60) PATH '$')) AS listed)) AND (? IS NULL OR m.user_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.from_operation_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed) OR m.to_operation_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.from_location_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed) OR m.to_location_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.part_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.import_id = ?) AND (? IS NULL OR ? = EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id)) ORDER BY m.sequence DESC LIMIT ?
SELECT m.sequence, m.lot, m.to_lot, m.station, m.notes, CASE WHEN ? THEN (SELECT l.work_order FROM lot l WHERE l.lot = m.lot) END, CASE WHEN ? THEN (SELECT l.notes FROM lot l WHERE l.lot = m.lot) END FROM movement m FORCE INDEX (movement_by_part) WHERE m.part_id = ? AND m.sequence BETWEEN ? AND ? AND (? IS NULL OR m.type IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value VARCHAR(60) PATH '$')) AS listed)) AND (? IS NULL OR m.user_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.from_operation_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed) OR m.to_operation_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.from_location_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed) OR m.to_location_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.part_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.import_id = ?) AND (? IS NULL OR ? = EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id)) ORDER BY m.sequence DESC LIMIT ?
SELECT m.sequence, m.lot, m.to_lot, m.station, m.notes, CASE WHEN ? THEN (SELECT l.work_order FROM lot l WHERE l.lot = m.lot) END, CASE WHEN ? THEN (SELECT l.notes FROM lot l WHERE l.lot = m.lot) END FROM movement m FORCE INDEX (sequence) WHERE m.sequence BETWEEN ? AND ? AND (? IS NULL OR m.type IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value VARCHAR(60) PATH '$')) AS listed)) AND (? IS NULL OR m.user_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.from_operation_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed) OR m.to_operation_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.from_location_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed) OR m.to_location_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.part_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) AND (? IS NULL OR m.import_id = ?) AND (? IS NULL OR ? = EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id)) ORDER BY m.sequence DESC LIMIT ?
SELECT master_version FROM site WHERE id = 1
SELECT max(at) FROM seal_queue
SELECT max(id) FROM (SELECT id FROM idempotency_key ORDER BY id LIMIT ?) AS oldest
SELECT max(position) FROM outbox
SELECT max(sequence) FROM audit
SELECT max(sequence) FROM movement
SELECT movement_sequence FROM audit WHERE sequence <= ? AND movement_sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1
SELECT name FROM user WHERE id = ?
SELECT name, time_zone, demo, created_at FROM site WHERE id = 1
SELECT noun, folded, row_id FROM alias
SELECT operation_id, location_id, quantity FROM stock WHERE lot = ?
SELECT operation_id, location_id, quantity, part_id, received_at FROM stock WHERE lot = ? ORDER BY operation_id, location_id
SELECT part.id, part.uid, part.code, part.description, part.retired_at, part.unverified, part.version, item_type.code, part.requires_color, part.requires_work_order, part.max_quantity, part.operations, part.customer FROM part LEFT JOIN item_type ON item_type.id = part.item_type_id ORDER BY part.id
SELECT part.id, part.uid, part.code, part.description, part.retired_at, part.unverified, part.version, item_type.code, part.requires_color, part.requires_work_order, part.max_quantity, part.operations, part.customer FROM part LEFT JOIN item_type ON item_type.id = part.item_type_id WHERE part.id = ?
SELECT part_id, item_type_id, color_id, work_order, notes, received_at, received_by, parent, version FROM lot WHERE lot = ?
SELECT part_id, item_type_id, color_id, work_order, notes, received_at, received_by, version, ledger_version FROM lot WHERE lot = ?
SELECT part_id, received_at FROM lot WHERE lot = ?
SELECT q.id, q.movement_id, q.audit_kind, q.entry, q.event_id, q.event_type, q.subject, q.data, q.user_id, q.at, q.traceparent, movement.id, movement.type, movement.part_id, movement.lot, movement.quantity, movement.from_account, movement.from_operation_id, movement.from_location_id, movement.to_account, movement.to_operation_id, movement.to_location_id, movement.to_lot, movement.recorded_at, movement.user_id, movement.reason, movement.notes, movement.notes_salt, movement.reverses, movement.station, movement.app_version, movement.shift, movement.occurred_at, movement.import_id, movement.session_id FROM seal_queue AS q LEFT JOIN movement ON movement.id = q.movement_id ORDER BY q.id LIMIT ?
SELECT q.slot, p.code, o.code, q.quantity, l.code FROM quick_button q JOIN part p ON p.id = q.part_id JOIN operation o ON o.id = q.operation_id LEFT JOIN location l ON l.id = q.location_id WHERE q.user_id = ? ORDER BY q.slot
SELECT recorded_at FROM idempotency_key ORDER BY id DESC LIMIT 1
SELECT report FROM legacy_migration WHERE source_hash = ?
SELECT s.part_id, s.operation_id, s.location_id, s.lot, s.quantity, s.received_at FROM stock s WHERE s.part_id = ? AND (s.operation_id, s.location_id, s.received_at, s.lot) > (?, ?, ?, ?) AND +s.operation_id >= ? ORDER BY s.operation_id, s.location_id, s.received_at, s.lot LIMIT ?
SELECT s.part_id, s.operation_id, s.location_id, s.lot, s.quantity, s.received_at, l.item_type_id, l.color_id, l.work_order, l.notes, l.received_by FROM stock s LEFT JOIN lot l ON l.lot = s.lot WHERE s.part_id = ? AND s.operation_id = ? AND s.location_id = ? AND (s.received_at, s.lot) > (?, ?) AND +s.received_at >= ? ORDER BY s.received_at, s.lot LIMIT ?
SELECT sequence FROM movement WHERE lot = ? AND sequence > 0 UNION SELECT sequence FROM movement WHERE to_lot = ? AND sequence > 0 ORDER BY sequence DESC LIMIT ?
SELECT sequence, at FROM audit WHERE sequence >= ? ORDER BY sequence LIMIT 1
SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1
SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id, from_location_id, to_account, to_operation_id, to_location_id, to_lot FROM movement WHERE lot = ? AND sequence > ? UNION ALL SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id, from_location_id, to_account, to_operation_id, to_location_id, to_lot FROM movement WHERE to_lot = ? AND sequence > ? ORDER BY sequence LIMIT ?
SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id, from_location_id, to_account, to_operation_id, to_location_id, to_lot FROM movement WHERE lot = ? AND sequence IS NULL UNION ALL SELECT sequence, id, part_id, lot, quantity, from_account, from_operation_id, from_location_id, to_account, to_operation_id, to_location_id, to_lot FROM movement WHERE to_lot = ? AND sequence IS NULL ORDER BY id
SELECT sequence, id, recorded_at, type, user_id, quantity, part_id, lot, from_operation_id, from_location_id, coalesce(to_lot, lot) AS end_lot, to_operation_id, to_location_id FROM movement FORCE INDEX (movement_by_part) WHERE part_id = ? AND sequence <= ? AND sequence > ? AND (? IS NULL OR from_operation_id = ? OR to_operation_id = ?) AND (? IS NULL OR from_location_id = ? OR to_location_id = ?) ORDER BY sequence DESC LIMIT ?
SELECT sequence, id, type, part_id, lot, quantity, from_account, from_operation_id, from_location_id, to_account, to_operation_id, to_location_id, to_lot, recorded_at, user_id, reason, notes, reverses FROM movement WHERE id = ? ORDER BY recorded_at DESC, id DESC LIMIT 9223372036854775807
SELECT sequence, kind, user_id, at, entry, hash FROM audit WHERE sequence BETWEEN ? AND ? AND (? IS NULL OR kind = ?) AND (? IS NULL OR user_id IN (SELECT value FROM JSON_TABLE(?, '$[*]' COLUMNS (value BIGINT PATH '$')) AS listed)) ORDER BY sequence DESC LIMIT ?
SELECT sequence, part_id, quantity, lot, from_operation_id, from_location_id, coalesce(to_lot, lot), to_operation_id, to_location_id FROM movement FORCE INDEX (sequence) WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?
SELECT sequence, recorded_at FROM movement WHERE sequence >= ? ORDER BY sequence LIMIT 1
SELECT t.uid, t.user_id, t.name, t.scope, t.owns_lots, u.intent_window, t.created_at, t.last_used_at, t.revoked_at FROM token t JOIN user u ON u.id = t.user_id ORDER BY t.name, t.id
SELECT t.uid, t.user_id, t.name, t.scope, t.owns_lots, u.intent_window, t.created_at, t.last_used_at, t.revoked_at FROM token t JOIN user u ON u.id = t.user_id WHERE t.secret_hash = ? AND t.revoked_at IS NULL AND u.disabled_at IS NULL
SELECT t.uid, t.user_id, t.name, t.scope, t.owns_lots, u.intent_window, t.created_at, t.last_used_at, t.revoked_at FROM token t JOIN user u ON u.id = t.user_id WHERE t.uid = ?
SELECT twin.command_id, twin.recorded_at FROM idempotency_key AS twin WHERE twin.user_id = ? AND twin.recorded_at > ? AND twin.signature = ? AND twin.command_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses BETWEEN twin.command_id AND concat(left(twin.command_id, 14), x'FFFF')) ORDER BY twin.recorded_at DESC LIMIT 1
UPDATE color_code SET code = ?, description = ?, retired_at = ?, unverified = ?, version = ? WHERE id = ?
UPDATE color_code SET folded = ? WHERE id = ?
UPDATE import SET state = ?, finished_at = ? WHERE id = ? AND state = ?
UPDATE item_type SET code = ?, description = ?, retired_at = ?, unverified = ?, version = ? WHERE id = ?
UPDATE item_type SET folded = ? WHERE id = ?
UPDATE lease SET expires_at = '2000-01-01 00:00:00' WHERE name = 'sealer' AND owner = ?
UPDATE lease SET expires_at = now(6) + INTERVAL ? SECOND WHERE name = 'sealer' AND owner = ? AND expires_at > now(6)
UPDATE lease SET owner = ?, fence = fence + 1, expires_at = now(6) + INTERVAL ? SECOND WHERE name = 'sealer' AND expires_at <= now(6)
UPDATE lease SET work = work + 1 WHERE name = 'administration'
UPDATE location SET building = ?, type = ? WHERE id = ?
UPDATE location SET code = ?, description = ?, retired_at = ?, unverified = ?, version = ? WHERE id = ?
UPDATE location SET folded = ? WHERE id = ?
UPDATE operation SET code = ?, description = ?, retired_at = ?, unverified = ?, version = ? WHERE id = ?
UPDATE operation SET folded = ? WHERE id = ?
UPDATE part SET code = ?, description = ?, retired_at = ?, unverified = ?, version = ? WHERE id = ?
UPDATE part SET customer = ?, requires_color = ?, requires_work_order = ?, max_quantity = ?, operations = ?, item_type_id = (SELECT id FROM item_type WHERE folded = ?) WHERE id = ?
UPDATE part SET folded = ? WHERE id = ?
UPDATE setup_link SET used_at = ? WHERE used_at IS NULL
UPDATE site SET lot_counter = ? WHERE id = 1 AND lot_counter < ?
UPDATE site SET lot_counter = LAST_INSERT_ID(lot_counter + ?) WHERE id = 1
UPDATE site SET master_version = master_version + 1 WHERE id = 1
UPDATE site SET name = ?, time_zone = ?, demo = ? WHERE id = 1
UPDATE token SET last_used_at = ? WHERE uid = ?
UPDATE user SET disabled_at = ? WHERE id = ?
UPDATE user SET display_name = ?, role = ?, intent_window = ?, disabled_at = ?, password_hash = coalesce(?, password_hash), version = version + 1 WHERE id = ?
