//! A label: its template, how it looks as something of the plant, and what scanners will have trouble with.

use maud::{Markup, html};

use super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Choice, Entry, Field, Kind, Select, guards, hidden, tick},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Empty, Message},
    table::{Column, Row, Table, text},
};
use crate::ui::format::time;

/// What the page of a template shows.
#[derive(Clone, Debug, Default)]
pub struct LabelPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// The name of the template.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its text.
    pub text: Entry,
    /// The number of the version that was read; 0 for none.
    pub seen: String,
    /// Key of the change.
    pub key: String,
    /// Whether this person may change it.
    pub may_edit: bool,
    /// Whether there is something to put back, and in which words; empty where not.
    pub put_back: String,
    /// Which one it is tried with.
    pub of: Entry,
    /// The printer's resolution.
    pub dpi: Entry,
    /// The resolutions there are.
    pub dpis: Vec<Choice>,
    /// Whether it is shown as a copy.
    pub copy: bool,
    /// The label, where it could be made.
    pub preview: Option<Preview>,
    /// Why there is none.
    pub no_preview: String,
    /// Every version, the newest first.
    pub versions: Vec<VersionLine>,
}

/// A label that was made.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Address of its picture.
    pub picture: String,
    /// Address of its page.
    pub pdf: String,
    /// Address of it in the printer's language.
    pub zpl: String,
    /// What it shows, for those who do not see it.
    pub shows: String,
    /// What was found, with the element it is about.
    pub findings: Vec<String>,
}

/// A version.
#[derive(Clone, Debug, Default)]
pub struct VersionLine {
    /// Its number.
    pub number: u32,
    /// Whether it put back what the program brings.
    pub put_back: bool,
    /// When, RFC 3339 UTC.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: String,
}

/// The document.
pub fn page(model: &LabelPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &LabelPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &LabelPage) -> Markup {
    html! {
        (heading(&model.title, "A template, tried with something of the plant"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        (preview(model))
        (form(model))
        @if !model.versions.is_empty() { (versions(model)) }
    }
}

fn preview(model: &LabelPage) -> Markup {
    let Some(preview) = &model.preview else {
        return state::empty(&Empty {
            title: "No preview".to_owned(),
            text: model.no_preview.clone(),
            action: None,
        });
    };
    html! {
        section class="panel" aria-labelledby="preview-heading" {
            h2 id="preview-heading" { "Preview" }
            p { img class="label-preview" src=(preview.picture) alt=(preview.shows); }
            @if preview.findings.is_empty() {
                p { (icon(Icon::Check)) " Nothing was found that scanners would have trouble with." }
            } @else {
                ul class="findings" {
                    @for finding in &preview.findings {
                        li { (icon(Icon::Warning)) " " (finding) }
                    }
                }
            }
            div class="form-actions" {
                a class="button" href=(preview.pdf) { (icon(Icon::Print)) "PDF, to print" }
                a class="button" href=(preview.zpl) { (icon(Icon::Download)) "ZPL" }
            }
        }
    }
}

fn form(model: &LabelPage) -> Markup {
    let action = format!("/labels/{}", model.name);
    let of = Field::new("label", "of", "Tried with", Kind::Text, &model.of).filter().class("w-6");
    let dpi = Select {
        form: "label",
        name: "dpi",
        label: "Resolution",
        entry: &model.dpi,
        choices: &model.dpis,
        none: None,
        class: "w-3",
    };
    let rows = model.text.value.lines().count().clamp(10, 30);
    let wrong = !model.text.error.is_empty();
    html! {
        form id="label" class="panel" method="post" action=(action) aria-label="Template" {
            (guards(&model.shell.csrf, &model.key, &[]))
            (hidden("seen", &model.seen))
            div class="fields" {
                (of.draw())
                (dpi.draw())
                div class="field w-3" { (tick("label", "copy", "yes", "As a copy", model.copy)) }
                div class="field w-12" {
                    label for="label-text" { "Template" }
                    textarea id="label-text" name="text" class="input code" rows=(rows) spellcheck="false" autocomplete="off"
                        readonly[!model.may_edit]
                        aria-invalid=[wrong.then_some("true")]
                        aria-describedby=[wrong.then_some("label-text-error")]
                    { (model.text.value) }
                    @if wrong { p id="label-text-error" class="error" { (icon(Icon::Warning)) span { (model.text.error) } } }
                }
            }
            div class="form-actions" {
                button class="button" type="submit" name="action" value="preview" { (icon(Icon::Search)) "Preview" }
                @if model.may_edit {
                    button class="button primary" type="submit" name="action" value="save" { (icon(Icon::Check)) "Keep it" }
                    @if !model.put_back.is_empty() {
                        button class="button danger" type="submit" name="action" value="put_back" { (model.put_back) }
                    }
                }
            }
        }
    }
}

fn versions(model: &LabelPage) -> Markup {
    let row = |version: &VersionLine| {
        let what = if version.put_back { "Put back" } else { "Written" };
        let by = html! { (version.recorded_by) " " span class="small quiet" { (time(&version.recorded_at)) } };
        Row::of(vec![Some(html! { strong { (version.number) } }), text(what), Some(by)])
    };
    let table = Table {
        id: "versions",
        caption: "Versions, the newest first".to_owned(),
        columns: vec![Column::lead("Version"), Column::text("What"), Column::text("By")],
        rows: model.versions.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        h2 { "Versions" }
        (table)
    }
}
