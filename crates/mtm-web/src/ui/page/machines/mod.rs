//! Machines: how each is heard, and what they counted that nobody confirmed yet.

pub mod counter;
pub mod machine;
pub mod proposal;

use maud::{Markup, html};

use crate::ui::components::{
    badge,
    field::{Choice, Entry, Select},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{self, Pager},
    state::{self, Empty, Message, Tone},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct MachinesPage {
    /// Frame.
    pub shell: Shell,
    /// The machines.
    pub machines: Vec<MachineHead>,
    /// What they counted.
    pub proposals: Vec<ProposalLine>,
    /// Where the list goes on.
    pub pager: Pager,
    /// How they stand, as asked for.
    pub state: Entry,
    /// Of which machine, as asked for.
    pub machine: Entry,
    /// Whether anything but what is open was asked for.
    pub is_filtered: bool,
}

/// A machine.
#[derive(Clone, Debug, Default)]
pub struct MachineHead {
    /// Its name.
    pub name: String,
    /// How it speaks.
    pub protocol: String,
    /// How serious it is.
    pub tone: Tone,
    /// How it is heard, in words.
    pub state: String,
    /// Since when.
    pub since: String,
    /// When it last said something.
    pub seen_at: String,
    /// Where it is; empty where this server does not know.
    pub address: String,
    /// Of its tags, those that are counted.
    pub counters: i64,
    /// Proposals that are open.
    pub open: i64,
    /// Of those, questions.
    pub questions: i64,
}

/// Pieces that a machine counted.
#[derive(Clone, Debug, Default)]
pub struct ProposalLine {
    /// Number.
    pub id: i64,
    /// Machine.
    pub machine: String,
    /// Part.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// What is booked.
    pub books: &'static str,
    /// Pieces counted; at least, of a question.
    pub pieces: i64,
    /// Pieces at most, of a question.
    pub most: Option<i64>,
    /// How it stands.
    pub state: &'static str,
    /// Why it is a question, or why it was refused.
    pub why: String,
    /// When the first piece was counted.
    pub first_at: String,
    /// When the last one was.
    pub last_at: String,
}

/// The document.
pub fn page(model: &MachinesPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &MachinesPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &MachinesPage) -> Markup {
    html! {
        (heading("Machines", "What they counted is stock when somebody confirms it, or their rule does"))
        @if model.machines.is_empty() {
            (state::empty(&Empty {
                title: "No machine is configured.".to_owned(),
                text: "An administrator adds [machines.NAME] to the configuration; the server takes it over without a restart.".to_owned(),
                action: None,
            }))
        } @else {
            div class="columns even" { @for machine in &model.machines { (head(machine)) } }
        }
        h2 { "Counted" }
        (filters(model))
        (list(model))
    }
}

fn head(machine: &MachineHead) -> Markup {
    let id = format!("machine-{}", machine.name);
    html! {
        section class="panel" aria-labelledby=(id) {
            div class="panel-head" {
                h3 id=(id) { a href={ "/machines/" (machine.name) } { (machine.name) } }
                @if !machine.protocol.is_empty() { (badge::plain(&machine.protocol)) }
            }
            (state::message(&Message { tone: machine.tone, text: machine.state.clone(), action: None }))
            dl class="facts" {
                @if !machine.since.is_empty() { div { dt { "Since" } dd { (time(&machine.since)) } } }
                @if !machine.seen_at.is_empty() { div { dt { "Last heard" } dd { (time(&machine.seen_at)) } } }
                @if !machine.address.is_empty() { div { dt { "Where" } dd { (machine.address) } } }
                div { dt { "Counters" } dd { (pieces(machine.counters)) } }
                div { dt { "To be confirmed" } dd { (pieces(machine.open)) } }
                @if machine.questions > 0 { div { dt { "Of them questions" } dd { (pieces(machine.questions)) } } }
            }
            div class="form-actions" {
                a class="button plain" href={ "/machines/" (machine.name) } { "Its counters" }
                a class="button plain" href=(link("/machines", &[("machine", &machine.name)])) { "What it counted" }
            }
        }
    }
}

fn filters(model: &MachinesPage) -> Markup {
    let states = [
        Choice::new("all", "all"),
        Choice::new("questions", "questions"),
        Choice::new("booking", "being booked"),
        Choice::new("booked", "booked"),
        Choice::new("dropped", "dropped"),
    ];
    let machines: Vec<Choice> =
        model.machines.iter().map(|it| Choice::new(&it.name, &it.name)).collect();
    html! {
        form id="find" class="panel" method="get" action="/machines" data-find role="search" aria-label="Find what was counted" {
            div class="filters" {
                (Select { form: "find", name: "state", label: "State", entry: &model.state, choices: &states, none: Some("to be confirmed"), class: "" }.draw())
                @if machines.len() > 1 {
                    (Select { form: "find", name: "machine", label: "Machine", entry: &model.machine, choices: &machines, none: Some("all"), class: "" }.draw())
                }
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/machines" data-reset { "Clear" }
                }
            }
        }
    }
}

fn list(model: &MachinesPage) -> Markup {
    if model.proposals.is_empty() {
        let title = if model.is_filtered {
            "There is nothing of that kind."
        } else {
            "Nothing waits to be confirmed."
        };
        return html! {
            div id="proposals" {
                (state::empty(&Empty {
                    title: title.to_owned(),
                    text: String::new(),
                    action: Some(("Show all that was counted".to_owned(), "/machines?state=all".to_owned())),
                }))
            }
        };
    }
    html! {
        div id="proposals" {
            (table(&model.proposals))
            (pager::pager(&model.pager))
        }
    }
}

/// Pieces, or between how many they are.
pub(super) fn how_many(least: i64, most: Option<i64>) -> Markup {
    html! {
        @match most {
            Some(most) if most > least => { (pieces(least)) " to " (pieces(most)) }
            _ => { (pieces(least)) }
        }
    }
}

fn table(lines: &[ProposalLine]) -> Markup {
    let row = |it: &ProposalLine| {
        let what = html! {
            a class="row-link code" href={ "/machine-proposals/" (it.id) } { (it.part) " at " (it.operation) }
            " " (badge::plain(it.state))
            @if it.most.is_some() { " " (badge::plain("question")) }
        };
        Row::of(vec![
            Some(what),
            Some(html! { span class="qty" { (how_many(it.pieces, it.most)) } }),
            text(it.books),
            text(&it.location),
            text(&it.machine),
            Some(time(&it.last_at)),
            text(&it.why),
        ])
    };
    html! {
        (Table {
            id: "counted",
            caption: "What machines counted".to_owned(),
            columns: vec![
                Column::lead("Part"), Column::number("Pieces"), Column::text("Books"), Column::text("Where"),
                Column::text("Machine"), Column::text("Last counted"), Column::notes("Why"),
            ],
            rows: lines.iter().map(row).collect(),
            ..Table::default()
        })
    }
}
