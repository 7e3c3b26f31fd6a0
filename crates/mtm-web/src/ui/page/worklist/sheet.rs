//! A posting: what is to be posted there, why it stands as it does, and what somebody decides about it.

use maud::{Markup, html};
use mtm_app::sync::Deed;

use super::super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    past::{Past, past},
    state::{self, Message},
};
use crate::ui::format::{link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct PostingPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why the last decision was refused.
    pub refused: Option<Refused>,
    /// Its number.
    pub id: i64,
    /// The flow.
    pub flow: String,
    /// Version of what is decided.
    pub version: i64,
    /// What is to be posted.
    pub class: &'static str,
    /// Part.
    pub part: String,
    /// Pieces.
    pub quantity: i64,
    /// How it stands.
    pub state: &'static str,
    /// What that means, and what to do.
    pub meaning: &'static str,
    /// What is to be entered there, as pairs of word and value.
    pub entries: Vec<(&'static str, String)>,
    /// Why it stands so.
    pub cause: String,
    /// By the other system's code.
    pub code: String,
    /// Lot.
    pub lot: String,
    /// When the movement was recorded.
    pub recorded_at: String,
    /// Document number there.
    pub document: String,
    /// Transactions of their ledger that show it.
    pub shown_by: String,
    /// What is sent, as it is written; empty where nothing is.
    pub request: String,
    /// The body of it.
    pub body: Entry,
    /// What became of it, the oldest first.
    pub history: Vec<Past>,
    /// What this person may decide; to withdraw is to undo the movement.
    pub may: Vec<Deed>,
    /// Document number as typed.
    pub number: Entry,
    /// Note as typed.
    pub note: Entry,
    /// Key of the next decision.
    pub idempotency_key: String,
}

impl PostingPage {
    fn may(&self, deed: Deed) -> bool {
        self.may.contains(&deed)
    }
}

/// The document.
pub fn page(model: &PostingPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &PostingPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &PostingPage) -> Markup {
    let line = format!("Posting {} of {}", model.id, model.flow);
    html! {
        (heading(model.class, &line))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        section class="panel" {
            p class="hero" {
                span class="code" { (model.part) }
                strong { (pieces(model.quantity)) }
                (badge::plain(model.state))
            }
            p { (model.meaning) }
            @if !model.cause.is_empty() {
                p id="cause" { strong { "Why: " } (model.cause) @if !model.code.is_empty() { " (" (model.code) ")" } }
            }
            dl class="facts" {
                @for (word, value) in &model.entries { div { dt { (word) } dd { (value) } } }
                div { dt { "Moved" } dd { (time(&model.recorded_at)) } }
                @if !model.document.is_empty() { div { dt { "Document there" } dd { (model.document) } } }
                @if !model.shown_by.is_empty() { div { dt { "Shown by transaction" } dd { (model.shown_by) } } }
            }
            div class="form-actions" {
                a class="button plain" href={ "/lot/" (model.lot) } { "The lot" }
                a class="button plain" href=(link("/history", &[("lot", &model.lot)])) { "Its movements" }
                (state::print_button())
            }
        }
        @if model.may(Deed::Done) || model.may(Deed::NotDone) || model.may(Deed::Accept) { (decisions(model)) }
        @if model.may(Deed::Resend) || model.may(Deed::Look) { (again(model)) }
        @if !model.request.is_empty() && !model.may(Deed::Resend) {
            details { summary { "What is sent" } pre { (model.request) } }
        }
        (past(&model.history))
        p { a href="/worklist" { "All that waits for somebody" } }
    }
}

fn decisions(model: &PostingPage) -> Markup {
    let action = format!("/worklist/{}", model.id);
    let number =
        Field::new("decide", "document", "Document number there", Kind::Text, &model.number);
    let note = Field::new("decide", "note", "Note", Kind::Text, &model.note);
    html! {
        form id="decide" class="panel" method="post" action=(action) data-book aria-label="Decide about this posting" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("version", &model.version.to_string()))
            h2 { "Decide" }
            div class="fields" {
                @if model.may(Deed::Done) { (number.optional().class("w-4 w-12-phone").draw()) }
                (note.optional().class("w-8 w-12-phone").draw())
            }
            div class="form-actions" {
                @if model.may(Deed::Done) {
                    button class="button primary" type="submit" name="deed" value="done" { (icon(Icon::Check)) "It is posted there" }
                }
                @if model.may(Deed::NotDone) {
                    button class="button" type="submit" name="deed" value="not_done" { "It was not posted after all" }
                }
                @if model.may(Deed::Accept) {
                    button class="button" type="submit" name="deed" value="accept" { "Accept the difference" }
                }
            }
            @if model.may(Deed::Accept) { p class="small quiet" { "Whoever accepts a difference says why in the note." } }
            @if model.may(Deed::Withdraw) {
                p class="small quiet" {
                    "Was the movement itself wrong? "
                    a href=(link("/history", &[("lot", &model.lot)])) { "Undo it" }
                    " as any other: what was not posted is withdrawn by itself."
                }
            }
        }
    }
}

fn again(model: &PostingPage) -> Markup {
    let action = format!("/worklist/{}", model.id);
    let rows = model.body.value.lines().count().clamp(3, 20);
    html! {
        form id="again" class="panel" method="post" action=(action) data-book aria-label="Send or look up" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("version", &model.version.to_string()))
            h2 { "Send again" }
            @if model.may(Deed::Resend) {
                p { "Made anew of the movement, with the mapping and places as they are now; or as it is corrected below." }
                @if !model.body.value.is_empty() {
                    details open[!model.body.error.is_empty()] {
                        summary { "Correct what is sent" }
                        div class="field w-12" {
                            label for="again-body" { "Body, as JSON" }
                            textarea id="again-body" name="body" class="input code" rows=(rows) spellcheck="false" autocomplete="off"
                                aria-invalid=[(!model.body.error.is_empty()).then_some("true")]
                                aria-describedby=[(!model.body.error.is_empty()).then_some("again-body-error")]
                            { (model.body.value) }
                            @if !model.body.error.is_empty() { p id="again-body-error" class="error" { (icon(Icon::Warning)) span { (model.body.error) } } }
                        }
                        div class="form-actions" {
                            button class="button" type="submit" name="deed" value="resend_corrected" { (icon(Icon::Send)) "Send as corrected" }
                        }
                    }
                }
            }
            div class="form-actions" {
                @if model.may(Deed::Resend) {
                    button class="button" type="submit" name="deed" value="resend" { (icon(Icon::Send)) "Send again" }
                }
                @if model.may(Deed::Look) {
                    button class="button" type="submit" name="deed" value="look" { (icon(Icon::Search)) "Look it up there" }
                }
            }
        }
    }
}
