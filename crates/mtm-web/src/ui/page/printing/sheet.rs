//! A label: what stands on it, what became of it, and what somebody decides about it.

use maud::{Markup, html};
use mtm_app::printing::JobDeed;

use super::super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Choice, Entry, Field, Kind, Select, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    past::{Past, past},
    state::Message,
};
use crate::ui::format::{link, lot_link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct JobPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why the last decision was refused.
    pub refused: Option<Refused>,
    /// Its number.
    pub id: i64,
    /// Version of what is decided.
    pub version: i64,
    /// What it is a label of.
    pub of: String,
    /// Which.
    pub key: String,
    /// Template.
    pub template: String,
    /// Whether it says that it is a copy.
    pub copy: bool,
    /// On which printer.
    pub printer: String,
    /// How it stands.
    pub state: &'static str,
    /// What that means, and what to do.
    pub meaning: &'static str,
    /// Why it stands so.
    pub why: String,
    /// When it was asked for.
    pub asked_at: String,
    /// Who asked for it.
    pub asked_by: String,
    /// At which station.
    pub station: String,
    /// When it was last sent.
    pub begun_at: String,
    /// When it was over.
    pub ended_at: String,
    /// How often it was sent.
    pub attempts: i64,
    /// What stands on it, name and value.
    pub entries: Vec<(String, String)>,
    /// What was sent; empty before that.
    pub label: String,
    /// What became of it, the oldest first.
    pub history: Vec<Past>,
    /// Printers that it can be sent to.
    pub printers: Vec<String>,
    /// What this person may decide.
    pub may: Vec<JobDeed>,
    /// Printer as chosen.
    pub to: Entry,
    /// Note as typed.
    pub note: Entry,
    /// Key of the next decision.
    pub idempotency_key: String,
}

impl JobPage {
    fn may(&self, deed: JobDeed) -> bool {
        self.may.contains(&deed)
    }
}

/// The document.
pub fn page(model: &JobPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &JobPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &JobPage) -> Markup {
    let line = format!("Label {} for {}", model.id, model.printer);
    let title = format!("Label of {} {}", model.of, model.key);
    html! {
        (heading(&title, &line))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        section class="panel" id="job" data-live="label" {
            p class="hero" {
                span class="code" { (model.key) }
                (badge::plain(model.state))
                @if model.copy { (badge::plain("copy")) }
            }
            p { (model.meaning) }
            @if !model.why.is_empty() { p id="cause" { strong { "Why: " } (model.why) } }
            dl class="facts" {
                div { dt { "Asked for" } dd { (time(&model.asked_at)) } }
                div { dt { "By" } dd { (model.asked_by) } }
                @if !model.station.is_empty() { div { dt { "At" } dd { (model.station) } } }
                @if !model.begun_at.is_empty() { div { dt { "Sent" } dd { (time(&model.begun_at)) } } }
                @if !model.ended_at.is_empty() { div { dt { "Over" } dd { (time(&model.ended_at)) } } }
                @if model.attempts > 1 { div { dt { "Times sent" } dd { (pieces(model.attempts)) } } }
                div { dt { "Template" } dd { (model.template) } }
                @for (word, value) in &model.entries { div { dt { (word) } dd { (value) } } }
            }
            div class="form-actions" {
                @if model.of == "lot" { a class="button plain" href=(lot_link(&model.key)) { "The lot" } }
                a class="button plain" href=(link("/print-jobs", &[("key", &model.key)])) { "All its labels" }
            }
        }
        @if !model.may.is_empty() { (decisions(model)) }
        @if !model.label.is_empty() { details { summary { "What was sent" } pre { (model.label) } } }
        (past(&model.history))
        p { a href="/print-jobs" { "All that waits for somebody" } }
    }
}

fn decisions(model: &JobPage) -> Markup {
    let action = format!("/print-jobs/{}", model.id);
    let note = Field::new("decide", "note", "Note", Kind::Text, &model.note);
    let names: Vec<Choice> = model.printers.iter().map(|it| Choice::new(it, it)).collect();
    html! {
        form id="decide" class="panel" method="post" action=(action) data-book aria-label="Decide about this label" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("version", &model.version.to_string()))
            h2 { "Decide" }
            div class="fields" {
                @if model.may(JobDeed::Send) {
                    (Select { form: "decide", name: "printer", label: "Printer", entry: &model.to, choices: &names, none: None, class: "w-4 w-12-phone" }.draw())
                }
                (note.optional().class("w-8 w-12-phone").draw())
            }
            div class="form-actions" {
                @if model.may(JobDeed::CameOut) {
                    button class="button primary" type="submit" name="deed" value="came_out" { (icon(Icon::Check)) "It came out" }
                }
                @if model.may(JobDeed::Send) {
                    button class="button" type="submit" name="deed" value="send" { (icon(Icon::Print)) "Print it there" }
                }
                @if model.may(JobDeed::Cancel) {
                    button class="button" type="submit" name="deed" value="cancel" { (icon(Icon::Cross)) "It is not wanted" }
                }
            }
        }
    }
}
