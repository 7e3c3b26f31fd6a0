CREATE OR REPLACE TRIGGER movement_is_never_removed BEFORE DELETE ON movement FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41010, MESSAGE_TEXT = 'mtm: movements are never removed';

CREATE OR REPLACE TRIGGER movement_is_only_sealed BEFORE UPDATE ON movement FOR EACH ROW
    IF OLD.sequence IS NOT NULL OR NOT (
           OLD.id <=> NEW.id AND OLD.type <=> NEW.type AND OLD.part_id <=> NEW.part_id AND OLD.lot <=> NEW.lot
           AND OLD.quantity <=> NEW.quantity AND OLD.from_account <=> NEW.from_account
           AND OLD.from_operation_id <=> NEW.from_operation_id AND OLD.from_location_id <=> NEW.from_location_id
           AND OLD.to_account <=> NEW.to_account AND OLD.to_operation_id <=> NEW.to_operation_id
           AND OLD.to_location_id <=> NEW.to_location_id AND OLD.to_lot <=> NEW.to_lot
           AND OLD.recorded_at <=> NEW.recorded_at AND OLD.user_id <=> NEW.user_id
           AND OLD.reason <=> NEW.reason AND OLD.notes <=> NEW.notes AND OLD.notes_salt <=> NEW.notes_salt
           AND OLD.reverses <=> NEW.reverses AND OLD.station <=> NEW.station
           AND OLD.app_version <=> NEW.app_version AND OLD.shift <=> NEW.shift
           AND OLD.occurred_at <=> NEW.occurred_at AND OLD.import_id <=> NEW.import_id
           AND OLD.session_id <=> NEW.session_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41011, MESSAGE_TEXT = 'mtm: movements are never changed';
    END IF;

CREATE OR REPLACE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41012, MESSAGE_TEXT = 'mtm: audit entries are never changed';

CREATE OR REPLACE TRIGGER audit_is_never_removed BEFORE DELETE ON audit FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 41013, MESSAGE_TEXT = 'mtm: audit entries are never removed';
