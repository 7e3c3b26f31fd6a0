//! On the page of a lot: what its pieces are kept for, and the form that keeps some.

use maud::{Markup, html};

use crate::ui::{
    components::{
        field::{Entry, Field, Kind, guards, hidden},
        icon::{Icon, icon},
    },
    format::{link, lot_link, time},
};

/// Reservations of a lot.
#[derive(Clone, Debug, Default)]
pub struct Reservations {
    /// The lot.
    pub lot: String,
    /// Those that count, newest first.
    pub items: Vec<Reserved>,
    /// Whether this person may reserve.
    pub may_reserve: bool,
    /// Whether this person may take pieces out.
    pub may_take: bool,
    /// Key of the next reservation.
    pub idempotency_key: String,
    /// Session token.
    pub csrf: String,
    /// So many pieces; empty means all.
    pub quantity: Entry,
    /// The work order that they are kept for.
    pub work_order: Entry,
    /// What they are kept for.
    pub purpose: Entry,
    /// Until when, in site time.
    pub ends_at: Entry,
}

/// A reservation.
#[derive(Clone, Debug, Default)]
pub struct Reserved {
    /// Its id.
    pub id: String,
    /// `40 pieces`, `28 of 40 pieces` or `the whole lot`.
    pub what: String,
    /// Work order and purpose in one line.
    pub purpose: String,
    /// Who made it.
    pub by: String,
    /// When, RFC 3339 UTC.
    pub placed_at: String,
    /// Until when, RFC 3339 UTC; empty without an end.
    pub ends_at: String,
    /// Key of the form that ends it; empty where this person may not.
    pub end_key: String,
}

/// Draws them.
pub(super) fn reservations(model: &Reservations) -> Markup {
    html! {
        section class="panel" {
            h2 { "Reserved" }
            div id="lot-reservations" data-live={ "lot:" (model.lot) } {
                @if model.items.is_empty() {
                    p class="quiet" { "Nothing of this lot is kept for anybody." }
                } @else {
                    ul class="reservations" { @for item in &model.items { (draw(model, item)) } }
                }
            }
            @if model.may_reserve { (form(model)) }
        }
    }
}

fn draw(model: &Reservations, item: &Reserved) -> Markup {
    html! {
        li {
            p {
                strong { (item.what) } " for " strong { (item.purpose) }
                span class="small quiet" {
                    (item.by) " · " (time(&item.placed_at))
                    @if !item.ends_at.is_empty() { " · until " (time(&item.ends_at)) }
                }
            }
            div class="form-actions" {
                @if model.may_take {
                    a class="button" href=(link("/out", &[("lot", &model.lot), ("reservation", &item.id)])) {
                        (icon(Icon::Out)) "Take for it"
                    }
                }
                @if !item.end_key.is_empty() {
                    form method="post" action=(address(model)) data-book {
                        (guards(&model.csrf, &item.end_key, &[]))
                        (hidden("action", "end"))
                        (hidden("reservation", &item.id))
                        button class="button" type="submit" {
                            "End it" span class="visually-hidden" { ": " (item.what) " for " (item.purpose) }
                        }
                    }
                }
            }
        }
    }
}

fn form(model: &Reservations) -> Markup {
    let field = |name, label, kind, entry| Field::new("reserve", name, label, kind, entry);
    html! {
        details class="asks" open[failed(model)] {
            summary { "Reserve pieces" }
            form id="reserve" method="post" action=(address(model)) data-book aria-label="Reserve pieces" {
                (guards(&model.csrf, &model.idempotency_key, &[]))
                (hidden("action", "reserve"))
                div class="fields" {
                    (field("quantity", "Pieces", Kind::Quantity, &model.quantity).empty_means("all").class("w-4 w-12-phone").draw())
                    (field("work_order", "For work order", Kind::WorkOrder, &model.work_order).filter().class("w-8 w-12-phone").draw())
                    (field("purpose", "or for", Kind::Text, &model.purpose).filter().draw())
                    (field("ends_at", "Until", Kind::Time, &model.ends_at).optional().class("w-8 w-12-phone").draw())
                    div class="w-4 form-actions push-down" { button class="button" type="submit" { "Reserve" } }
                }
            }
        }
    }
}

fn address(model: &Reservations) -> String {
    format!("{}/reserve", lot_link(&model.lot))
}

fn failed(model: &Reservations) -> bool {
    [&model.quantity, &model.work_order, &model.purpose, &model.ends_at]
        .iter()
        .any(|entry| !entry.error.is_empty() || !entry.value.is_empty())
}
