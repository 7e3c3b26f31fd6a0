//! How the server and its ledger are, for those who look after them.

use maud::{Markup, html};

use crate::ui::{
    components::{
        layout::{self, Shell, heading},
        state::{self, Empty, Message},
        table::{Column, Row, Table},
    },
    format::{pieces, time},
};

/// What the page of the server shows.
#[derive(Clone, Debug, Default)]
pub struct StatusPage {
    /// Frame.
    pub shell: Shell,
    /// Whether the ledger says what it was told, in words.
    pub light: Message,
    /// When that was found out, RFC 3339 UTC; empty where nobody looked yet.
    pub checked_at: String,
    /// Words and values: version, what there is.
    pub facts: Vec<(String, String)>,
    /// From how many milliseconds on a statement is remembered; `None` where none is.
    pub told_from_ms: Option<i64>,
    /// Statements of the database that took long, the slowest first.
    pub slow: Vec<SlowRow>,
}

/// A statement that took long.
#[derive(Clone, Debug, Default)]
pub struct SlowRow {
    /// Its text, without values.
    pub statement: String,
    /// How often.
    pub times: i64,
    /// At most, in milliseconds.
    pub longest_ms: i64,
    /// Rows it gave or changed then.
    pub rows: i64,
    /// When, RFC 3339 UTC.
    pub longest_at: String,
}

/// The document.
pub fn page(model: &StatusPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &StatusPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &StatusPage) -> Markup {
    html! {
        (heading("Server", "How it and its ledger are"))
        (state::message(&model.light))
        section class="panel" aria-label="Facts" {
            dl class="facts" {
                @for (word, value) in &model.facts { div { dt { (word) } dd { (value) } } }
                @if !model.checked_at.is_empty() {
                    div { dt { "Verified" } dd { (time(&model.checked_at)) } }
                }
            }
        }
        h2 { "Statements that took long" }
        (slow(model))
    }
}

fn slow(model: &StatusPage) -> Markup {
    let Some(bound) = model.told_from_ms else {
        return state::empty(&Empty {
            title: "Nobody watches".into(),
            text:
                "Set database.slow_statement_ms, and statements that take longer are listed here."
                    .into(),
            action: None,
        });
    };
    if model.slow.is_empty() {
        return state::empty(&Empty {
            title: "None".into(),
            text: format!(
                "No statement of the database took {} ms or more since the server started.",
                pieces(bound)
            ),
            action: None,
        });
    }
    let draw = |row: &SlowRow| {
        Row::of(vec![
            Some(html! { (pieces(row.longest_ms)) " ms" }),
            Some(html! { span class="small code" { (row.statement) } }),
            Some(html! { (pieces(row.times)) }),
            Some(html! { (pieces(row.rows)) }),
            Some(html! { span class="small" { (time(&row.longest_at)) } }),
        ])
    };
    html! {
        p class="quiet" {
            "From " (pieces(bound)) " ms on, since the server started. Values are never kept."
        }
        (Table {
            id: "slow-statements",
            caption: "Statements of the database that took long, the slowest first".into(),
            columns: vec![
                Column::lead("At most"), Column::notes("Statement"), Column::number("Times"),
                Column::number("Rows then"), Column::text("When"),
            ],
            rows: model.slow.iter().map(draw).collect(),
            total: None,
            live: String::new(),
        })
    }
}
