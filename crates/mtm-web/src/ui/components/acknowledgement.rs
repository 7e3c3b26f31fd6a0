//! What the server answered to a booking: booked, refused, or a question.
//!
//! The panel states what was booked, never what was asked for; it is the only place that says
//! "booked".

use maud::{Markup, html};

use super::{
    field::{guards, hidden},
    icon::{Icon, icon},
    state,
};
use crate::ui::format::{counted, lot_link, pieces, time};

/// An answer of the server.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is in the ledger.
    Booked(Booked),
    /// Nothing was booked.
    Refused(Refused),
    /// Nothing was booked yet; one tap books it.
    Question(Question),
}

/// What a command did, in the words of its reply.
#[derive(Clone, Debug, Default)]
pub struct Booked {
    /// `Booked in`, `Taken out`, `Moved`, `Undone`.
    pub title: String,
    /// One line per part; the first is shown large if it is the only one.
    pub lines: Vec<PartLine>,
    /// Where to, from or at, such as `R-E4-18 · operation 19`.
    pub place: String,
    /// The lots touched.
    pub lots: Vec<String>,
    /// Every bucket touched, also at 0.
    pub balances: Vec<Balance>,
    /// Server's time, RFC 3339 UTC.
    pub recorded_at: String,
    /// Soft warnings, such as "operation is outside the routing".
    pub warnings: Vec<String>,
    /// The command had been booked before; this is the first answer again.
    pub replayed: bool,
    /// How to undo it; `None` if the person may not.
    pub undo: Option<Undo>,
}

/// Pieces of one part.
#[derive(Clone, Debug, Default)]
pub struct PartLine {
    /// Part number.
    pub part: String,
    /// Number of lots.
    pub lots: i64,
    /// All pieces of these lots.
    pub quantity: i64,
}

/// What stands in a bucket after the booking.
#[derive(Clone, Debug, Default)]
pub struct Balance {
    /// Part number.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Lot number.
    pub lot: String,
    /// Pieces on hand now.
    pub quantity: i64,
}

/// The form behind the undo button.
#[derive(Clone, Debug, Default)]
pub struct Undo {
    /// The command to reverse; empty if a session is.
    pub command_id: String,
    /// The session to reverse: the rows of one form.
    pub session_id: String,
    /// Key of the reversal.
    pub idempotency_key: String,
    /// Session token.
    pub csrf: String,
    /// Screen to come back to: `in`, `out`, `move`, `history`.
    pub screen: String,
}

/// Why nothing was booked.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// What did not happen, such as `Not booked`.
    pub title: String,
    /// Why.
    pub text: String,
    /// What to do next.
    pub next: String,
    /// Things to choose from, with addresses, such as the lots that stand there.
    pub choices: Vec<(String, String)>,
}

/// A refusal that one tap turns into a booking.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The question, such as `Again, or the same one?`.
    pub title: String,
    /// What makes the server ask.
    pub text: String,
    /// What would be booked, by part.
    pub lines: Vec<PartLine>,
    /// Code sent as `confirm`: `possible_duplicate`, `implausible_quantity`, `off_routing`, `on_hold`, `reserved`, `review`.
    pub code: String,
    /// Id of the form that is sent again.
    pub form: String,
    /// Other ways to send it again, before "yes".
    pub instead: Vec<Instead>,
    /// Words of the button that books.
    pub yes: String,
    /// Words of the link that does not.
    pub no: String,
    /// Where the link goes.
    pub no_address: String,
}

/// Another way to send a form again: with one more field.
#[derive(Clone, Debug, Default)]
pub struct Instead {
    /// Words of its button.
    pub words: String,
    /// Name of the field.
    pub name: String,
    /// What it holds.
    pub value: String,
}

/// Draws the answer. The container is always there, so that a script can fill it.
pub fn acknowledgement(answer: Option<&Answer>) -> Markup {
    html! {
        div id="answer" tabindex="-1" {
            @match answer {
                Some(Answer::Booked(booked)) => (draw_booked(booked)),
                Some(Answer::Refused(refused)) => (draw_refused(refused)),
                Some(Answer::Question(question)) => (draw_question(question)),
                None => {}
            }
        }
    }
}

/// The hidden fields of an undo form.
fn undo_form(undo: &Undo) -> Markup {
    html! {
        form method="post" action="/undo" data-book data-undo {
            (guards(&undo.csrf, &undo.idempotency_key, &[]))
            @if undo.session_id.is_empty() { (hidden("command_id", &undo.command_id)) }
            @else { (hidden("session_id", &undo.session_id)) }
            (hidden("screen", &undo.screen))
            button class="button" type="submit" { (icon(Icon::Undo)) "Undo" kbd { "Ctrl Z" } }
        }
    }
}

fn draw_booked(booked: &Booked) -> Markup {
    html! {
        section class="answer ok" data-answer="ok" aria-label="Answer" {
            span class="answer-mark" { (icon(Icon::Check)) }
            div class="answer-body" {
                p class="answer-title" {
                    (booked.title)
                    " · " (time(&booked.recorded_at))
                }
                @if let [line] = booked.lines.as_slice() {
                    p class="answer-main" {
                        span class="amount" { (pieces(line.quantity)) " " small { "pieces" } }
                        span class="code" { (line.part) }
                        @if !booked.place.is_empty() { span { (booked.place) } }
                    }
                } @else {
                    @if !booked.place.is_empty() { p class="answer-main" { span { (booked.place) } } }
                    (part_table(&booked.lines))
                }
                @if booked.replayed {
                    p { strong { "This was booked before. " } "Nothing was booked a second time." }
                }
                (lots(booked))
                (balances(&booked.balances))
                @for warning in &booked.warnings {
                    (state::message(&state::Message {
                        tone: state::Tone::Warn, text: warning.clone(), action: None,
                    }))
                }
            }
            @if let Some(undo) = &booked.undo {
                div class="answer-actions" { (undo_form(undo)) }
            }
        }
    }
}

fn part_table(lines: &[PartLine]) -> Markup {
    html! {
        table class="answer-table" {
            caption class="visually-hidden" { "By part" }
            thead class="visually-hidden" {
                tr { th scope="col" { "Part" } th scope="col" { "Lots" } th scope="col" { "Pieces" } }
            }
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" class="code" { (line.part) }
                        td { (counted(line.lots, "lot", "lots")) }
                        td class="number" { (pieces(line.quantity)) }
                    }
                }
            }
        }
    }
}

/// Lots that no balance names; the balances name the others.
fn lots(booked: &Booked) -> Markup {
    let named = |lot: &String| booked.balances.iter().any(|balance| balance.lot == *lot);
    let others: Vec<_> = booked.lots.iter().filter(|lot| !named(lot)).collect();
    html! {
        @if !others.is_empty() {
            ul class="answer-facts" {
                @for lot in others { li { "Lot " a class="code" href=(lot_link(lot)) { (lot) } } }
            }
        }
    }
}

fn balances(balances: &[Balance]) -> Markup {
    let Some(first) = balances.first() else { return html! {} };
    let one_place = balances.iter().all(|balance| {
        (&balance.location, &balance.operation) == (&first.location, &first.operation)
    });
    let list = html! {
        ul class="answer-facts" {
            @for balance in balances {
                li {
                    "Lot " a class="code" href=(lot_link(&balance.lot)) { (balance.lot) } ": "
                    strong { (pieces(balance.quantity)) }
                    @if !one_place { " at " (balance.location) " · operation " (balance.operation) }
                }
            }
        }
    };
    let title = html! {
        "On hand now"
        @if one_place { " at " (first.location) " · operation " (first.operation) }
    };
    html! {
        @if balances.len() > 6 {
            details { summary { (title) ", " (balances.len()) " lots" } (list) }
        } @else {
            p class="quiet small" { (title) }
            (list)
        }
    }
}

fn draw_refused(refused: &Refused) -> Markup {
    html! {
        section class="answer refused" data-answer="refused" aria-label="Answer" {
            span class="answer-mark" { (icon(Icon::Cross)) }
            div class="answer-body" {
                p class="answer-title" { (refused.title) }
                p class="answer-main" { (refused.text) }
                @if !refused.next.is_empty() { p { (refused.next) } }
            }
            @if !refused.choices.is_empty() {
                div class="answer-actions" {
                    @for (words, address) in &refused.choices { a class="button" href=(address) { (words) } }
                }
            }
        }
    }
}

fn draw_question(question: &Question) -> Markup {
    html! {
        section class="answer choice" data-answer="question" aria-label="Question" {
            span class="answer-mark" { (icon(Icon::Question)) }
            div class="answer-body" {
                p class="answer-title" { "Not booked yet" }
                p class="answer-main" { (question.title) }
                p { (question.text) }
                @if !question.lines.is_empty() { (part_table(&question.lines)) }
            }
            div class="answer-actions" {
                @for instead in &question.instead {
                    button class="button" type="submit" form=(question.form) name=(instead.name) value=(instead.value) {
                        (icon(Icon::Check)) (instead.words)
                    }
                }
                button class="button" type="submit" form=(question.form) name="confirm" value=(question.code) {
                    (icon(Icon::Check)) (question.yes)
                }
                a class="button" href=(question.no_address) { (icon(Icon::Cross)) (question.no) }
            }
        }
    }
}
