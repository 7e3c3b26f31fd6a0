//! A part that differs, and what somebody decides about it.

use maud::{Markup, html};

use super::super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Choice, Entry, Field, Kind, Select, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::Message,
    table::{Column, Row, Table, text},
};
use crate::ui::format::{link, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct DifferencePage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// Its number.
    pub id: i64,
    /// The ERP's name.
    pub erp: String,
    /// The part.
    pub part: String,
    /// What differs, in a line.
    pub what: String,
    /// Whether there is no such part here.
    pub is_new: bool,
    /// Why it was not taken.
    pub cause: String,
    /// What differs.
    pub fields: Vec<FieldLine>,
    /// Since when.
    pub since: String,
    /// When somebody decided last; empty where nobody did.
    pub decided_at: String,
    /// Who.
    pub decided_by: String,
    /// Why.
    pub noted: String,
    /// Version of what is decided.
    pub version: i64,
    /// Note, as entered.
    pub note: Entry,
    /// Which attribute, as chosen.
    pub about: Entry,
    /// Whether this person may take what they say.
    pub may_take: bool,
    /// Whether this person may keep what is here.
    pub may_keep: bool,
    /// Key of the next decision.
    pub idempotency_key: String,
}

/// An attribute that differs.
#[derive(Clone, Debug, Default)]
pub struct FieldLine {
    /// Its name.
    pub name: &'static str,
    /// The same in words.
    pub label: &'static str,
    /// What stands here.
    pub ours: String,
    /// What they say.
    pub theirs: String,
    /// Who changed it.
    pub change: &'static str,
}

/// The document.
pub fn page(model: &DifferencePage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &DifferencePage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &DifferencePage) -> Markup {
    html! {
        (heading("Master data", &format!("A part of {}", model.erp)))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        section class="panel" {
            p class="hero" {
                span class="code" { (model.part) }
                @if model.fields.is_empty() { (badge::plain("the same")) } @else { (badge::plain(&model.what)) }
            }
            @if !model.cause.is_empty() { p id="cause" { strong { "Why it waits: " } (model.cause) } }
            dl class="facts" {
                @if !model.since.is_empty() { div { dt { "Since" } dd { (time(&model.since)) } } }
                @if !model.decided_at.is_empty() {
                    div { dt { "Decided" } dd { (time(&model.decided_at)) " by " (model.decided_by) } }
                }
                @if !model.noted.is_empty() { div { dt { "Because" } dd { (model.noted) } } }
            }
            @if !model.is_new {
                div class="form-actions" {
                    a class="button plain" href=(link("/stock", &[("part", &model.part)])) { "Its stock" }
                }
            }
        }
        @if !model.fields.is_empty() { (fields(model)) }
        @if model.may_take || model.may_keep { (decision(model)) }
        p { a href="/master-sync" { "All that waits for somebody" } }
    }
}

fn fields(model: &DifferencePage) -> Markup {
    let row = |it: &FieldLine| {
        Row::of(vec![Some(html! { (it.label) }), text(&it.ours), text(&it.theirs), text(it.change)])
    };
    html! {
        (Table {
            id: "fields",
            caption: "What differs".to_owned(),
            columns: vec![
                Column::lead("What"), Column::text("Here"), Column::text("There"), Column::text("Who changed it"),
            ],
            rows: model.fields.iter().map(row).collect(),
            ..Table::default()
        })
    }
}

fn decision(model: &DifferencePage) -> Markup {
    let action = format!("/master-sync/{}", model.id);
    let note = Field::new("decide", "note", "Note", Kind::Text, &model.note);
    let choices: Vec<Choice> =
        model.fields.iter().map(|it| Choice::new(it.name, it.label)).collect();
    html! {
        form id="decide" class="panel" method="post" action=(action) data-book aria-label="Decide about this part" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("version", &model.version.to_string()))
            h2 { "Decide" }
            div class="fields" {
                @if !model.is_new && choices.len() > 1 {
                    (Select { form: "decide", name: "field", label: "About", entry: &model.about, choices: &choices, none: Some("all of it"), class: "w-4 w-12-phone" }.draw())
                }
                (note.optional().class("w-8 w-12-phone").draw())
            }
            div class="form-actions" {
                @if model.may_take {
                    button class="button primary" type="submit" name="deed" value="take" {
                        (icon(Icon::Check)) @if model.is_new { "Make it here" } @else { "Take what they say" }
                    }
                }
                @if model.may_keep {
                    button class="button" type="submit" name="deed" value="keep" {
                        @if model.is_new { "Leave it out" } @else { "Keep what is here" }
                    }
                }
            }
            p class="small quiet" { "What is kept stays so until they say something else there." }
        }
    }
}
