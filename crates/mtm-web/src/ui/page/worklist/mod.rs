//! The worklist: what other systems are told of movements, and what of it waits for somebody.

pub mod sheet;

use maud::{Markup, html};

use super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Choice, Entry, Field, Kind, Select, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{self, Pager},
    state::{self, Empty, Message, Tone},
    table::{Column, Row, Table, code, text},
};
use crate::ui::format::{pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct WorklistPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// The flows.
    pub flows: Vec<FlowHead>,
    /// The postings.
    pub postings: Vec<PostingLine>,
    /// Where the list goes on.
    pub pager: Pager,
    /// What was asked for.
    pub filters: Filters,
    /// Whether anything but what waits for somebody was asked for.
    pub is_filtered: bool,
}

/// A flow.
#[derive(Clone, Debug, Default)]
pub struct FlowHead {
    /// Its name.
    pub name: String,
    /// The system that is called; empty where people post.
    pub peer: String,
    /// The ERP whose ledger shows what was posted; empty for none.
    pub erp: String,
    /// Who posts.
    pub mode: String,
    /// How serious it is.
    pub tone: Tone,
    /// How it stands, in words.
    pub state: String,
    /// How many postings stand how, in words.
    pub counts: Vec<(&'static str, i64)>,
    /// Movements that were not looked at yet.
    pub behind: i64,
    /// When the oldest movement was recorded whose posting is open; empty where none is.
    pub oldest_open_at: String,
    /// Version of what is decided.
    pub version: i64,
    /// Key of the next decision.
    pub idempotency_key: String,
    /// Whether this person may decide.
    pub may_change: bool,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// How they stand.
    pub state: Entry,
    /// Part.
    pub part: Entry,
    /// Lot.
    pub lot: Entry,
    /// Document number there.
    pub document: Entry,
    /// Flow.
    pub flow: Entry,
}

/// A posting in the list.
#[derive(Clone, Debug, Default)]
pub struct PostingLine {
    /// Its number.
    pub id: i64,
    /// What is to be posted.
    pub class: &'static str,
    /// Part.
    pub part: String,
    /// Pieces.
    pub quantity: i64,
    /// From where to where.
    pub places: String,
    /// Lot.
    pub lot: String,
    /// How it stands.
    pub state: &'static str,
    /// Why.
    pub cause: String,
    /// Document number there.
    pub document: String,
    /// When the movement was recorded.
    pub recorded_at: String,
}

/// The document.
pub fn page(model: &WorklistPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &WorklistPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &WorklistPage) -> Markup {
    html! {
        (heading("Worklist", "What other systems are told of movements, and what waits for somebody"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.flows.is_empty() {
            (state::empty(&Empty {
                title: "No other system is told of movements.".to_owned(),
                text: "A flow is named in the server's configuration: the system that is told, or the ERP in which people post.".to_owned(),
                action: None,
            }))
        }
        @for flow in &model.flows { (head(model, flow)) }
        @if !model.flows.is_empty() { (filters(model)) }
        @if model.postings.is_empty() {
            @if !model.flows.is_empty() {
                (state::empty(&Empty {
                    title: if model.is_filtered { "No such posting.".to_owned() } else { "Nothing waits for anybody.".to_owned() },
                    text: String::new(),
                    action: model.is_filtered.then(|| ("Show what waits for somebody".to_owned(), "/worklist".to_owned())),
                }))
            }
        } @else {
            (table(model))
            (pager::pager(&model.pager))
        }
    }
}

fn head(model: &WorklistPage, flow: &FlowHead) -> Markup {
    let id = format!("flow-{}", flow.name);
    html! {
        section class="panel" aria-labelledby=(id) {
            div class="panel-head" {
                h2 id=(id) { (flow.name) }
                (badge::plain(&flow.mode))
            }
            (state::message(&Message { tone: flow.tone, text: flow.state.clone(), action: None }))
            dl class="facts" {
                @if !flow.peer.is_empty() { div { dt { "Told" } dd { (flow.peer) } } }
                @if !flow.erp.is_empty() { div { dt { "Proved by" } dd { "the ledger of " (flow.erp) } } }
                @if flow.behind > 0 { div { dt { "Not looked at yet" } dd { (pieces(flow.behind)) } } }
                @for (word, count) in &flow.counts { div { dt { (word) } dd { (pieces(*count)) } } }
                @if !flow.oldest_open_at.is_empty() { div { dt { "Oldest open" } dd { (time(&flow.oldest_open_at)) } } }
            }
            @if flow.may_change { (modes(model, flow)) }
        }
    }
}

fn modes(model: &WorklistPage, flow: &FlowHead) -> Markup {
    let form = format!("mode-{}", flow.name);
    let mut choices = vec![
        Choice::new("off", "nobody: it stands still"),
        Choice::new("shadow", "nobody: made to be compared, never sent"),
        Choice::new("worklist", "people, from this list"),
    ];
    if !flow.peer.is_empty() {
        choices.push(Choice::new("automatic", "this program"));
    }
    let starts = [Choice::new("now", "from now on; what lies between is told by nobody")];
    let (mode, start) = (Entry::holding(&flow.mode), Entry::default());
    html! {
        details {
            summary { "Who posts" }
            form id=(form) method="post" action="/worklist" data-book aria-label={ "Who posts what " (flow.name) " tells" } {
                (guards(&model.shell.csrf, &flow.idempotency_key, &[]))
                (hidden("flow", &flow.name))
                (hidden("version", &flow.version.to_string()))
                div class="fields" {
                    (Select { form: &form, name: "mode", label: "Who posts", entry: &mode, choices: &choices, none: None, class: "w-6 w-12-phone" }.draw())
                    (Select { form: &form, name: "start", label: "It goes on", entry: &start, choices: &starts, none: Some("where it stands"), class: "w-6 w-12-phone" }.draw())
                }
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Check)) "Decide" }
                }
            }
        }
    }
}

fn filters(model: &WorklistPage) -> Markup {
    let asked = &model.filters;
    let states = [
        Choice::new("open", "open"),
        Choice::new("todo", "to be posted by somebody"),
        Choice::new("refused", "refused"),
        Choice::new("unsure", "unsure whether posted"),
        Choice::new("told", "said to be posted"),
        Choice::new("waiting", "waits to be sent"),
        Choice::new("sending", "being sent"),
        Choice::new("unknown", "being looked up"),
        Choice::new("posted", "posted"),
        Choice::new("accepted", "accepted as a difference"),
        Choice::new("withdrawn", "withdrawn"),
        Choice::new("shadow", "made to be compared"),
        Choice::new("all", "all"),
    ];
    let flows: Vec<Choice> =
        model.flows.iter().map(|flow| Choice::new(&flow.name, &flow.name)).collect();
    let field = |name, label, kind, entry| Field::new("find", name, label, kind, entry).filter();
    html! {
        form id="find" class="panel" method="get" action="/worklist" data-find role="search" aria-label="Find postings" {
            div class="filters" {
                (Select { form: "find", name: "state", label: "State", entry: &asked.state, choices: &states, none: Some("for somebody"), class: "" }.draw())
                @if flows.len() > 1 {
                    (Select { form: "find", name: "flow", label: "Flow", entry: &asked.flow, choices: &flows, none: Some("all"), class: "" }.draw())
                }
                (field("part", "Part", Kind::Part, &asked.part).draw())
                (field("lot", "Lot", Kind::Lot, &asked.lot).draw())
                (field("document", "Document there", Kind::Text, &asked.document).draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/worklist" data-reset { "Clear" }
                }
            }
        }
    }
}

fn table(model: &WorklistPage) -> Markup {
    let row = |it: &PostingLine| {
        let what = html! {
            a class="row-link" href={ "/worklist/" (it.id) } { (it.class) }
            " " (badge::plain(it.state))
        };
        Row::of(vec![
            Some(what),
            code(&it.part),
            Some(html! { strong { (pieces(it.quantity)) } }),
            text(&it.places),
            code(&it.lot),
            text(&it.document),
            Some(time(&it.recorded_at)),
            text(&it.cause),
        ])
    };
    html! {
        (Table {
            id: "postings",
            caption: "Postings".to_owned(),
            columns: vec![
                Column::lead("What"), Column::text("Part"), Column::main("Pieces"), Column::text("Where"),
                Column::text("Lot"), Column::text("Document there"), Column::text("Moved"), Column::notes("Why"),
            ],
            rows: model.postings.iter().map(row).collect(),
            ..Table::default()
        })
    }
}
