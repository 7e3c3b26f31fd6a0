CREATE OR REPLACE SQL SECURITY DEFINER VIEW plant_stock AS
SELECT part.code AS part, operation.code AS operation, location.code AS location, stock.lot AS lot,
       stock.quantity DIV 1000000 AS quantity, FROM_UNIXTIME(stock.received_at / 1000000) AS received_at,
       EXISTS (SELECT 1 FROM hold
                WHERE hold.released_at IS NULL
                  AND (hold.lot = stock.lot OR hold.part_id = stock.part_id OR hold.location_id = stock.location_id)) AS held
  FROM stock
  JOIN part ON part.id = stock.part_id
  JOIN operation ON operation.id = stock.operation_id
  JOIN location ON location.id = stock.location_id

CREATE OR REPLACE SQL SECURITY DEFINER VIEW plant_lot AS
SELECT lot.lot AS lot, part.code AS part, item_type.code AS item_type, color_code.code AS color_code,
       lot.work_order AS work_order, lot.notes AS notes, FROM_UNIXTIME(lot.received_at / 1000000) AS received_at,
       user.name AS received_by, lot.parent AS parent
  FROM lot
  JOIN part ON part.id = lot.part_id
  LEFT JOIN item_type ON item_type.id = lot.item_type_id
  LEFT JOIN color_code ON color_code.id = lot.color_id
  LEFT JOIN user ON user.id = lot.received_by

CREATE OR REPLACE SQL SECURITY DEFINER VIEW plant_movement AS
SELECT movement.sequence AS sequence, LOWER(HEX(movement.id)) AS movement, movement.type AS type, part.code AS part,
       movement.lot AS lot, movement.to_lot AS to_lot, movement.quantity DIV 1000000 AS quantity,
       from_operation.code AS from_operation, from_location.code AS from_location,
       to_operation.code AS to_operation, to_location.code AS to_location,
       FROM_UNIXTIME(movement.recorded_at / 1000000) AS recorded_at, user.name AS user,
       movement.reason AS reason, movement.notes AS notes
  FROM movement
  JOIN part ON part.id = movement.part_id
  JOIN user ON user.id = movement.user_id
  LEFT JOIN operation AS from_operation ON from_operation.id = movement.from_operation_id
  LEFT JOIN location AS from_location ON from_location.id = movement.from_location_id
  LEFT JOIN operation AS to_operation ON to_operation.id = movement.to_operation_id
  LEFT JOIN location AS to_location ON to_location.id = movement.to_location_id
 WHERE movement.sequence IS NOT NULL
