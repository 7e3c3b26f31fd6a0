//! Labels of a lot: those that were asked for, and one more.

use maud::{Markup, html};

use super::printing::{JobLine, what};
use crate::ui::components::{
    field::{Choice, Entry, Select, guards},
    icon::{Icon, icon},
};
use crate::ui::format::{link, time};

/// What is shown of them.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// The lot.
    pub lot: String,
    /// Proof of the session.
    pub csrf: String,
    /// The newest, the newest first.
    pub jobs: Vec<JobLine>,
    /// Whether there are older ones.
    pub more: bool,
    /// Printers on which this person may print one.
    pub printers: Vec<String>,
    /// Printer as chosen.
    pub printer: Entry,
    /// Key of the next one.
    pub idempotency_key: String,
}

/// The panel; nothing where nothing was printed and nothing can be.
pub(super) fn labels(model: &Labels) -> Markup {
    if model.jobs.is_empty() && model.printers.is_empty() {
        return Markup::default();
    }
    html! {
        section class="panel" {
            h2 { "Labels" }
            ul id="lot-labels" class="places" data-live="label" {
                @for it in &model.jobs {
                    li {
                        div { (what(it)) @if !it.why.is_empty() { p class="small" { (it.why) } } }
                        span class="small quiet" { (it.printer) " · " (time(&it.asked_at)) }
                    }
                }
            }
            @if model.more { p { a href=(link("/print-jobs", &[("key", &model.lot)])) { "All its labels" } } }
            @if !model.printers.is_empty() { (form(model)) }
        }
    }
}

fn form(model: &Labels) -> Markup {
    let names: Vec<Choice> = model.printers.iter().map(|it| Choice::new(it, it)).collect();
    let action = format!("/lot/{}/label", model.lot);
    html! {
        form id="label" method="post" action=(action) data-book aria-label="Print its label" {
            (guards(&model.csrf, &model.idempotency_key, &[]))
            @if names.len() > 1 {
                div class="fields" {
                    (Select { form: "label", name: "printer", label: "Printer", entry: &model.printer, choices: &names, none: Some("choose one"), class: "w-6 w-12-phone" }.draw())
                }
            }
            div class="form-actions" {
                button class="button" type="submit" { (icon(Icon::Print)) "Print its label" }
            }
        }
    }
}
