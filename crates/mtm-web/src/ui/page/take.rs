//! Out: pieces leave. Find or scan lots, pick, take.

use maud::{Markup, html};

use super::pick::{self, Find, Found};
use crate::ui::components::{
    acknowledgement::{Answer, acknowledgement},
    badge,
    field::{Choice, Entry, Field, Kind, Select, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
};

/// What the Out page shows.
#[derive(Clone, Debug, Default)]
pub struct TakePage {
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
    /// What pieces are taken for.
    pub taken_for: Vec<TakenFor>,
    /// Reason code.
    pub reason: Entry,
    /// Reasons for taking.
    pub reasons: Vec<Choice>,
    /// Notes.
    pub notes: Entry,
}

/// A reservation that pieces of its lot are taken for.
#[derive(Clone, Debug, Default)]
pub struct TakenFor {
    /// Its id.
    pub reservation: String,
    /// The lot.
    pub lot: String,
    /// Work order and purpose in one line.
    pub purpose: String,
}

/// The document.
pub fn page(model: &TakePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &TakePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &TakePage) -> Markup {
    html! {
        (heading("Out", "Pieces leave the stock"))
        (acknowledgement(model.answer.as_ref()))
        (pick::find("/out", &model.find))
        form id="take" method="post" action="/out" data-book data-pick-form="Take" {
            (guards(&model.shell.csrf, &model.idempotency_key, &model.confirmed))
            (pick::rows("/out", &model.found))
            @if !model.found.rows.is_empty() {
                @for it in &model.taken_for { (taken_for(it)) }
                (bar(model))
            }
        }
    }
}

fn taken_for(it: &TakenFor) -> Markup {
    html! {
        (hidden("reservation", &it.reservation))
        p { (badge::plain("reserved")) " What you take of lot " span class="code" { (it.lot) } " is taken for " (it.purpose) "." }
    }
}

fn bar(model: &TakePage) -> Markup {
    html! {
        div class="panel" {
            div class="fields" {
                (Select {
                    form: "take", name: "reason", label: "Reason", entry: &model.reason,
                    choices: &model.reasons, none: Some("none"), class: "w-4",
                }.draw())
                (Field::new("take", "notes", "Notes", Kind::Text, &model.notes).optional().class("w-8").draw())
            }
        }
        div class="pick-bar" {
            (pick::summary("Tick the lots that you take."))
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Out)) "Take out" }
            }
        }
    }
}
