//! Pieces that a machine counted, and what somebody says of them.

use maud::{Markup, html};

use super::super::routings::answer;
use super::how_many;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    past::{Past, past},
    state::{self, Message, Tone},
};
use crate::ui::format::{link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct ProposalPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// Number.
    pub id: i64,
    /// Version of what is decided.
    pub version: i64,
    /// Machine.
    pub machine: String,
    /// Tag.
    pub tag: String,
    /// Number of the counter.
    pub counter: i64,
    /// Part.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Work order of the lot.
    pub work_order: String,
    /// What is booked.
    pub books: &'static str,
    /// Pieces counted; at least, of a question.
    pub counted: i64,
    /// Pieces at most, of a question.
    pub most: Option<i64>,
    /// How it stands.
    pub state: &'static str,
    /// What that means, and what to do.
    pub meaning: &'static str,
    /// Why it is a question.
    pub doubt: String,
    /// Why it was not booked.
    pub cause: String,
    /// The total before.
    pub from_value: String,
    /// The total after.
    pub to_value: String,
    /// When the first piece was counted.
    pub first_at: String,
    /// When the last one was.
    pub last_at: String,
    /// Pieces that were confirmed.
    pub confirmed: Option<i64>,
    /// Whether it is open, and this person may say what it is.
    pub may_decide: bool,
    /// Pieces as typed.
    pub pieces: Entry,
    /// Note as typed.
    pub note: Entry,
    /// What was booked first, where something was.
    pub movement: String,
    /// What became of it, the oldest first.
    pub history: Vec<Past>,
    /// Key of the next decision.
    pub idempotency_key: String,
}

/// The document.
pub fn page(model: &ProposalPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ProposalPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ProposalPage) -> Markup {
    let title = format!("{} at {}", model.part, model.operation);
    let line = format!("Counted by {}", model.machine);
    html! {
        (heading(&title, &line))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        section class="panel" id="proposal" {
            p class="hero" {
                span class="code" { (how_many(model.counted, model.most)) }
                (badge::plain(model.state))
                @if model.most.is_some() { (badge::plain("question")) }
            }
            p { (model.meaning) }
            @if !model.doubt.is_empty() {
                (state::message(&Message { tone: Tone::Warn, text: model.doubt.clone(), action: None }))
            }
            @if !model.cause.is_empty() {
                (state::message(&Message { tone: Tone::Bad, text: model.cause.clone(), action: None }))
            }
            dl class="facts" {
                div { dt { "Books" } dd { (model.books) } }
                div { dt { "Where" } dd { (model.location) } }
                @if !model.work_order.is_empty() { div { dt { "Work order" } dd { (model.work_order) } } }
                div { dt { "Counter" } dd { a class="code" href={ "/machine-counters/" (model.counter) } { (model.tag) } } }
                div { dt { "It showed" } dd { (model.from_value) ", then " (model.to_value) } }
                div { dt { "First counted" } dd { (time(&model.first_at)) } }
                div { dt { "Last counted" } dd { (time(&model.last_at)) } }
                @if let Some(confirmed) = model.confirmed { div { dt { "Confirmed" } dd { (pieces(confirmed)) } } }
            }
            @if !model.movement.is_empty() {
                div class="form-actions" {
                    a class="button plain" href=(link("/history", &[("movement", &model.movement)])) { "What was booked" }
                }
            }
        }
        @if model.may_decide { (decisions(model)) }
        (past(&model.history))
        p { a href="/machines" { "All that waits to be confirmed" } }
    }
}

fn decisions(model: &ProposalPage) -> Markup {
    let action = format!("/machine-proposals/{}", model.id);
    let note =
        Field::new("decide", "note", "Why, if it is not what was counted", Kind::Text, &model.note);
    html! {
        form id="decide" class="panel" method="post" action=(action) data-book aria-label="Say how many pieces these are" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("version", &model.version.to_string()))
            (hidden("seen", &model.counted.to_string()))
            h2 { "How many are there?" }
            div class="fields" {
                (Field::new("decide", "confirmed", "Pieces", Kind::Quantity, &model.pieces).big().class("w-4 w-12-phone").draw())
                (note.optional().class("w-8 w-12-phone").draw())
            }
            div class="form-actions" {
                button class="button primary" type="submit" name="deed" value="confirm" { (icon(Icon::Check)) "Book them" }
                button class="button" type="submit" name="deed" value="drop" { (icon(Icon::Cross)) "These are no pieces" }
            }
        }
    }
}
