//! What Out and Move share: find lots, pick whole lots or parts of them, see the sum by part.

use maud::{Markup, html};

use crate::ui::{
    components::{
        badge,
        field::{Entry, Field, Kind, hidden},
        icon::{Icon, icon},
        state,
    },
    format::{lot_link, pieces, time},
};

/// The form that finds lots.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// Part number.
    pub part: Entry,
    /// Operation.
    pub operation: Entry,
    /// Location.
    pub location: Entry,
    /// The next lot to add.
    pub lot: Entry,
    /// Lots scanned or chosen so far.
    pub lots: Vec<String>,
    /// The page opens with an answer, so the cursor does not jump to the search.
    pub answered: bool,
}

/// A bucket that can be picked.
#[derive(Clone, Debug, Default)]
pub struct PickRow {
    /// Lot number.
    pub lot: String,
    /// Part number.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Pieces on hand; sent back as the expected quantity.
    pub on_hand: i64,
    /// When the lot was received, RFC 3339 UTC.
    pub received_at: String,
    /// Colour, work order and notes in one line.
    pub attributes: String,
    /// Reason of the hold; `None` if it is free.
    pub hold: Option<String>,
    /// Pieces of the lot are reserved.
    pub reserved: bool,
    /// Ticked.
    pub picked: bool,
    /// Pieces to pick; empty means all of them.
    pub quantity: Entry,
}

/// The found buckets.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// A search was made.
    pub searched: bool,
    /// The rows, oldest lot first.
    pub rows: Vec<PickRow>,
    /// Rows exist that are not shown.
    pub more: bool,
    /// When the rows were read, RFC 3339 UTC.
    pub shown_at: String,
}

/// Draws the search: `path` is the screen's address.
pub(crate) fn find(path: &str, find: &Find) -> Markup {
    let field = |name, label, kind, entry| Field::new("find", name, label, kind, entry).filter();
    html! {
        form id="find" class="panel" method="get" action=(path) data-find role="search" aria-label="Find lots" {
            @for lot in &find.lots { (hidden("lot", lot)) }
            div class="find" {
                (field("part", "Part", Kind::Part, &find.part).big().first(!find.answered).draw())
                (field("operation", "Operation", Kind::Operation, &find.operation).big().draw())
                (field("location", "Location", Kind::Location, &find.location).big().draw())
                (field("lot", "or a lot", Kind::Lot, &find.lot).big().draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Find" }
                    a class="button plain" href=(path) data-reset { "Start over" }
                }
            }
        }
    }
}

/// Draws the rows to tick, or what to do when there are none.
pub(crate) fn rows(path: &str, found: &Found) -> Markup {
    html! {
        @if !found.searched {
            (state::empty(&state::Empty {
                title: "Scan a lot, or find by part".into(),
                text: "Every further scan adds a lot to the list.".into(),
                action: None,
            }))
        } @else if found.rows.is_empty() {
            (state::empty(&state::Empty {
                title: "Nothing on hand that fits".into(),
                text: "It may stand at another operation or place, or it was taken already.".into(),
                action: Some(("Look in the history".into(), "/history".into())),
            }))
        } @else {
            (state::stale(&found.shown_at, path))
            (table(found))
            @if found.more { p class="quiet" { "More lots fit. Narrow the search to see them." } }
        }
    }
}

fn table(found: &Found) -> Markup {
    html! {
        div class="table-wrap cards-wrap" data-live-notice="*" {
            table class="table cards" role="table" data-pick {
                caption class="visually-hidden" { "Lots on hand, oldest first" }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { span class="visually-hidden" { "Pick" } }
                        th scope="col" role="columnheader" { "Part" }
                        th scope="col" role="columnheader" { "Place" }
                        th scope="col" role="columnheader" { "Operation" }
                        th scope="col" role="columnheader" { "Lot" }
                        th scope="col" role="columnheader" { "Received" }
                        th scope="col" role="columnheader" class="number" { "On hand" }
                        th scope="col" role="columnheader" class="number" { "How many" }
                    }
                }
                tbody role="rowgroup" { @for (index, row) in found.rows.iter().enumerate() { (draw(index, row)) } }
            }
        }
    }
}

fn draw(index: usize, row: &PickRow) -> Markup {
    let tick_id = format!("row-{index}-pick");
    let quantity_name = format!("row.{index}.quantity");
    html! {
        tr role="row" data-part=(row.part) data-on-hand=(row.on_hand) class=[row.picked.then_some("picked")] {
            td role="cell" class="pick-cell" {
                label class="tick" for=(tick_id) {
                    span class="visually-hidden" { "Pick lot " (row.lot) " of " (row.part) " at " (row.location) }
                    input type="checkbox" id=(tick_id) name={ "row." (index) ".pick" } value="1" checked[row.picked];
                }
                (hidden(&format!("row.{index}.lot"), &row.lot))
                (hidden(&format!("row.{index}.part"), &row.part))
                (hidden(&format!("row.{index}.operation"), &row.operation))
                (hidden(&format!("row.{index}.location"), &row.location))
                (hidden(&format!("row.{index}.on_hand"), &row.on_hand.to_string()))
            }
            th scope="row" role="rowheader" class="lead" { span class="code" { (row.part) } }
            td role="cell" data-label="Place" { span class="code" { (row.location) } }
            td role="cell" data-label="Operation" { span { (row.operation) } }
            td role="cell" data-label="Lot" {
                span {
                    a class="code" href=(lot_link(&row.lot)) { (row.lot) }
                    @if let Some(reason) = &row.hold { " " (badge::hold(reason)) }
                    @if row.reserved { " " (badge::plain("reserved")) }
                    @if !row.attributes.is_empty() { div class="small quiet" { (row.attributes) } }
                }
            }
            td role="cell" data-label="Received" class="small" { span { (time(&row.received_at)) } }
            td role="cell" data-label="On hand" class="number" { span class="qty" { (pieces(row.on_hand)) } }
            td role="cell" data-label="How many" class="number" {
                (how_many(&quantity_name, row))
            }
        }
    }
}

fn how_many(name: &str, row: &PickRow) -> Markup {
    let label = format!("Pieces of lot {}, empty means all {}", row.lot, pieces(row.on_hand));
    let field = Field::new("pick", name, &label, Kind::Count, &row.quantity)
        .empty_means("all")
        .class("bare");
    html! { div class="how-many" { (field.draw_bare()) } }
}

/// Draws the sum of what is picked; a script keeps it current.
pub(crate) fn summary(nothing: &str) -> Markup {
    html! {
        div class="pick-summary scripted" data-pick-summary data-nothing=(nothing) { span class="quiet" { (nothing) } }
    }
}
