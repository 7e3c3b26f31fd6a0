//! Complete: what waits at one operation, oldest first, and what became of it.

use maud::{Markup, html};

use crate::ui::{
    components::{
        acknowledgement::{Answer, acknowledgement},
        badge,
        field::{Choice, Entry, Field, Kind, Select, guards, hidden},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        state::{self, Empty, Message, Tone},
    },
    format::{counted, link, lot_link, pieces, time},
};

/// What the Complete page shows.
#[derive(Clone, Debug, Default)]
pub struct CompletePage {
    /// Frame.
    pub shell: Shell,
    /// The server's answer to the last booking.
    pub answer: Option<Answer>,
    /// The operation that is looked at.
    pub operation: Entry,
    /// What is done there, from master data.
    pub description: String,
    /// The lot that is searched for.
    pub lot: Entry,
    /// What is being completed, if something was chosen.
    pub work: Option<Work>,
    /// What waits, oldest first.
    pub queue: Vec<Waiting>,
    /// Pieces of all that waits.
    pub pieces: i64,
    /// Whether an operation or lot was named.
    pub searched: bool,
    /// More waits than is shown.
    pub more: bool,
}

/// Where pieces go on to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Onward {
    /// The part has no routing.
    #[default]
    Unknown,
    /// The operation is not in it.
    Outside,
    /// It is the last one.
    Finished,
    /// To this operation, and to this place where the routing has one.
    Next(String, String),
}

/// A bucket that waits.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// Part number.
    pub part: String,
    /// What it is.
    pub description: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Lot number.
    pub lot: String,
    /// Pieces.
    pub on_hand: i64,
    /// When the lot was received, RFC 3339 UTC.
    pub received_at: String,
    /// Colour, work order and notes in one line.
    pub attributes: String,
    /// Reason of the hold; `None` if it is free.
    pub hold: Option<String>,
    /// Where its pieces go on to.
    pub onward: Onward,
    /// It is the one being completed.
    pub chosen: bool,
}

/// The bucket that is being completed, and the form for it.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The bucket.
    pub bucket: Waiting,
    /// Key of this booking; kept until it is accepted.
    pub idempotency_key: String,
    /// Questions already answered with yes.
    pub confirmed: Vec<String>,
    /// Pieces that go on; empty means all the rest.
    pub good: Entry,
    /// Pieces scrapped.
    pub scrap: Entry,
    /// Why.
    pub scrap_reason: Entry,
    /// The reasons there are.
    pub reasons: Vec<Choice>,
    /// Pieces to be worked on again.
    pub rework: Entry,
    /// The operation good pieces go to; empty means the routing's.
    pub to_operation: Entry,
    /// The place they go to; empty means the routing's, or the same.
    pub to_location: Entry,
    /// The operation rework goes to; empty means it stays.
    pub rework_operation: Entry,
    /// The place rework goes to; empty means it stays.
    pub rework_location: Entry,
    /// Notes.
    pub notes: Entry,
}

/// The address of the screen with this bucket chosen.
pub fn address(operation: &str, lot: &str, location: &str) -> String {
    link("/complete", &[("operation", operation), ("lot", lot), ("location", location)])
}

/// The document.
pub fn page(model: &CompletePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &CompletePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &CompletePage) -> Markup {
    html! {
        (heading("Complete", "Work at an operation is done: pieces go on, or are scrapped, or are worked on again"))
        (acknowledgement(model.answer.as_ref()))
        (find(model))
        @if let Some(work) = &model.work { (form(model, work)) }
        (queue(model))
    }
}

fn find(model: &CompletePage) -> Markup {
    let open = model.answer.is_none() && model.work.is_none();
    let field = |name, label, kind, entry| Field::new("find", name, label, kind, entry).filter();
    html! {
        form id="find" class="panel" method="get" action="/complete" data-find role="search" aria-label="Find what waits" {
            div class="fields" {
                (field("operation", "Operation", Kind::Operation, &model.operation).big().first(open).class("w-4").draw())
                (field("lot", "or a lot", Kind::Lot, &model.lot).big().class("w-5").draw())
                div class="w-3 form-actions push-down" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                }
            }
            @if !model.description.is_empty() { p class="quiet" { (model.description) } }
        }
    }
}

fn form(model: &CompletePage, work: &Work) -> Markup {
    let bucket = &work.bucket;
    let number =
        |name, label, entry| Field::new("complete", name, label, Kind::Quantity, entry).big();
    let named = matches!(bucket.onward, Onward::Next(..));
    html! {
        form id="complete" class="panel" method="post" action="/complete" data-book data-flow aria-label={ "Complete lot " (bucket.lot) } {
            (guards(&model.shell.csrf, &work.idempotency_key, &work.confirmed))
            (hidden("part", &bucket.part))
            (hidden("operation", &bucket.operation))
            (hidden("location", &bucket.location))
            (hidden("lot", &bucket.lot))
            (hidden("on_hand", &bucket.on_hand.to_string()))
            (headline(bucket))
            div class="fields" {
                (number("good", "Good", &work.good).empty_means("all the rest").first(model.answer.is_none()).class("w-4 w-12-phone").draw())
                (number("scrap", "Scrap", &work.scrap).empty_means("0").class("w-4").draw())
                (number("rework", "Rework", &work.rework).empty_means("0").class("w-4").draw())
                @if !named { (to_operation(work).class("w-4").draw()) (to_location(work, "where they are").class("w-4").draw()) }
            }
            (elsewhere(work, named))
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Check)) "Complete" }
                a class="button" href=(link("/complete", &[("operation", &bucket.operation)])) data-reset { "Choose another" }
            }
        }
    }
}

/// What is being completed, in large type, and where it goes.
fn headline(bucket: &Waiting) -> Markup {
    html! {
        div {
            h2 { span class="code" { (bucket.part) } " · " (pieces(bucket.on_hand)) " pieces" }
            @if !bucket.description.is_empty() { p class="quiet" { (bucket.description) } }
            p {
                "Lot " a class="code" href=(lot_link(&bucket.lot)) { (bucket.lot) }
                " at " span class="code" { (bucket.location) }
                " · operation " strong { (bucket.operation) }
                @if let Some(reason) = &bucket.hold { " " (badge::hold(reason)) }
            }
            @match &bucket.onward {
                Onward::Next(operation, location) => {
                    p class="onward" {
                        (icon(Icon::Move)) " Good pieces go to operation " strong { (operation) }
                        @if !location.is_empty() { " at " strong class="code" { (location) } }
                        "."
                    }
                }
                Onward::Finished => {
                    (state::message(&Message {
                        tone: Tone::Note,
                        text: "This is the last operation of the part. Take the finished pieces, or name the operation they go on to.".to_owned(),
                        action: Some(("Take them".to_owned(), link("/out", &[("lot", &bucket.lot)]))),
                    }))
                }
                Onward::Outside => { p class="quiet" { "This operation is not in the part's routing: name the one that pieces go on to." } }
                Onward::Unknown => { p class="quiet" { "The part has no routing: name the operation that pieces go on to." } }
            }
        }
    }
}

fn to_operation(work: &Work) -> Field<'_> {
    Field::new(
        "complete",
        "to_operation",
        "Goes on to operation",
        Kind::Operation,
        &work.to_operation,
    )
    .filter()
}

fn to_location<'w>(work: &'w Work, words: &'w str) -> Field<'w> {
    Field::new("complete", "to_location", "At place", Kind::Location, &work.to_location)
        .empty_means(words)
}

/// Everything that is seldom said: folded away until it is, or until it is wrong.
fn elsewhere(work: &Work, named: bool) -> Markup {
    let place = match &work.bucket.onward {
        Onward::Next(_, location) if !location.is_empty() => location.as_str(),
        _ => "where they are",
    };
    let reason = Select {
        form: "complete",
        name: "scrap_reason",
        label: "Why scrapped",
        entry: &work.scrap_reason,
        choices: &work.reasons,
        none: Some("choose"),
        class: "w-6 w-12-phone",
    };
    let filled =
        [&work.to_operation, &work.to_location, &work.rework_operation, &work.rework_location];
    let said = |entry: &&Entry| !entry.value.is_empty() || !entry.error.is_empty();
    let open = filled.iter().any(|entry| named && said(entry))
        || [&work.rework_operation, &work.rework_location].iter().any(said);
    let next = match &work.bucket.onward {
        Onward::Next(operation, _) => operation.as_str(),
        _ => "",
    };
    html! {
        div class="fields" {
            (reason.draw())
            (Field::new("complete", "notes", "Notes", Kind::Text, &work.notes).optional().class("w-6 w-12-phone").draw())
        }
        details class="asks" open[open] {
            summary { "Send pieces elsewhere" }
            div class="fields" {
                @if named {
                    (to_operation(work).empty_means(next).class("w-6").draw())
                    (to_location(work, place).class("w-6").draw())
                }
                (Field::new("complete", "rework_operation", "Rework goes to operation", Kind::Operation, &work.rework_operation).empty_means("stays").class("w-6").draw())
                (Field::new("complete", "rework_location", "Rework goes to place", Kind::Location, &work.rework_location).empty_means("stays").class("w-6").draw())
            }
        }
    }
}

fn queue(model: &CompletePage) -> Markup {
    let here = link("/complete", &[("operation", &model.operation.value)]);
    html! {
        @if !model.searched {
            (state::empty(&Empty {
                title: "Which operation are you at?".to_owned(),
                text: "Type or scan it, or scan the lot that is done.".to_owned(),
                action: None,
            }))
        } @else if model.queue.is_empty() {
            (state::empty(&Empty {
                title: "Nothing waits here".to_owned(),
                text: "Pieces show up as soon as they are received or sent to this operation.".to_owned(),
                action: None,
            }))
        } @else {
            section id="queue" data-live="*" data-live-from=(here) aria-label="What waits" {
                h2 {
                    (counted(i64::try_from(model.queue.len()).unwrap_or(i64::MAX), "lot waits", "lots wait"))
                    ", " (pieces(model.pieces)) " pieces"
                }
                p class="quiet small" { "Oldest first." @if model.more { " More wait than are shown." } }
                ol class="waiting" { @for waiting in &model.queue { li { (draw(waiting)) } } }
            }
        }
    }
}

fn draw(waiting: &Waiting) -> Markup {
    let open = address(&waiting.operation, &waiting.lot, &waiting.location);
    html! {
        a class="waiting-card" href=(open) data-focus aria-current=[waiting.chosen.then_some("true")] {
            span class="code waiting-part" { (waiting.part) }
            span class="qty" { (pieces(waiting.on_hand)) }
            span class="more" {
                "lot " (waiting.lot) " at " (waiting.location) " since " (time(&waiting.received_at))
                @if !waiting.attributes.is_empty() { " · " (waiting.attributes) }
            }
            span class="waiting-next" {
                @match &waiting.onward {
                    Onward::Next(operation, location) => {
                        "→ " (operation) @if !location.is_empty() { " at " (location) }
                    }
                    Onward::Finished => "last operation",
                    Onward::Outside => "outside the routing",
                    Onward::Unknown => "no routing",
                }
                @if let Some(reason) = &waiting.hold { " " (badge::hold(reason)) }
            }
        }
    }
}
