//! Minimum stock: the parts below theirs, and the form that sets one.

use maud::{Markup, html};

use super::routings::answer;
use crate::ui::{
    components::{
        acknowledgement::Refused,
        field::{Entry, Field, Kind, guards},
        layout::{self, Shell, heading},
        state::{self, Empty, Message},
        table::{Column, Row, Table, link as way, text},
    },
    format::{counted, link, pieces, time},
};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct MinimumPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// How many parts are below their minimum.
    pub below: i64,
    /// Those that lack most, first.
    pub lines: Vec<MinimumLine>,
    /// Whether this person may set minimums.
    pub may_edit: bool,
    /// The part whose minimum shall be set.
    pub part: Entry,
    /// The minimum.
    pub minimum_stock: Entry,
    /// Key of the next change.
    pub idempotency_key: String,
}

/// A part below its minimum.
#[derive(Clone, Debug, Default)]
pub struct MinimumLine {
    /// Part number.
    pub part: String,
    /// What it is.
    pub description: String,
    /// Pieces on hand.
    pub quantity: i64,
    /// Pieces that there should be.
    pub minimum: i64,
    /// Pieces missing.
    pub missing: i64,
    /// Since when, RFC 3339 UTC; empty in the first moment.
    pub since: String,
}

/// The document.
pub fn page(model: &MinimumPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &MinimumPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &MinimumPage) -> Markup {
    let shown = i64::try_from(model.lines.len()).unwrap_or(i64::MAX);
    html! {
        (heading("Minimum stock", "Parts of which fewer pieces are here than there should be"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.lines.is_empty() {
            (state::empty(&Empty {
                title: "No part is below its minimum".to_owned(),
                text: "A part without a minimum is never below it.".to_owned(),
                action: None,
            }))
        } @else {
            p class="quiet" {
                (counted(model.below, "part", "parts")) ", the emptiest first."
                @if model.below > shown { " These are the first " (shown) "." }
            }
            (table("minimums", &model.lines))
        }
        @if model.may_edit { (form(model)) }
    }
}

/// The parts, one to a row.
pub(super) fn table(id: &'static str, lines: &[MinimumLine]) -> Markup {
    let row = |line: &MinimumLine| {
        let since =
            (!line.since.is_empty()).then(|| html! { span class="small" { (time(&line.since)) } });
        Row::of(vec![
            way(&line.part, &link("/stock", &[("part", &line.part)])),
            text(&line.description),
            Some(html! { span class="qty" { (pieces(line.quantity)) } }),
            Some(html! { (pieces(line.minimum)) }),
            Some(html! { span class="grows" { (pieces(line.missing)) } }),
            since,
        ])
    };
    html! {
        (Table {
            id,
            caption: "Parts below their minimum".to_owned(),
            columns: vec![
                Column::lead("Part"), Column::text("What it is"), Column::number("On hand"),
                Column::number("Minimum"), Column::number("Missing"), Column::text("Since"),
            ],
            rows: lines.iter().map(row).collect(),
            total: None,
            live: "*".to_owned(),
        })
    }
}

fn form(model: &MinimumPage) -> Markup {
    let first = model.message.is_none() && model.refused.is_none();
    html! {
        h2 { "Set a minimum" }
        form id="minimum" class="panel" method="post" action="/minimum" data-book aria-label="Set a minimum" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            div class="fields" {
                (Field::new("minimum", "part", "Part", Kind::Part, &model.part).first(first && model.lines.is_empty()).class("w-6 w-12-phone").draw())
                (Field::new("minimum", "minimum_stock", "Pieces at least", Kind::Quantity, &model.minimum_stock).empty_means("none").class("w-3").draw())
                div class="w-3 form-actions push-down" { button class="button primary" type="submit" { "Set" } }
            }
        }
        p class="small quiet" {
            "Many at once: the column " span class="code" { "minimum_stock" } " of a file of parts that are new, or "
            span class="code" { "PATCH /api/v1/parts/…" } "."
        }
    }
}
