//! One part's routing: its rows to edit, and every version there was.

use maud::{Markup, html};

use super::routings::{answer, chain};
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Empty, Message},
    table::{Column, Row, Table, text},
};
use crate::ui::format::time;

/// What the page of a routing shows.
#[derive(Clone, Debug, Default)]
pub struct RoutingPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// Part number.
    pub part: String,
    /// What it is.
    pub description: String,
    /// Address of this page.
    pub address: String,
    /// Every version, the newest first.
    pub versions: Vec<Version>,
    /// Whether this person may write it.
    pub may_edit: bool,
    /// Whether this person may end it.
    pub may_end: bool,
    /// Key of the next change.
    pub idempotency_key: String,
    /// Key of its end.
    pub end_key: String,
    /// The number of the newest version as it was read; 0 for none.
    pub newest: String,
    /// The rows to edit.
    pub steps: Vec<Step>,
    /// The row whose operation has the cursor, after one was added.
    pub fresh: Option<usize>,
    /// Where the rows came from, where that is no version: words for the page.
    pub taken_from: String,
    /// From when on the rows shall hold.
    pub effective_from: Entry,
}

/// A version.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// Its number.
    pub number: u32,
    /// `holds now`, `planned`, or nothing.
    pub state: &'static str,
    /// The operations, each with its place and yield in words.
    pub steps: Vec<String>,
    /// Whether the routing ended with it.
    pub ended: bool,
    /// From when on, RFC 3339 UTC.
    pub since: String,
    /// When it was made.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: String,
}

/// A row to edit.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Its position as it was; empty for a row that was added.
    pub position: String,
    /// Operation.
    pub operation: Entry,
    /// Place.
    pub location: Entry,
    /// Yield.
    pub yields: Entry,
}

/// The document.
pub fn page(model: &RoutingPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &RoutingPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &RoutingPage) -> Markup {
    html! {
        (heading(&format!("Routing of {}", model.part), &model.description))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        p { a class="button plain" href="/routings" { "All routings" } }
        @if model.may_edit { (form(model)) }
        (versions(model))
        @if model.may_end { (end(model)) }
    }
}

fn form(model: &RoutingPage) -> Markup {
    let last = model.steps.len().saturating_sub(1);
    html! {
        form id="routing" class="panel" method="post" action=(model.address) data-book aria-label={ "Operations of " (model.part) } {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("newest", &model.newest))
            // What Enter does where no script runs.
            button class="visually-hidden" type="submit" name="action" value="save" tabindex="-1" aria-hidden="true" { "Save" }
            @if !model.taken_from.is_empty() { p class="quiet" { (model.taken_from) } }
            ol class="slots steps" {
                @for (at, step) in model.steps.iter().enumerate() { li { (row(model, at, step, last)) } }
            }
            div class="form-actions" {
                button class="button" type="submit" name="action" value="add" { "Add an operation" }
            }
            div class="fields" {
                (Field::new("routing", "effective_from", "Holds from", Kind::Time, &model.effective_from).optional().class("w-6").draw())
            }
            p class="small quiet" { "Left empty, it holds from now on. What was booked before keeps to the version of its time." }
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="save" { (icon(Icon::Check)) "Save as a new version" }
            }
        }
    }
}

fn row(model: &RoutingPage, at: usize, step: &Step, last: usize) -> Markup {
    let name = |field: &str| format!("step.{at}.{field}");
    let (operation, location, yields) = (name("operation"), name("location"), name("yield"));
    let number = at + 1;
    html! {
        div class="step" role="group" aria-label={ "Operation " (number) } {
            span class="slot-number" { (number) }
            (hidden(&name("position"), &step.position))
            (Field::new("routing", &operation, "Operation", Kind::Operation, &step.operation).first(model.fresh == Some(at)).draw())
            (Field::new("routing", &location, "Place", Kind::Location, &step.location).optional().draw())
            (Field::new("routing", &yields, "Yield", Kind::Text, &step.yields).optional().draw())
            div class="form-actions" {
                @if at > 0 {
                    button class="button" type="submit" name="action" value={ "up." (at) } aria-label={ "Move operation " (number) " up" } { "Up" }
                }
                @if at < last {
                    button class="button" type="submit" name="action" value={ "down." (at) } aria-label={ "Move operation " (number) " down" } { "Down" }
                }
                button class="button danger" type="submit" name="action" value={ "remove." (at) } aria-label={ "Remove operation " (number) } { "Remove" }
            }
        }
    }
}

fn versions(model: &RoutingPage) -> Markup {
    let row = |version: &Version| {
        let steps = if version.ended { text("ended") } else { Some(chain(&version.steps)) };
        let number = html! {
            strong { (version.number) }
            @if !version.state.is_empty() { " " span class="badge" { (version.state) } }
        };
        let by = html! { (version.recorded_by) " " span class="small quiet" { (time(&version.recorded_at)) } };
        Row::of(vec![Some(number), steps, Some(time(&version.since)), Some(by)])
    };
    let table = Table {
        id: "versions",
        caption: format!("Versions of the routing of {}", model.part),
        columns: vec![
            Column::lead("Version"),
            Column::text("Operations"),
            Column::text("Holds from"),
            Column::text("Made by"),
        ],
        rows: model.versions.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        h2 { "Versions" }
        @if model.versions.is_empty() {
            (state::empty(&Empty {
                title: "This part has no routing".to_owned(),
                text: "It is booked as it comes: nobody is warned, and completing names the next operation.".to_owned(),
                action: None,
            }))
        } @else { (table) }
    }
}

fn end(model: &RoutingPage) -> Markup {
    html! {
        form id="end" class="panel" method="post" action=(model.address) data-book aria-label="End the routing" {
            (guards(&model.shell.csrf, &model.end_key, &[]))
            (hidden("newest", &model.newest))
            p { "From then on the part has no routing. The versions stay." }
            div class="form-actions" {
                button class="button danger" type="submit" name="action" value="retire" { "End the routing" }
            }
        }
    }
}
