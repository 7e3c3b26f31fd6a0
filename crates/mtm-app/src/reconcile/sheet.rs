//! Breaks as a sheet.

use mtm_core::erp::ErpQuantity;

use super::{BreakRow, Breaks};
use crate::report::{Cell, Tabular};

impl Tabular for Breaks {
    fn columns(&self) -> Vec<&'static str> {
        vec![
            "id",
            "peer",
            "class",
            "part",
            "warehouse",
            "location",
            "subject",
            "state",
            "ours",
            "on_hand",
            "ledger",
            "difference",
            "cause",
            "fix",
            "owner",
            "first_seen_at",
            "last_seen_at",
            "closed_by",
            "close_code",
            "close_note",
        ]
    }

    fn rows(&self) -> Vec<Vec<Cell>> {
        self.items.iter().map(cells).collect()
    }
}

fn cells(row: &BreakRow) -> Vec<Cell> {
    vec![
        Cell::pieces(row.id),
        Cell::text(&row.peer),
        Cell::text(&row.class.as_str()),
        maybe(row.part.as_ref()),
        maybe(row.warehouse.as_ref()),
        maybe(row.location.as_ref()),
        maybe(row.subject.as_ref()),
        Cell::text(&row.state.as_str()),
        figure(row.ours),
        figure(row.on_hand),
        figure(row.ledger),
        figure(Some(row.difference)),
        Cell::text(&row.cause),
        Cell::text(&row.fix.in_words()),
        maybe(row.owner.as_ref()),
        Cell::text(&row.first_seen_at),
        Cell::text(&row.last_seen_at),
        maybe(row.closed_by.as_ref()),
        maybe(row.close_code.as_ref()),
        maybe(row.close_note.as_ref()),
    ]
}

fn maybe(text: Option<&String>) -> Cell {
    text.map_or(Cell::Empty, Cell::text)
}

#[expect(clippy::cast_precision_loss, reason = "no sheet holds more digits")]
fn figure(quantity: Option<ErpQuantity>) -> Cell {
    quantity.map_or(Cell::Empty, |it| Cell::Number(it.units() as f64 / 1_000_000.0))
}
