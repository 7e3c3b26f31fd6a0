//! Explain this number: the movements that make it, with the balance after each.

use maud::{Markup, html};

use crate::ui::{
    components::{
        bucket::{self, Movement},
        layout::{self, Shell, heading},
        pager::{Pager, pager},
        state::{self, Message},
        table::{self, Column, Row, Table},
    },
    format::{change, link, lot_link, pieces, time},
};

/// What the explanation shows.
#[derive(Clone, Debug, Default)]
pub struct ExplainPage {
    /// Frame.
    pub shell: Shell,
    /// Part, empty for all.
    pub part: String,
    /// Operation, empty for all.
    pub operation: String,
    /// Location, empty for all.
    pub location: String,
    /// Lot, empty for all.
    pub lot: String,
    /// The number.
    pub quantity: i64,
    /// The moment it holds for, RFC 3339 UTC.
    pub as_of: String,
    /// Balance before the oldest movement shown.
    pub opening: i64,
    /// Movements, newest first.
    pub items: Vec<ExplainItem>,
    /// Paging.
    pub pager: Pager,
}

/// A movement's share in the number.
#[derive(Clone, Debug, Default)]
pub struct ExplainItem {
    /// The movement.
    pub movement: Movement,
    /// What it changed.
    pub delta: i64,
    /// Balance after it.
    pub balance: i64,
}

/// The document.
pub fn page(model: &ExplainPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ExplainPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ExplainPage) -> Markup {
    let sum: i64 = model.items.iter().map(|item| item.delta).sum();
    let adds_up =
        model.opening.checked_add(sum) == Some(model.quantity) || model.pager.first.is_some();
    html! {
        (heading("Explain this number", "Every movement that makes it, newest first"))
        section class="panel" {
            p class="hero" { span class="figure-big" { (pieces(model.quantity)) small { " pieces" } } span class="quiet" { "on hand at " (time(&model.as_of)) } }
            dl class="facts" {
                @for (word, value) in [("Part", &model.part), ("Operation", &model.operation), ("Location", &model.location), ("Lot", &model.lot)] {
                    @if !value.is_empty() { div { dt { (word) } dd class="code" { (value) } } }
                }
            }
            p {
                (pieces(model.opening)) " before these movements, "
                strong { (change(sum)) } " by them"
                @if model.pager.first.is_none() { ", " strong { (pieces(model.quantity)) } " now." } @else { "." }
            }
            div class="form-actions" {
                a class="button" href=(link("/stock", &[("part", &model.part)])) { "Back to the stock" }
                (state::print_button())
            }
        }
        @if !adds_up {
            (state::message(&Message {
                tone: state::Tone::Bad,
                text: "The movements do not add up to the number. Tell an administrator to run the audit.".into(),
                action: None,
            }))
        }
        (items(model))
        (pager(&model.pager))
    }
}

fn items(model: &ExplainPage) -> Markup {
    let draw = |item: &ExplainItem| {
        let movement = &item.movement;
        Row::of(vec![
            Some(html! { (time(&movement.recorded_at)) }),
            Some(bucket::kind(movement)),
            Some(bucket::path(movement)),
            table::link(&movement.lot, &lot_link(&movement.lot)),
            table::text(&movement.user),
            table::text(&movement.notes),
            Some(html! { span class="change" { (change(item.delta)) } }),
            Some(
                html! { a class="qty row-link" href=(link("/history", &[("movement", &movement.id)])) { (pieces(item.balance)) } },
            ),
        ])
    };
    html! {
        (Table {
            id: "explain-rows",
            caption: "Movements with the balance after each".into(),
            columns: vec![
                Column::lead("When"),
                Column::text("Type"),
                Column::path("From → to"),
                Column::text("Lot"),
                Column::text("Who"),
                Column::notes("Notes"),
                Column::number("Change"),
                Column::main("Balance after"),
            ],
            rows: model.items.iter().map(draw).collect(),
            total: Some(Row::of(vec![
                Some(html! { "Before these movements" }), None, None, None, None, None, None,
                Some(html! { (pieces(model.opening)) }),
            ])),
            live: String::new(),
        })
    }
}
