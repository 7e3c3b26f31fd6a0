-- Pieces of a part below which somebody wants to be told; NULL: nobody does.
ALTER TABLE part ADD COLUMN IF NOT EXISTS minimum_stock BIGINT CHECK (minimum_stock > 0);

-- The parts of which was told that their stock is below the minimum, up to the movement that
-- `derived_position` has under `minimum`. Who has recovered is taken out.
CREATE TABLE IF NOT EXISTS below_minimum (
    part_id BIGINT NOT NULL PRIMARY KEY,
    since   BIGINT NOT NULL,
    FOREIGN KEY (part_id) REFERENCES part (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
