//! One machine: what it shows, what of it is counted, and counting something more.

use maud::{Markup, html};

use super::super::routings::answer;
use super::counter::{CounterFields, fields};
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::guards,
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Empty, Message, Tone},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct MachinePage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// The machine.
    pub name: String,
    /// How it speaks.
    pub protocol: String,
    /// How serious it is how it is heard.
    pub tone: Tone,
    /// How it is heard, in words.
    pub state: String,
    /// What is counted.
    pub counters: Vec<CounterLine>,
    /// What it shows, as far as this server heard it.
    pub tags: Vec<TagLine>,
    /// Whether this person may say what is counted.
    pub may_edit: bool,
    /// The counter that is asked for.
    pub fields: CounterFields,
    /// Key of the next request.
    pub idempotency_key: String,
}

/// A counter.
#[derive(Clone, Debug, Default)]
pub struct CounterLine {
    /// Number.
    pub id: i64,
    /// Tag.
    pub tag: String,
    /// What is booked.
    pub books: &'static str,
    /// Part.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// What it showed last; empty before the first time.
    pub value: String,
    /// Since when.
    pub value_at: String,
    /// Who confirms, in words.
    pub confirms: String,
}

/// Something that the machine shows.
#[derive(Clone, Debug, Default)]
pub struct TagLine {
    /// Its name.
    pub name: String,
    /// What the machine says of it.
    pub words: String,
    /// What it showed last.
    pub value: String,
    /// Whether it is counted.
    pub is_counted: bool,
}

/// The document.
pub fn page(model: &MachinePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &MachinePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &MachinePage) -> Markup {
    html! {
        (heading(&model.name, "What it shows, and what of it counts"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        (state::message(&Message { tone: model.tone, text: model.state.clone(), action: None }))
        h2 { "Counters" }
        @if model.counters.is_empty() {
            (state::empty(&Empty {
                title: "Nothing of this machine is counted.".to_owned(),
                text: if model.may_edit { "Say below which of its tags counts pieces of what.".to_owned() } else { "A lead says what is counted.".to_owned() },
                action: None,
            }))
        } @else { (counters(model)) }
        @if !model.tags.is_empty() { (tags(model)) }
        @if model.may_edit { (form(model)) }
        p { a href=(link("/machines", &[("machine", &model.name)])) { "What it counted" } }
    }
}

fn counters(model: &MachinePage) -> Markup {
    let row = |it: &CounterLine| {
        let value = html! {
            @if it.value.is_empty() { span class="quiet" { "not yet" } } @else { (it.value) }
        };
        Row::of(vec![
            Some(
                html! { a class="row-link code" href={ "/machine-counters/" (it.id) } { (it.tag) } },
            ),
            text(it.books),
            Some(html! { span class="code" { (it.part) } " at " (it.operation) }),
            text(&it.location),
            Some(value),
            Some(html! { @if !it.value_at.is_empty() { (time(&it.value_at)) } }),
            text(&it.confirms),
        ])
    };
    html! {
        (Table {
            id: "counters",
            caption: "What is counted".to_owned(),
            columns: vec![
                Column::lead("Tag"), Column::text("Books"), Column::text("Part"), Column::text("Where"),
                Column::number("Shows"), Column::text("Since"), Column::text("Confirmed by"),
            ],
            rows: model.counters.iter().map(row).collect(),
            ..Table::default()
        })
    }
}

fn tags(model: &MachinePage) -> Markup {
    let row = |it: &TagLine| {
        let name = html! {
            @if model.may_edit && !it.is_counted {
                a class="row-link code" href={ (link(&format!("/machines/{}", model.name), &[("tag", &it.name)])) "#add" } { (it.name) }
            } @else { span class="code" { (it.name) } }
            @if it.is_counted { " " (badge::plain("counted")) }
        };
        Row::of(vec![Some(name), text(&it.words), text(&it.value)])
    };
    html! {
        h2 { "What it shows" }
        p class="small quiet" { (pieces(i64::try_from(model.tags.len()).unwrap_or(i64::MAX))) " tags, as this server heard them since it listens." }
        (Table {
            id: "tags",
            caption: "What the machine shows".to_owned(),
            columns: vec![Column::lead("Tag"), Column::notes("What it is"), Column::number("Shows")],
            rows: model.tags.iter().map(row).collect(),
            ..Table::default()
        })
    }
}

fn form(model: &MachinePage) -> Markup {
    let action = format!("/machines/{}", model.name);
    html! {
        form id="add" class="panel" method="post" action=(action) data-book aria-label="Count a tag" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            h2 { "Count a tag" }
            (fields("add", &model.fields))
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Check)) "Count it" }
            }
        }
    }
}
