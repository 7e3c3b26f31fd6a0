//! Other systems that send messages here.

use maud::{Markup, html};

use super::{WebhooksPage, moment};
use crate::ui::components::{
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{pieces, time};

/// A source.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Identity.
    pub id: String,
    /// Key of the next change of it.
    pub idempotency_key: String,
    /// Its name.
    pub name: String,
    /// Whether nothing of it is taken.
    pub off: bool,
    /// Since when.
    pub since: String,
    /// Until when its former secret counts.
    pub former_until: String,
    /// Messages that were taken.
    pub taken: i64,
    /// When the last was.
    pub taken_at: String,
    /// When one was last refused.
    pub refused_at: String,
    /// Why.
    pub last_error: String,
}

/// The form for another source.
#[derive(Clone, Debug, Default)]
pub struct NewSource {
    /// Key that makes a repetition harmless.
    pub idempotency_key: String,
    /// The last step of its address.
    pub name: Entry,
}

pub(super) fn sources(model: &WebhooksPage) -> Markup {
    let mut columns = vec![
        Column::lead("Source"),
        Column::text("State"),
        Column::number("Taken"),
        Column::text("Last taken"),
        Column::text("Last refused"),
        Column::notes("Why"),
    ];
    if model.may_change {
        columns.push(Column::text("Change"));
    }
    let row = |source: &Source| {
        let mut cells = vec![
            Some(name(source)),
            Some(state(source)),
            text(&pieces(source.taken)),
            moment(&source.taken_at),
            moment(&source.refused_at),
            text(&source.last_error),
        ];
        if model.may_change {
            cells.push(Some(change(model, source)));
        }
        Row::of(cells)
    };
    let table = Table {
        id: "sources",
        caption: "Sources".to_owned(),
        columns,
        rows: model.sources.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if !model.sources.is_empty() {
            h2 { "Sources" }
            p class="quiet" { "Other systems that book here by signed messages. Each books as itself, and each message once." }
            (table)
        }
    }
}

fn name(source: &Source) -> Markup {
    html! {
        strong { (source.name) }
        br;
        span class="code small" { "/api/v1/inbound/" (source.name) }
        @if !source.former_until.is_empty() {
            br;
            span class="small quiet" { "former secret counts until " (time(&source.former_until)) }
        }
    }
}

fn state(source: &Source) -> Markup {
    html! {
        @if source.off {
            (icon(Icon::Hold)) " Disabled"
            @if !source.since.is_empty() { " since " (time(&source.since)) }
        } @else {
            (icon(Icon::Check)) " Open"
        }
    }
}

fn change(model: &WebhooksPage, source: &Source) -> Markup {
    html! {
        form method="post" action="/webhooks" data-book aria-label={ "Change " (source.name) } {
            (guards(&model.shell.csrf, &source.idempotency_key, &[]))
            (hidden("source", &source.id))
            div class="form-actions" {
                @if source.off {
                    button class="button" type="submit" name="action" value="enable-source" { "Enable" }
                    button class="button danger" type="submit" name="action" value="remove-source" { "Remove" }
                } @else {
                    button class="button" type="submit" name="action" value="rotate-source" { "New secret" }
                    button class="button" type="submit" name="action" value="disable-source" { "Disable" }
                }
            }
        }
    }
}

pub(super) fn new_source(model: &WebhooksPage) -> Markup {
    let name = Field::new("new-source", "name", "Name", Kind::Text, &model.new_source.name);
    html! {
        h2 { "A new source" }
        form id="new-source" class="panel" method="post" action="/webhooks" data-book aria-label="A new source" {
            (guards(&model.shell.csrf, &model.new_source.idempotency_key, &[]))
            p class="quiet" { "Another system that may book here by signed messages. Its name is the last step of its address." }
            (name.draw())
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="create-source" { (icon(Icon::Check)) "Make it" }
            }
        }
    }
}
