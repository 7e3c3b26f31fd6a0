//! Movements and places in one line of words.

use maud::{Markup, html};

use super::badge::{self, MovementType};
use crate::ui::format::{lot_link, pieces};

/// A fact of the ledger, as lists show it.
#[derive(Clone, Debug, Default)]
pub struct Movement {
    /// Movement id.
    pub id: String,
    /// Feed position; `None` until sealed.
    pub sequence: Option<i64>,
    /// Type.
    pub kind: MovementType,
    /// Part number.
    pub part: String,
    /// Source operation; empty if the pieces came from outside.
    pub operation: String,
    /// Source location.
    pub location: String,
    /// Destination operation; empty if the pieces left.
    pub to_operation: String,
    /// Destination location.
    pub to_location: String,
    /// Lot number.
    pub lot: String,
    /// The lot that the pieces joined, where that is another one; else empty.
    pub to_lot: String,
    /// Pieces.
    pub quantity: i64,
    /// Who booked it.
    pub user: String,
    /// Server's time, RFC 3339 UTC.
    pub recorded_at: String,
    /// Notes and reason.
    pub notes: String,
    /// Id of the movement that undid this one; empty if none did.
    pub reversed_by: String,
    /// Id of the movement that this one undid; empty unless it is a reversal.
    pub reverses: String,
    /// Read from the legacy log; never counted.
    pub legacy: bool,
    /// It happened in a period that was closed when it was recorded.
    pub in_closed_period: bool,
}

/// `R-E4-18 · 19`.
pub fn place(location: &str, operation: &str) -> Markup {
    html! {
        @if !location.is_empty() {
            span class="nowrap" { span class="code" { (location) } @if !operation.is_empty() { " · " (operation) } }
        }
    }
}

/// `from → to`, with the outside left blank; of pieces that changed their lot, both lots.
pub fn path(movement: &Movement) -> Markup {
    let joins = !movement.to_lot.is_empty();
    html! {
        (place(&movement.location, &movement.operation))
        @if joins { " · " (lot(&movement.lot)) }
        @if !movement.location.is_empty() { " " }
        span class="nowrap" {
            span class="arrow" { "→" }
            @if joins {
                (lot(&movement.to_lot))
            } @else if movement.to_location.is_empty() {
                span class="quiet" { (outside(movement.kind)) }
            } @else {
                (place(&movement.to_location, &movement.to_operation))
            }
        }
    }
}

fn lot(number: &str) -> Markup {
    html! { span class="nowrap" { "lot " a class="code" href=(lot_link(number)) { (number) } } }
}

/// Type with the mark of an undone movement.
pub fn kind(movement: &Movement) -> Markup {
    html! {
        (badge::movement(movement.kind))
        @if !movement.reversed_by.is_empty() { " " (badge::plain("undone")) }
        @if movement.in_closed_period { " " (badge::plain("closed period")) }
        @if movement.legacy { " " (badge::plain("old system")) }
    }
}

/// The quantity, struck through when the movement was undone (the badge says so in words).
pub fn quantity(movement: &Movement) -> Markup {
    html! { span class={ "qty" @if !movement.reversed_by.is_empty() { " struck" } } { (pieces(movement.quantity)) } }
}

const fn outside(kind: MovementType) -> &'static str {
    match kind {
        MovementType::Scrap => "scrap",
        MovementType::Adjust => "count",
        MovementType::Reversal => "taken back",
        _ => "out",
    }
}
