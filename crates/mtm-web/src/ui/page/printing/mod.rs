//! Printing: how printers are, and labels on their way to them.

pub mod sheet;

use maud::{Markup, html};

use super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Choice, Entry, Field, Kind, Select, guards},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{self, Pager},
    state::{self, Empty, Message, Tone},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct PrintingPage {
    /// Frame.
    pub shell: Shell,
    /// What the last request did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// The printers.
    pub printers: Vec<PrinterHead>,
    /// The labels.
    pub jobs: Vec<JobLine>,
    /// Where the list goes on.
    pub pager: Pager,
    /// What was asked for.
    pub filters: Filters,
    /// Whether anything but what waits for somebody was asked for.
    pub is_filtered: bool,
    /// Whether this person may print.
    pub may_print: bool,
    /// Templates: name and title.
    pub templates: Vec<(String, String)>,
    /// The template, as chosen.
    pub template: Entry,
    /// Of which thing, as typed.
    pub of: Entry,
    /// Where, as chosen.
    pub printer: Entry,
    /// Key of the next request.
    pub idempotency_key: String,
}

/// A printer.
#[derive(Clone, Debug, Default)]
pub struct PrinterHead {
    /// Its name.
    pub name: String,
    /// How serious it is.
    pub tone: Tone,
    /// How it is, in words.
    pub state: String,
    /// Since when.
    pub since: String,
    /// When it was last asked.
    pub seen_at: String,
    /// Where it is.
    pub address: String,
    /// Dots per inch.
    pub dpi: Option<u16>,
    /// Whether it prints labels of receipts by itself.
    pub receipts: bool,
    /// Whether this server is configured with it.
    pub configured: bool,
    /// Labels that wait for it.
    pub waiting: i64,
    /// Labels that somebody has to see to.
    pub needs_somebody: i64,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// How they stand.
    pub state: Entry,
    /// On which printer.
    pub printer: Entry,
    /// Of what.
    pub key: Entry,
}

/// A label.
#[derive(Clone, Debug, Default)]
pub struct JobLine {
    /// Its number.
    pub id: i64,
    /// What it is a label of.
    pub of: String,
    /// Which.
    pub key: String,
    /// Whether it says that it is a copy.
    pub copy: bool,
    /// On which printer.
    pub printer: String,
    /// How it stands.
    pub state: &'static str,
    /// Why it stands so.
    pub why: String,
    /// When it was asked for.
    pub asked_at: String,
    /// Who asked for it.
    pub asked_by: String,
}

/// The document.
pub fn page(model: &PrintingPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &PrintingPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &PrintingPage) -> Markup {
    html! {
        (heading("Printing", "Printed is what a printer said, or somebody saw"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.printers.is_empty() {
            (state::empty(&Empty {
                title: "No printer is configured.".to_owned(),
                text: "An administrator adds [printers.NAME] to the configuration; the server takes it over without a restart.".to_owned(),
                action: None,
            }))
        } @else {
            div class="columns even" { @for printer in &model.printers { (head(printer)) } }
        }
        @if model.may_print { (form(model)) }
        h2 { "Labels" }
        (filters(model))
        (list(model))
    }
}

/// The labels that were asked for, one below the other.
fn list(model: &PrintingPage) -> Markup {
    html! {
        @if model.jobs.is_empty() {
            div id="jobs" data-live="label" {
                (state::empty(&Empty {
                    title: if model.is_filtered { "There is no such label.".to_owned() } else { "Nothing waits for anybody.".to_owned() },
                    text: String::new(),
                    action: Some(("Show all labels".to_owned(), "/print-jobs?state=all".to_owned())),
                }))
            }
        } @else {
            (table(model))
            (pager::pager(&model.pager))
        }
    }
}

fn head(printer: &PrinterHead) -> Markup {
    let id = format!("printer-{}", printer.name);
    html! {
        section class="panel" aria-labelledby=(id) {
            div class="panel-head" {
                h3 id=(id) { (printer.name) }
                @if printer.receipts { (badge::plain("receipts")) }
            }
            (state::message(&Message { tone: printer.tone, text: printer.state.clone(), action: None }))
            dl class="facts" {
                @if !printer.since.is_empty() { div { dt { "Since" } dd { (time(&printer.since)) } } }
                @if !printer.seen_at.is_empty() { div { dt { "Last asked" } dd { (time(&printer.seen_at)) } } }
                @if !printer.address.is_empty() { div { dt { "Where" } dd { (printer.address) } } }
                @if let Some(dpi) = printer.dpi { div { dt { "Dots per inch" } dd { (dpi) } } }
                div { dt { "Labels that wait" } dd { (pieces(printer.waiting)) } }
                @if printer.needs_somebody > 0 { div { dt { "To be seen to" } dd { (pieces(printer.needs_somebody)) } } }
            }
        }
    }
}

fn form(model: &PrintingPage) -> Markup {
    let templates: Vec<Choice> =
        model.templates.iter().map(|(name, title)| Choice::new(name, title)).collect();
    let names: Vec<Choice> = model
        .printers
        .iter()
        .filter(|it| it.configured)
        .map(|it| Choice::new(&it.name, &it.name))
        .collect();
    let none = (names.len() > 1).then_some("choose one");
    html! {
        form id="print" class="panel" method="post" action="/print-jobs" data-book aria-label="Print a label" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            h2 { "Print a label" }
            div class="fields" {
                (Select { form: "print", name: "template", label: "Label", entry: &model.template, choices: &templates, none: None, class: "w-3 w-12-phone" }.draw())
                (Field::new("print", "of", "Of which", Kind::Text, &model.of).class("w-5 w-12-phone").draw())
                (Select { form: "print", name: "printer", label: "Printer", entry: &model.printer, choices: &names, none, class: "w-4 w-12-phone" }.draw())
            }
            div class="form-actions" {
                button class="button" type="submit" { (icon(Icon::Print)) "Print" }
            }
            p class="small quiet" { "One of which a label may be out already says that it is a copy." }
        }
    }
}

fn filters(model: &PrintingPage) -> Markup {
    let asked = &model.filters;
    let states = [
        Choice::new("all", "all"),
        Choice::new("queued", "waits"),
        Choice::new("sending", "being printed"),
        Choice::new("printed", "printed"),
        Choice::new("failed", "not printed"),
        Choice::new("unknown", "look for it"),
        Choice::new("cancelled", "cancelled"),
    ];
    let printers: Vec<Choice> =
        model.printers.iter().map(|it| Choice::new(&it.name, &it.name)).collect();
    let key = Field::new("find", "key", "Of what", Kind::Text, &asked.key).filter();
    html! {
        form id="find" class="panel" method="get" action="/print-jobs" data-find role="search" aria-label="Find labels" {
            div class="filters" {
                (Select { form: "find", name: "state", label: "State", entry: &asked.state, choices: &states, none: Some("for somebody"), class: "" }.draw())
                @if printers.len() > 1 {
                    (Select { form: "find", name: "printer", label: "Printer", entry: &asked.printer, choices: &printers, none: Some("all"), class: "" }.draw())
                }
                (key.draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/print-jobs" data-reset { "Clear" }
                }
            }
        }
    }
}

/// A label in a list, with what it is and how it stands.
pub(super) fn what(it: &JobLine) -> Markup {
    html! {
        a class="row-link" href={ "/print-jobs/" (it.id) } { (it.of) " " span class="code" { (it.key) } }
        " " (badge::plain(it.state))
        @if it.copy { " " (badge::plain("copy")) }
    }
}

fn table(model: &PrintingPage) -> Markup {
    let row = |it: &JobLine| {
        Row::of(vec![
            Some(what(it)),
            text(&it.printer),
            Some(time(&it.asked_at)),
            text(&it.asked_by),
            text(&it.why),
        ])
    };
    html! {
        div id="jobs" data-live="label" {
            (Table {
                id: "labels",
                caption: "Labels".to_owned(),
                columns: vec![
                    Column::lead("Label"), Column::text("Printer"), Column::text("Asked for"),
                    Column::text("By"), Column::notes("Why"),
                ],
                rows: model.jobs.iter().map(row).collect(),
                ..Table::default()
            })
        }
    }
}
