//! Reconciliation: how our books and those of other systems stand to each other, and what differs.

pub mod sheet;

use maud::{Markup, html};
use mtm_app::reconcile::BreakState;

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
use crate::ui::format::{counted, link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct ReconciliationPage {
    /// Frame.
    pub shell: Shell,
    /// What the comparison just made came to.
    pub message: Option<Message>,
    /// Why it was not made.
    pub refused: Option<Refused>,
    /// The systems.
    pub peers: Vec<PeerHead>,
    /// Every class, and how many of it are open.
    pub classes: Vec<ClassLine>,
    /// The breaks.
    pub breaks: Vec<BreakLine>,
    /// Where the list goes on.
    pub pager: Pager,
    /// What was asked for.
    pub filters: Filters,
    /// Whether anything but what is open was asked for.
    pub is_filtered: bool,
    /// Address of the list as comma-separated values.
    pub csv: String,
    /// Address of the list as a workbook.
    pub xlsx: String,
    /// Whether this person may compare.
    pub may_run: bool,
}

/// A system.
#[derive(Clone, Debug, Default)]
pub struct PeerHead {
    /// Its name.
    pub name: String,
    /// How serious it is.
    pub tone: Tone,
    /// How the books stand, in words.
    pub state: String,
    /// What is to be said of a newer comparison that did not end well, or not yet.
    pub newest: String,
    /// When they were compared.
    pub compared_at: String,
    /// The moment of our stock.
    pub ours_at: String,
    /// When their ledger had been read.
    pub ledger_at: String,
    /// When their on hand had been read.
    pub on_hand_at: String,
    /// Parts at places that were compared.
    pub compared: i64,
    /// Figures in warehouses that are not mapped.
    pub elsewhere: i64,
    /// Movements that wait to be posted there.
    pub movements_waiting: i64,
    /// Postings that wait to be booked here.
    pub postings_waiting: i64,
    /// Parts at places that were not judged.
    pub in_motion: i64,
    /// Key of the next comparison.
    pub idempotency_key: String,
    /// Whether this person may compare with it from here.
    pub may_run: bool,
}

/// A class of breaks.
#[derive(Clone, Debug, Default)]
pub struct ClassLine {
    /// In words.
    pub title: &'static str,
    /// In addresses.
    pub key: &'static str,
    /// How many are open.
    pub open: i64,
    /// Whether only it is shown.
    pub chosen: bool,
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Class.
    pub class: Entry,
    /// Part.
    pub part: Entry,
    /// Location there.
    pub place: Entry,
    /// Who looks after it.
    pub owner: Entry,
    /// How they stand.
    pub state: Entry,
}

/// A break in the list.
#[derive(Clone, Debug)]
pub struct BreakLine {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub class: &'static str,
    /// How it stands.
    pub state: BreakState,
    /// Part.
    pub part: String,
    /// Where.
    pub place: String,
    /// Ours.
    pub ours: String,
    /// Their on hand.
    pub on_hand: String,
    /// Their ledger.
    pub ledger: String,
    /// How much it explains.
    pub difference: String,
    /// Who looks after it.
    pub owner: String,
    /// When it was first found.
    pub first_seen_at: String,
}

/// The document.
pub fn page(model: &ReconciliationPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ReconciliationPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ReconciliationPage) -> Markup {
    html! {
        (heading("Reconciliation", "Our stock beside the books of other systems, and what differs"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.peers.is_empty() {
            (state::empty(&Empty {
                title: "No other system's books are read.".to_owned(),
                text: "An ERP is named in the server's configuration, with a file that says which location of ours is which place of theirs.".to_owned(),
                action: None,
            }))
        }
        @for peer in &model.peers { (head(model, peer)) }
        (classes(model))
        (filters(model))
        @if model.breaks.is_empty() {
            @if !model.peers.is_empty() {
                (state::empty(&Empty {
                    title: if model.is_filtered { "No such break.".to_owned() } else { "No break is open.".to_owned() },
                    text: if model.is_filtered { "Ask for less, or show all that are open.".to_owned() } else { String::new() },
                    action: model.is_filtered.then(|| ("Show all that are open".to_owned(), "/reconciliation".to_owned())),
                }))
            }
        } @else {
            (table(model))
            (pager::pager(&model.pager))
            div class="form-actions" {
                a class="button" href=(model.csv) { "Save as CSV" }
                a class="button" href=(model.xlsx) { "Save as workbook" }
            }
        }
    }
}

fn head(model: &ReconciliationPage, peer: &PeerHead) -> Markup {
    let id = format!("peer-{}", peer.name);
    let fact = |word: &str, at: &str| {
        html! { @if !at.is_empty() { div { dt { (word) } dd { (time(at)) } } } }
    };
    html! {
        section class="panel" aria-labelledby=(id) {
            div class="panel-head" {
                h2 id=(id) { (peer.name) }
                @if peer.may_run {
                    form method="post" action="/reconciliation" data-book aria-label={ "Compare with " (peer.name) } {
                        (guards(&model.shell.csrf, &peer.idempotency_key, &[]))
                        (hidden("peer", &peer.name))
                        button class="button primary" type="submit" { (icon(Icon::Check)) "Compare now" }
                    }
                }
            }
            (state::message(&Message { tone: peer.tone, text: peer.state.clone(), action: None }))
            @if !peer.newest.is_empty() {
                (state::message(&Message { tone: Tone::Warn, text: peer.newest.clone(), action: None }))
            }
            dl class="facts" {
                (fact("Compared", &peer.compared_at))
                (fact("Our stock of", &peer.ours_at))
                (fact("Their ledger read", &peer.ledger_at))
                (fact("Their on hand read", &peer.on_hand_at))
                @if !peer.compared_at.is_empty() {
                    div { dt { "Parts at places" } dd { (pieces(peer.compared)) } }
                    div { dt { "Wait to be posted there" } dd { (counted(peer.movements_waiting, "movement", "movements")) } }
                    div { dt { "Wait to be booked here" } dd { (counted(peer.postings_waiting, "posting", "postings")) } }
                    @if peer.in_motion > 0 { div { dt { "In motion, not judged" } dd { (pieces(peer.in_motion)) } } }
                    @if peer.elsewhere > 0 { div { dt { "In warehouses not mapped" } dd { (pieces(peer.elsewhere)) } } }
                }
            }
        }
    }
}

fn classes(model: &ReconciliationPage) -> Markup {
    let open: Vec<&ClassLine> =
        model.classes.iter().filter(|class| class.open > 0 || class.chosen).collect();
    if open.is_empty() {
        return Markup::default();
    }
    html! {
        nav aria-label="Open breaks by class" class="form-actions" {
            @for class in open {
                a class={ "button" @if class.chosen { " primary" } }
                    aria-current=[class.chosen.then_some("true")]
                    href=(if class.chosen { "/reconciliation".to_owned() } else { link("/reconciliation", &[("class", class.key)]) })
                { (class.title) " " strong { (pieces(class.open)) } }
            }
        }
    }
}

fn filters(model: &ReconciliationPage) -> Markup {
    let asked = &model.filters;
    let states = [
        Choice::new("closed", "closed"),
        Choice::new("resolved", "resolved"),
        Choice::new("all", "all"),
    ];
    let classes: Vec<Choice> =
        model.classes.iter().map(|class| Choice::new(class.key, class.title)).collect();
    let field = |name, label, kind, entry| Field::new("find", name, label, kind, entry).filter();
    html! {
        form id="find" class="panel" method="get" action="/reconciliation" data-find role="search" aria-label="Find breaks" {
            div class="filters" {
                (Select { form: "find", name: "class", label: "Class", entry: &asked.class, choices: &classes, none: Some("all"), class: "" }.draw())
                (field("part", "Part", Kind::Part, &asked.part).draw())
                (field("place", "Location there", Kind::Text, &asked.place).draw())
                (field("owner", "Looked after by (- for nobody)", Kind::Text, &asked.owner).draw())
                (Select { form: "find", name: "state", label: "State", entry: &asked.state, choices: &states, none: Some("open"), class: "" }.draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/reconciliation" data-reset { "Clear" }
                }
            }
        }
    }
}

fn table(model: &ReconciliationPage) -> Markup {
    let row = |it: &BreakLine| {
        let address = format!("/reconciliation/{}", it.id);
        let what = html! {
            a class="row-link" href=(address) { (it.class) }
            @if it.state != BreakState::Open { " " (badge::plain(it.state.as_str())) }
        };
        let since = html! { (time(&it.first_seen_at)) };
        Row::of(vec![
            Some(what),
            code(&it.part),
            code(&it.place),
            text(&it.ours),
            text(&it.on_hand),
            text(&it.ledger),
            (!it.difference.is_empty()).then(|| html! { strong { (it.difference) } }),
            text(&it.owner),
            Some(since),
        ])
    };
    html! {
        (Table {
            id: "breaks",
            caption: "What the books disagree about".to_owned(),
            columns: vec![
                Column::lead("What"), Column::text("Part"), Column::text("Where"),
                Column::number("Ours"), Column::number("Their on hand"), Column::number("Their ledger"),
                Column::main("Difference"), Column::text("Looked after by"), Column::text("Since"),
            ],
            rows: model.breaks.iter().map(row).collect(),
            ..Table::default()
        })
    }
}
