//! Periods: up to which day everything is closed, and who closed and reopened it.

use maud::{Markup, html};

use super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::Message,
    table::{Column, Row, Table, text},
};
use crate::ui::format::time;

/// What the page of the periods shows.
#[derive(Clone, Debug, Default)]
pub struct PeriodsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// The last day that is closed; empty where nothing is.
    pub through: String,
    /// Every closing and reopening, the newest first.
    pub entries: Vec<PeriodLine>,
    /// Whether this person may close.
    pub may_close: bool,
    /// Whether this person may reopen.
    pub may_reopen: bool,
    /// The number of the newest entry as it was read; 0 for none.
    pub newest: String,
    /// Closing.
    pub close: Ask,
    /// Reopening.
    pub reopen: Ask,
}

/// What a form asks for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Key of the change.
    pub key: String,
    /// The last day that is closed then.
    pub day: Entry,
}

/// A closing or reopening.
#[derive(Clone, Debug, Default)]
pub struct PeriodLine {
    /// Its number.
    pub number: u32,
    /// Whether some of what was closed was reopened.
    pub reopened: bool,
    /// The last day that is closed since; empty where nothing is.
    pub through: String,
    /// When.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: String,
}

/// The document.
pub fn page(model: &PeriodsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &PeriodsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &PeriodsPage) -> Markup {
    html! {
        (heading("Periods", "What happened in a closed period and is told later is booked all the same, and flagged"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        section class="panel" aria-labelledby="now" {
            h2 id="now" {
                @if model.through.is_empty() { "Nothing is closed" } @else { "Closed through " (model.through) }
            }
            p { "A shift belongs to the day it started on. In the history, what lies in a closed period is marked." }
        }
        @if model.may_close { (close(model)) }
        @if !model.entries.is_empty() { (entries(model)) }
        @if model.may_reopen && !model.through.is_empty() { (reopen(model)) }
    }
}

fn close(model: &PeriodsPage) -> Markup {
    let day = Field::new("close", "through", "Last day", Kind::Day, &model.close.day);
    html! {
        form id="close" class="panel" method="post" action="/periods" data-book aria-label="Close a period" {
            (guards(&model.shell.csrf, &model.close.key, &[]))
            (hidden("newest", &model.newest))
            div class="fields" { (day.class("w-6").draw()) }
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="close" { (icon(Icon::Check)) "Close through this day" }
            }
        }
    }
}

fn reopen(model: &PeriodsPage) -> Markup {
    let day =
        Field::new("reopen", "through", "Last day that stays closed", Kind::Day, &model.reopen.day);
    html! {
        form id="reopen" class="panel" method="post" action="/periods" data-book aria-labelledby="reopen-heading" {
            h2 id="reopen-heading" { "Reopen" }
            (guards(&model.shell.csrf, &model.reopen.key, &[]))
            (hidden("newest", &model.newest))
            p class="small quiet" { "Without a day everything is open again. Who reopened, and when, stays in the list." }
            div class="fields" { (day.optional().class("w-6").draw()) }
            div class="form-actions" {
                button class="button danger" type="submit" name="action" value="reopen" { "Reopen" }
            }
        }
    }
}

fn entries(model: &PeriodsPage) -> Markup {
    let row = |entry: &PeriodLine| {
        let what = if entry.reopened { "Reopened" } else { "Closed" };
        let through = if entry.through.is_empty() { "nothing is closed" } else { &entry.through };
        let by = html! { (entry.recorded_by) " " span class="small quiet" { (time(&entry.recorded_at)) } };
        Row::of(vec![
            Some(html! { strong { (entry.number) } }),
            text(what),
            text(through),
            Some(by),
        ])
    };
    let table = Table {
        id: "entries",
        caption: "Closings and reopenings, the newest first".to_owned(),
        columns: vec![
            Column::lead("Number"),
            Column::text("What"),
            Column::text("Closed through"),
            Column::text("By"),
        ],
        rows: model.entries.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        h2 { "Closings so far" }
        (table)
    }
}
