-- Pieces of a part below which somebody wants to be told; NULL: nobody does.
ALTER TABLE part ADD COLUMN minimum_stock INTEGER CHECK (minimum_stock > 0);

-- The parts of which was told that their stock is below the minimum, up to the movement that
-- `derived_position` has under `minimum`. Who has recovered is taken out.
CREATE TABLE below_minimum (
    part_id INTEGER PRIMARY KEY REFERENCES part (id),
    since   INTEGER NOT NULL
) STRICT;
