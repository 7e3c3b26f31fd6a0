//! How the server and its ledger are, for those who look after them.

use maud::{Markup, html};

use crate::ui::{
    components::{
        layout::{self, Shell, heading},
        state::{self, Empty, Message},
        table::{Column, Row, Table},
        truth::{Lamp, lamp},
    },
    format::{pieces, time},
};

/// What the page of the server shows.
#[derive(Clone, Debug, Default)]
pub struct StatusPage {
    /// Frame.
    pub shell: Shell,
    /// How everything is that must always hold, in words.
    pub light: Message,
    /// Each thing that must.
    pub invariants: Vec<InvariantRow>,
    /// Words and values: version, what there is.
    pub facts: Vec<(String, String)>,
    /// For those who look after the server; `None` for everybody else.
    pub statements: Option<Statements>,
}

/// Something that must always hold.
#[derive(Clone, Debug, Default)]
pub struct InvariantRow {
    /// How it is.
    pub lamp: Lamp,
    /// What must hold, in a few words.
    pub title: String,
    /// What was found.
    pub found: String,
    /// What breaks it: kind and key, and where that is looked at.
    pub keys: Vec<OffendingKey>,
    /// What to do; empty where nothing must be done.
    pub next: String,
    /// Since when it is so, RFC 3339 UTC; empty where nobody looked.
    pub since: String,
}

/// What breaks an invariant.
#[derive(Clone, Debug, Default)]
pub struct OffendingKey {
    /// What kind of thing.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// Where it is looked at; empty where it has no page.
    pub address: String,
}

/// Statements of the database that took long.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    /// From how many milliseconds on a statement is remembered; `None` where none is.
    pub told_from_ms: Option<i64>,
    /// The slowest first.
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
        (invariants(model))
        @if !model.facts.is_empty() {
            section class="panel" aria-label="Facts" {
                dl class="facts" {
                    @for (word, value) in &model.facts { div { dt { (word) } dd { (value) } } }
                }
            }
        }
        @if let Some(statements) = &model.statements {
            h2 { "Statements that took long" }
            (slow(statements))
        }
    }
}

fn invariants(model: &StatusPage) -> Markup {
    let draw = |row: &InvariantRow| {
        Row::of(vec![
            Some(html! { (row.title) }),
            Some(lamp(row.lamp)),
            Some(found(row)),
            (!row.since.is_empty()).then(|| html! { span class="small" { (time(&row.since)) } }),
        ])
    };
    html! {
        (Table {
            id: "invariants",
            caption: "What must always hold, and how it is".into(),
            columns: vec![
                Column::lead("What must hold"), Column::text("State"),
                Column::notes("What was found"), Column::text("Since"),
            ],
            rows: model.invariants.iter().map(draw).collect(),
            total: None,
            live: "truth".into(),
        })
    }
}

fn found(row: &InvariantRow) -> Markup {
    html! {
        (row.found)
        @if !row.keys.is_empty() {
            span class="truth-keys" {
                @for OffendingKey { kind, key, address } in &row.keys {
                    span {
                        (kind) " "
                        @if address.is_empty() { span class="code" { (key) } }
                        @else { a class="code" href=(address) { (key) } }
                    }
                }
            }
        }
        @if !row.next.is_empty() { span class="truth-next" { strong { "Next: " } (row.next) } }
    }
}

fn slow(model: &Statements) -> Markup {
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
