//! Routings: which parts have one, and what happens to entries outside.

use maud::{Markup, html};

use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, tick},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{Pager, pager},
    state::{self, Empty, Message, Tone},
    table::{Column, Row, Table, link, text},
};
use crate::ui::format::time;

/// What the list of routings shows.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct RoutingsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// Searched for in numbers and descriptions.
    pub q: Entry,
    /// Only routings through this operation.
    pub operation: Entry,
    /// Also those that ended.
    pub ended: bool,
    /// The lines.
    pub lines: Vec<RoutingLine>,
    /// Where the page stands in its list.
    pub pager: Pager,
    /// Whether this person may write routings.
    pub may_edit: bool,
    /// The part whose routing shall be written.
    pub part: Entry,
    /// Whether entries outside must be confirmed.
    pub strict: bool,
    /// Whether this person may change that.
    pub may_set: bool,
    /// Key of the next change.
    pub idempotency_key: String,
}

/// A part's routing in one line.
#[derive(Clone, Debug, Default)]
pub struct RoutingLine {
    /// Part number.
    pub part: String,
    /// What it is.
    pub description: String,
    /// Address of its page.
    pub address: String,
    /// The operations, in order.
    pub steps: Vec<String>,
    /// Whether it ended.
    pub ended: bool,
    /// Since when that holds, RFC 3339 UTC.
    pub since: String,
    /// Whether it does not hold yet.
    pub planned: bool,
    /// When the next version begins; empty where none is planned.
    pub next: String,
}

/// The document.
pub fn page(model: &RoutingsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &RoutingsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

/// What a change did, or why it was refused.
pub(super) fn answer(message: Option<&Message>, refused: Option<&Refused>) -> Markup {
    html! {
        div id="answer" tabindex="-1" {
            @if let Some(message) = message { (state::message(message)) }
            @if let Some(refused) = refused {
                (state::message(&Message {
                    tone: Tone::Bad, text: format!("{} {} {}", refused.title, refused.text, refused.next), action: None,
                }))
            }
        }
    }
}

/// The operations of a routing, one after the other.
pub(super) fn chain(steps: &[String]) -> Markup {
    html! {
        span class="chain" {
            @for (at, step) in steps.iter().enumerate() {
                @if at > 0 { span class="quiet" aria-hidden="true" { " → " } }
                span class="code" { (step) }
            }
        }
    }
}

fn content(model: &RoutingsPage) -> Markup {
    html! {
        (heading("Routings", "The operations that parts go through, one after the other"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        (search(model))
        (lines(model))
        @if model.may_edit { (open(model)) }
        (policy(model))
    }
}

fn search(model: &RoutingsPage) -> Markup {
    html! {
        form id="find" class="panel" method="get" action="/routings" data-find role="search" aria-label="Find routings" {
            div class="fields" {
                (Field::new("find", "q", "Part or description", Kind::Search, &model.q).filter().class("w-6").first(model.message.is_none() && model.refused.is_none()).draw())
                (Field::new("find", "operation", "Through operation", Kind::Operation, &model.operation).filter().class("w-3").draw())
                div class="w-3 form-actions push-down" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Find" }
                }
                (tick("find", "ended", "1", "Also routings that ended", model.ended))
            }
        }
    }
}

fn lines(model: &RoutingsPage) -> Markup {
    let row = |line: &RoutingLine| {
        let steps = if line.ended { text("ended") } else { Some(chain(&line.steps)) };
        let since = html! {
            @if line.planned { "from " }
            (time(&line.since))
        };
        let next = (!line.next.is_empty()).then(|| time(&line.next));
        Row::of(vec![
            link(&line.part, &line.address),
            text(&line.description),
            steps,
            Some(since),
            next,
        ])
    };
    let table = Table {
        id: "routings",
        caption: "Routings".to_owned(),
        columns: vec![
            Column::lead("Part"),
            Column::text("What it is"),
            Column::text("Operations"),
            Column::text("Since"),
            Column::text("Changes"),
        ],
        rows: model.lines.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if model.lines.is_empty() {
            (state::empty(&Empty {
                title: "No routing that fits".to_owned(),
                text: "Parts without routing are booked as before: nobody is warned, and completing names the next operation.".to_owned(),
                action: None,
            }))
        } @else {
            (table)
            (pager(&model.pager))
        }
    }
}

fn open(model: &RoutingsPage) -> Markup {
    html! {
        h2 { "Write a routing" }
        form id="open" class="panel" method="get" action="/routings" aria-label="Write a routing" {
            div class="fields" {
                (Field::new("open", "part", "Part", Kind::Part, &model.part).class("w-6").draw())
                div class="w-3 form-actions push-down" { button class="button" type="submit" { "Open" } }
            }
        }
        p class="small quiet" {
            "Many at once: " span class="code" { "mtm import FILE --kind routings" }
            ", with the columns part, position, operation, location, yield and effective_from."
        }
    }
}

fn policy(model: &RoutingsPage) -> Markup {
    html! {
        h2 { "Entries outside a routing" }
        div class="panel" {
            p {
                @if model.strict { "They are refused until somebody confirms them." }
                @else { "They are booked, and the answer says so." }
            }
            @if model.may_set {
                form method="post" action="/routings" data-book aria-label="Entries outside a routing" {
                    (guards(&model.shell.csrf, &model.idempotency_key, &[]))
                    div class="form-actions" {
                        @if model.strict {
                            button class="button" type="submit" name="action" value="warn" { "Book them with a warning" }
                        } @else {
                            button class="button" type="submit" name="action" value="refuse" { "Ask before booking them" }
                        }
                    }
                }
            }
        }
    }
}
