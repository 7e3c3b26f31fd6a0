//! Move: pieces go to another place, another operation, or both.

use maud::{Markup, html};

use super::pick::{self, Find, Found};
use crate::ui::components::{
    acknowledgement::{Answer, acknowledgement},
    field::{Entry, Field, Kind, guards},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
};

/// What the Move page shows.
#[derive(Clone, Debug, Default)]
pub struct MovePage {
    /// Frame.
    pub shell: Shell,
    /// Key of this booking; kept until it is accepted.
    pub idempotency_key: String,
    /// Questions already answered with yes.
    pub confirmed: Vec<String>,
    /// The server's answer to the last booking.
    pub answer: Option<Answer>,
    /// The search.
    pub find: Find,
    /// What it found.
    pub found: Found,
    /// New location; empty keeps the old one.
    pub to_location: Entry,
    /// New operation; empty keeps the old one.
    pub to_operation: Entry,
    /// The operation that the routing has next for all that is ticked, or found; empty for none.
    pub next_operation: String,
    /// Notes.
    pub notes: Entry,
}

/// The document.
pub fn page(model: &MovePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &MovePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &MovePage) -> Markup {
    html! {
        (heading("Move", "Pieces go to another place or operation"))
        (acknowledgement(model.answer.as_ref()))
        (pick::find("/move", &model.find))
        form id="move" method="post" action="/move" data-book data-pick-form="Move" {
            (guards(&model.shell.csrf, &model.idempotency_key, &model.confirmed))
            (pick::rows("/move", &model.found))
            @if !model.found.rows.is_empty() { (bar(model)) }
        }
    }
}

fn bar(model: &MovePage) -> Markup {
    let field = |name, label, kind, entry| Field::new("move", name, label, kind, entry).filter();
    html! {
        div class="panel" {
            div class="fields" {
                (field("to_location", "New location", Kind::Location, &model.to_location).big().class("w-5").draw())
                (field("to_operation", "New operation", Kind::Operation, &model.to_operation).big().class("w-3").draw())
                (field("notes", "Notes", Kind::Text, &model.notes).optional().class("w-4 w-12-phone").draw())
            }
            @if !model.next_operation.is_empty() {
                p class="small offer" {
                    "Next in the routing: operation "
                    span class="unscripted" { (model.next_operation) }
                    button type="button" class="button scripted" data-fill="move-to_operation" value=(model.next_operation) { (model.next_operation) }
                }
            }
        }
        div class="pick-bar" {
            (pick::summary("Tick the lots that you move. Fill a new location, a new operation, or both."))
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Move)) "Move" }
            }
        }
    }
}
