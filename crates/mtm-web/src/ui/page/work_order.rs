//! One work order: what is wanted, what the ledger says of it, and its lots.

use maud::{Markup, html};

use super::work_orders::{due_words, state_words};
use crate::ui::components::{
    layout::{self, Shell, heading},
    state::{self, Empty},
    table::{Column, Row, Table, code, link, text},
};
use crate::ui::format::{self, pieces, time};

/// What the page of a work order shows.
#[derive(Clone, Debug, Default)]
pub struct WorkOrderPage {
    /// Frame.
    pub shell: Shell,
    /// Its number.
    pub code: String,
    /// Part number.
    pub part: String,
    /// What that is.
    pub description: String,
    /// Pieces ordered.
    pub quantity: i64,
    /// When it is meant to begin, RFC 3339 UTC; empty where nobody said.
    pub starts: String,
    /// When it is due; empty where nobody said.
    pub due: String,
    /// Whether that is over.
    pub late: bool,
    /// How it stands.
    pub state: String,
    /// The document's word for it, where it is another one.
    pub said: String,
    /// The system that said so last.
    pub source: String,
    /// The document that said so last.
    pub document: String,
    /// When that was published.
    pub published: String,
    /// When it was taken over.
    pub said_at: String,
    /// What moved, and how many pieces.
    pub figures: Vec<(&'static str, i64)>,
    /// Operation and pieces there.
    pub standing: Vec<(String, i64)>,
    /// Its lots, place by place.
    pub lots: Vec<OrderLot>,
    /// Whether there are more.
    pub more: bool,
}

/// A lot of an order at a place.
#[derive(Clone, Debug, Default)]
pub struct OrderLot {
    /// Its number.
    pub lot: String,
    /// Part number.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Where.
    pub location: String,
    /// Pieces.
    pub quantity: i64,
    /// Since when it is here, RFC 3339 UTC.
    pub received: String,
    /// Whether it is on hold.
    pub held: bool,
}

/// The document.
pub fn page(model: &WorkOrderPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &WorkOrderPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &WorkOrderPage) -> Markup {
    let part = match model.description.as_str() {
        "" => model.part.clone(),
        description => format!("{} · {description}", model.part),
    };
    html! {
        (heading(&format!("Work order {}", model.code), &part))
        p { a class="button plain" href="/work-orders" { "All work orders" } }
        (wanted(model))
        h2 { "What the ledger says" }
        (progress(model))
        h2 { "Lots" }
        (lots(model))
    }
}

fn wanted(model: &WorkOrderPage) -> Markup {
    let said = |label: &str, value: &str| {
        html! { @if !value.is_empty() { div { dt { (label) } dd { (value) } } } }
    };
    html! {
        div class="panel" {
            dl class="facts" {
                div { dt { "Ordered" } dd { strong { (pieces(model.quantity)) } } }
                div { dt { "State" } dd { (state_words(&model.state, &model.said)) } }
                @if !model.starts.is_empty() { div { dt { "Begins" } dd { (time(&model.starts)) } } }
                @if let Some(due) = due_words(&model.due, model.late) { div { dt { "Due" } dd { (due) } } }
                (said("Said by", &model.source))
                (said("Document", &model.document))
                div { dt { "Published" } dd { (time(&model.published)) } }
                div { dt { "Taken over" } dd { (time(&model.said_at)) } }
            }
        }
    }
}

fn progress(model: &WorkOrderPage) -> Markup {
    html! {
        div class="panel" {
            dl class="facts" {
                @for (label, quantity) in &model.figures {
                    div { dt { (label) } dd { (pieces(*quantity)) } }
                }
                @for (operation, quantity) in &model.standing {
                    div { dt { "At operation " span class="code" { (operation) } } dd { (pieces(*quantity)) } }
                }
            }
            p class="small quiet" { "Pieces of this part in lots with this work order. Nothing of it is kept with the order." }
        }
    }
}

fn lots(model: &WorkOrderPage) -> Markup {
    let row = |lot: &OrderLot| {
        let number = html! {
            (link(&lot.lot, &format::lot_link(&lot.lot)).unwrap_or_default())
            @if lot.held { " " span class="badge" { "on hold" } }
        };
        Row::of(vec![
            Some(number),
            code(&lot.part),
            code(&lot.operation),
            code(&lot.location),
            text(&pieces(lot.quantity)),
            Some(time(&lot.received)),
        ])
    };
    let table = Table {
        id: "order-lots",
        caption: format!("Lots of work order {}", model.code),
        columns: vec![
            Column::lead("Lot"),
            Column::text("Part"),
            Column::text("Operation"),
            Column::text("Location"),
            Column::main("Pieces"),
            Column::text("Received"),
        ],
        rows: model.lots.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if model.lots.is_empty() {
            (state::empty(&Empty {
                title: "No pieces of this order are here".to_owned(),
                text: "Pieces belong to it when they are booked in with its number.".to_owned(),
                action: None,
            }))
        } @else {
            (table)
            @if model.more {
                p { a href=(format::link("/stock", &[("q", &model.code)])) { "All of its stock" } }
            }
        }
    }
}
