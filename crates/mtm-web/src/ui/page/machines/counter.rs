//! A counter: which tag counts pieces of what, how fast it can be, and who confirms them.

use maud::{Markup, html};

use super::super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Choice, Entry, Field, Kind, Select, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    past::{Past, past},
    state::{self, Message, Tone},
};
use crate::ui::format::{link, time};

/// What is said of a counter, as typed.
#[derive(Clone, Debug, Default)]
pub struct CounterFields {
    /// The tag.
    pub tag: Entry,
    /// What is booked.
    pub books: Entry,
    /// The part.
    pub part: Entry,
    /// The operation.
    pub operation: Entry,
    /// The location.
    pub location: Entry,
    /// The work order of lots.
    pub work_order: Entry,
    /// Why pieces are scrapped.
    pub scrap_reason: Entry,
    /// Reasons to choose from: code and words.
    pub reasons: Vec<(String, String)>,
    /// Pieces for each count.
    pub pieces: Entry,
    /// Most counts in an hour.
    pub per_hour: Entry,
    /// The largest total.
    pub rollover: Entry,
    /// Whether it is set to zero now and then.
    pub resets: Entry,
    /// Seconds within which a count is told.
    pub told_within: Entry,
    /// Pieces that fill a container.
    pub container: Entry,
    /// Who confirms.
    pub by_rule: Entry,
}

impl CounterFields {
    /// The fields by the names that forms and the API give them.
    pub fn named(&mut self) -> [(&'static str, &mut Entry); 14] {
        [
            ("tag", &mut self.tag),
            ("booking", &mut self.books),
            ("part", &mut self.part),
            ("operation", &mut self.operation),
            ("location", &mut self.location),
            ("work_order", &mut self.work_order),
            ("scrap_reason", &mut self.scrap_reason),
            ("pieces", &mut self.pieces),
            ("per_hour", &mut self.per_hour),
            ("rollover", &mut self.rollover),
            ("resets", &mut self.resets),
            ("told_within", &mut self.told_within),
            ("container", &mut self.container),
            ("by_rule", &mut self.by_rule),
        ]
    }
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct CounterPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// Number.
    pub id: i64,
    /// Version of what is changed.
    pub version: i64,
    /// The machine.
    pub machine: String,
    /// The tag.
    pub tag: String,
    /// What it showed last; empty before the first time.
    pub value: String,
    /// Since when.
    pub value_at: String,
    /// Whether something may be missing since then.
    pub is_broken: bool,
    /// When it was retired; empty while it counts.
    pub retired_at: String,
    /// What is said of it.
    pub fields: CounterFields,
    /// Whether this person may change it.
    pub may_edit: bool,
    /// What became of it, the oldest first.
    pub history: Vec<Past>,
    /// Key of the next change.
    pub idempotency_key: String,
}

/// The document.
pub fn page(model: &CounterPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &CounterPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &CounterPage) -> Markup {
    let line = format!("Counter {} of {}", model.id, model.machine);
    html! {
        (heading(&model.tag, &line))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if !model.retired_at.is_empty() {
            (state::message(&Message { tone: Tone::Warn, text: "It does not count any more.".to_owned(), action: None }))
        } @else if model.is_broken {
            (state::message(&Message { tone: Tone::Warn, text: "The machine is not heard, or does not say what it counted.".to_owned(), action: None }))
        }
        dl class="facts" {
            @if !model.value.is_empty() { div { dt { "Shows" } dd { (model.value) } } }
            @if !model.value_at.is_empty() { div { dt { "Since" } dd { (time(&model.value_at)) } } }
            @if !model.retired_at.is_empty() { div { dt { "Retired" } dd { (time(&model.retired_at)) } } }
        }
        @if model.may_edit && model.retired_at.is_empty() { (form(model)) }
        (past(&model.history))
        p { a href={ "/machines/" (model.machine) } { "The machine" } " · " a href=(link("/machines", &[("machine", &model.machine)])) { "What it counted" } }
    }
}

fn form(model: &CounterPage) -> Markup {
    let action = format!("/machine-counters/{}", model.id);
    html! {
        form id="counter" class="panel" method="post" action=(action) data-book aria-label="Change this counter" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("version", &model.version.to_string()))
            h2 { "What it counts" }
            (fields("counter", &model.fields))
            p class="small quiet" { "Pieces that were counted so far stay what they were counted as." }
            div class="form-actions" {
                button class="button primary" type="submit" name="deed" value="change" { (icon(Icon::Check)) "Change" }
                button class="button" type="submit" name="deed" value="retire" { (icon(Icon::Cross)) "Count it no more" }
            }
        }
    }
}

/// The fields of a counter.
pub(super) fn fields(form: &str, it: &CounterFields) -> Markup {
    let books = [
        Choice::new("receive", "a receipt: a new lot"),
        Choice::new("complete", "the operation completed: good pieces go on"),
        Choice::new("scrap", "scrap"),
    ];
    let confirms = [
        Choice::new("no", "a person"),
        Choice::new("yes", "by itself, one full container at a time"),
    ];
    let resets = [
        Choice::new("yes", "yes: somebody or something sets it to zero"),
        Choice::new("no", "no: it counts for as long as the machine lives"),
    ];
    let reasons: Vec<Choice> =
        it.reasons.iter().map(|(code, words)| Choice::new(code, words)).collect();
    html! {
        div class="fields" {
            (Field::new(form, "tag", "Tag", Kind::Text, &it.tag).class("w-6 w-12-phone").draw())
            (Select { form, name: "booking", label: "What its pieces are", entry: &it.books, choices: &books, none: None, class: "w-6 w-12-phone" }.draw())
            (Field::new(form, "part", "Part", Kind::Part, &it.part).class("w-4 w-12-phone").draw())
            (Field::new(form, "operation", "Operation", Kind::Operation, &it.operation).class("w-3 w-12-phone").draw())
            (Field::new(form, "location", "Location", Kind::Location, &it.location).class("w-5 w-12-phone").draw())
            (Field::new(form, "pieces", "Pieces for each count", Kind::Count, &it.pieces).class("w-3 w-12-phone").draw())
            (Field::new(form, "per_hour", "Most counts in an hour", Kind::Count, &it.per_hour).class("w-3 w-12-phone").draw())
            (Field::new(form, "rollover", "Largest total", Kind::Count, &it.rollover).empty_means("none").class("w-3 w-12-phone").draw())
            (Field::new(form, "container", "Pieces in a container", Kind::Count, &it.container).empty_means("any").class("w-3 w-12-phone").draw())
            (Select { form, name: "resets", label: "Does it begin again?", entry: &it.resets, choices: &resets, none: None, class: "w-6 w-12-phone" }.draw())
            (Select { form, name: "by_rule", label: "Who confirms", entry: &it.by_rule, choices: &confirms, none: None, class: "w-6 w-12-phone" }.draw())
            (Field::new(form, "told_within", "Told within seconds", Kind::Count, &it.told_within).class("w-3 w-12-phone").draw())
            (Field::new(form, "work_order", "Work order of lots", Kind::WorkOrder, &it.work_order).optional().class("w-4 w-12-phone").draw())
            (Select { form, name: "scrap_reason", label: "Why, of scrap", entry: &it.scrap_reason, choices: &reasons, none: Some("no scrap"), class: "w-5 w-12-phone" }.draw())
        }
    }
}
