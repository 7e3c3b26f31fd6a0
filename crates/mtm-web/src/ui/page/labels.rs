//! Labels: every template of the site.

use maud::{Markup, html};

use crate::ui::components::{
    field::{Choice, Entry, Field, Kind, Select},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    table::{Column, Row, Table, link, text},
};
use crate::ui::format::time;

/// What the list of templates shows.
#[derive(Clone, Debug, Default)]
pub struct LabelsPage {
    /// Frame.
    pub shell: Shell,
    /// Every template.
    pub lines: Vec<TemplateLine>,
    /// Whether this person may write a new one.
    pub may_edit: bool,
    /// What a new one may begin as.
    pub likes: Vec<Choice>,
}

/// A template in one line.
#[derive(Clone, Debug, Default)]
pub struct TemplateLine {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it is about; empty where its text cannot be read.
    pub of: String,
    /// Whether the program's own text counts.
    pub as_brought: bool,
    /// When it was changed, RFC 3339 UTC; empty where never.
    pub changed_at: String,
    /// By whom.
    pub changed_by: String,
}

/// The document.
pub fn page(model: &LabelsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &LabelsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &LabelsPage) -> Markup {
    let row = |line: &TemplateLine| {
        let changed = html! {
            @if line.as_brought { "as the program brings it" }
            @else { (line.changed_by) " " span class="small quiet" { (time(&line.changed_at)) } }
        };
        let about = if line.of.is_empty() { "cannot be read" } else { &line.of };
        Row::of(vec![
            link(&line.title, &format!("/labels/{}", line.name)),
            text(&line.name),
            text(about),
            Some(changed),
        ])
    };
    let table = Table {
        id: "templates",
        caption: "Templates of labels, by name".to_owned(),
        columns: vec![
            Column::lead("Label"),
            Column::text("Name"),
            Column::text("About"),
            Column::text("Changed"),
        ],
        rows: model.lines.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        (heading("Labels", "How labels look. Each change stays as a version"))
        (table)
        @if model.may_edit { (new(model)) }
    }
}

fn new(model: &LabelsPage) -> Markup {
    let empty = Entry::default().hinted("a-z, 0-9 and -, for example lot-customer");
    let name = Field::new("new", "name", "Name", Kind::Text, &empty).class("w-6");
    let like = Select {
        form: "new",
        name: "like",
        label: "Begins as",
        entry: &Entry::default(),
        choices: &model.likes,
        none: None,
        class: "w-6",
    };
    html! {
        form id="new" class="panel" method="get" action="/labels" aria-labelledby="new-heading" {
            h2 id="new-heading" { "A new label" }
            div class="fields" { (name.draw()) (like.draw()) }
            div class="form-actions" {
                button class="button" type="submit" { (icon(Icon::Print)) "Write it" }
            }
        }
    }
}
