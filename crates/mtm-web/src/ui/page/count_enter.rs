//! Counting: one line after the other, without saying what is expected.

use maud::{Markup, html};

use crate::ui::components::{
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Message},
};
use crate::ui::format::{counted, link, pieces};

/// What the page of a counter shows.
#[derive(Clone, Debug, Default)]
pub struct CountEnterPage {
    /// Frame.
    pub shell: Shell,
    /// The count.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Lines that wait for somebody to count, of all.
    pub waiting: i64,
    /// What became of the last entry, and whether it was taken.
    pub message: Option<(Message, bool)>,
    /// Where this person counts; empty before a place is chosen.
    pub location: String,
    /// The line to count; `None` where nothing waits here.
    pub line: Option<LineToCount>,
    /// Something that is not on the list.
    pub found: FoundForm,
    /// Where there is something to count.
    pub places: Vec<PlaceToCount>,
}

/// A line to count, without any number.
#[derive(Clone, Debug, Default)]
pub struct LineToCount {
    /// Key that makes a repetition harmless.
    pub idempotency_key: String,
    /// Its number.
    pub line: u32,
    /// Part.
    pub part: String,
    /// What the part is.
    pub description: String,
    /// Operation.
    pub operation: String,
    /// Lot; empty where nobody knows it.
    pub lot: String,
    /// Whether somebody counted it before.
    pub again: bool,
    /// What was typed.
    pub counted: Entry,
    /// Notes.
    pub notes: Entry,
}

/// The form for what is not on the list.
#[derive(Clone, Debug, Default)]
pub struct FoundForm {
    /// Key that makes a repetition harmless.
    pub idempotency_key: String,
    /// Part.
    pub part: Entry,
    /// Operation.
    pub operation: Entry,
    /// Lot.
    pub lot: Entry,
    /// Pieces.
    pub counted: Entry,
    /// Whether it is shown open.
    pub open: bool,
}

/// A place with lines.
#[derive(Clone, Debug, Default)]
pub struct PlaceToCount {
    /// The location.
    pub location: String,
    /// Its building.
    pub building: String,
    /// Lines there.
    pub lines: i64,
    /// Lines that wait.
    pub waiting: i64,
}

/// The document.
pub fn page(model: &CountEnterPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &CountEnterPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &CountEnterPage) -> Markup {
    let address = format!("/counts/{}/enter", model.id);
    let left = counted(model.waiting, "line", "lines");
    html! {
        (heading(&format!("Count: {}", model.name), &format!("{left} to count")))
        div id="answer" tabindex="-1" {
            @if let Some((message, taken)) = &model.message {
                div data-answer=(if *taken { "ok" } else { "refused" }) { (state::message(message)) }
            }
        }
        @if let Some(line) = &model.line { (line_form(model, &address, line)) }
        @if !model.location.is_empty() && model.line.is_none() {
            p class="message" { (icon(Icon::Check)) "Nothing is left to count at " (model.location) "." }
        }
        @if !model.location.is_empty() { (found_form(model, &address)) }
        (places(model, &address))
        p { a class="button plain" href={ "/counts/" (model.id) } { "About this count" } }
    }
}

fn line_form(model: &CountEnterPage, address: &str, line: &LineToCount) -> Markup {
    let number = line.line.to_string();
    let later = link(address, &[("location", &model.location), ("after", &number)]);
    html! {
        form id="count" class="panel" method="post" action=(address) data-book aria-label="Count a line" {
            (guards(&model.shell.csrf, &line.idempotency_key, &[]))
            (hidden("location", &model.location))
            (hidden("line", &number))
            p class="hero" {
                span class="code" { (line.part) }
                span { "operation " (line.operation) }
            }
            dl class="facts" {
                div { dt { "Location" } dd class="code" { (model.location) } }
                div { dt { "Lot" } dd class="code" { @if line.lot.is_empty() { "unknown" } @else { (line.lot) } } }
                @if !line.description.is_empty() { div { dt { "Part" } dd { (line.description) } } }
            }
            @if line.again { p { (icon(Icon::Undo)) " Please count this again." } }
            div class="fields" {
                (Field::new("count", "counted", "Pieces there now", Kind::Count, &line.counted).big().first(model.message.is_none()).class("w-6 w-12-phone").draw())
                (Field::new("count", "notes", "Notes", Kind::Text, &line.notes).optional().class("w-6 w-12-phone").draw())
            }
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Check)) "Next" }
                a class="button plain" href=(later) { "Later" }
            }
        }
    }
}

fn found_form(model: &CountEnterPage, address: &str) -> Markup {
    let found = &model.found;
    let field = |name, label, kind, entry| Field::new("found", name, label, kind, entry);
    html! {
        details class="panel" open[found.open] {
            summary { "Something stands here that is not on the list" }
            form id="found" method="post" action=(address) data-book aria-label="Enter what is not on the list" {
                (guards(&model.shell.csrf, &found.idempotency_key, &[]))
                (hidden("location", &model.location))
                div class="fields" {
                    (field("part", "Part", Kind::Part, &found.part).class("w-6 w-12-phone").draw())
                    (field("operation", "Operation", Kind::Operation, &found.operation).class("w-6 w-12-phone").draw())
                    (field("lot", "Lot", Kind::Lot, &found.lot).empty_means("nobody knows it").class("w-6 w-12-phone").draw())
                    (field("counted", "Pieces", Kind::Count, &found.counted).class("w-6 w-12-phone").draw())
                }
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Check)) "Enter it" }
                }
            }
        }
    }
}

fn places(model: &CountEnterPage, address: &str) -> Markup {
    let scanned = Entry::default();
    html! {
        form id="place" class="panel" method="get" action=(address) data-find role="search" aria-label="Choose a place" {
            (Field::new("place", "location", "Scan or choose a place", Kind::Location, &scanned).filter().draw())
            div class="form-actions" {
                button class="button" type="submit" { (icon(Icon::Search)) "Go there" }
            }
        }
        ul class="panel places" {
            @for place in &model.places {
                li {
                    a class="where code" href=(link(address, &[("location", &place.location)])) { (place.location) }
                    span class="qty" { (pieces(place.lines - place.waiting)) " of " (pieces(place.lines)) }
                    @if !place.building.is_empty() { span class="more" { (place.building) } }
                }
            }
        }
    }
}
