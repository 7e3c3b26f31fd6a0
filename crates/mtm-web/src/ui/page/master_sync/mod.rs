//! Parts as other systems have them, and what differs here.

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
    table::{Column, Row, Table, text},
};
use crate::ui::format::{pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct MasterSyncPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why it was refused.
    pub refused: Option<Refused>,
    /// Whose parts are kept here.
    pub syncs: Vec<SyncHead>,
    /// The parts that differ.
    pub differences: Vec<DifferenceLine>,
    /// Where the list goes on.
    pub pager: Pager,
    /// How they stand, as asked for.
    pub state: Entry,
    /// Part, as asked for.
    pub part: Entry,
    /// Whether anything but what waits for somebody was asked for.
    pub is_filtered: bool,
}

/// One ERP whose parts are kept here.
#[derive(Clone, Debug, Default)]
pub struct SyncHead {
    /// Its name.
    pub erp: String,
    /// Who acts on differences.
    pub mode: String,
    /// How serious it is.
    pub tone: Tone,
    /// How it stands, in words.
    pub state: String,
    /// What is theirs, in words; empty where this server does not know.
    pub owned: String,
    /// What becomes of what was changed here.
    pub conflict: &'static str,
    /// Which parts are made here.
    pub new: &'static str,
    /// Parts that are known.
    pub parts: i64,
    /// Of them, those that differ.
    pub differing: i64,
    /// Of those, the ones that wait for somebody.
    pub waiting: i64,
    /// When they were compared; empty where they never were.
    pub judged_at: String,
    /// Version of what is decided.
    pub version: i64,
    /// Key of the next decision about who acts.
    pub mode_key: String,
    /// Behind which part those are that are still to be decided about; empty for all.
    pub after: String,
    /// Key of the next decision about all that wait.
    pub all_key: String,
    /// Whether this person may decide who acts.
    pub may_change: bool,
    /// Whether this person may decide about all that wait.
    pub may_decide: bool,
}

/// A part that differs.
#[derive(Clone, Debug, Default)]
pub struct DifferenceLine {
    /// Its number.
    pub id: i64,
    /// The part.
    pub part: String,
    /// What differs.
    pub what: String,
    /// What stands here, of the first attribute that differs.
    pub ours: String,
    /// What they say of it.
    pub theirs: String,
    /// Whether it waits for somebody.
    pub waits: bool,
    /// Since when.
    pub since: String,
    /// Why it was not taken.
    pub cause: String,
}

/// The document.
pub fn page(model: &MasterSyncPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &MasterSyncPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &MasterSyncPage) -> Markup {
    html! {
        (heading("Master data", "Parts as the ERP has them, and what differs here"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.syncs.is_empty() {
            (state::empty(&Empty {
                title: "No other system's parts are kept here.".to_owned(),
                text: "An ERP whose books are read is named in the server's configuration; its parts are kept once they were read.".to_owned(),
                action: None,
            }))
        }
        @for sync in &model.syncs { (head(model, sync)) }
        @if !model.syncs.is_empty() { (filters(model)) }
        @if model.differences.is_empty() {
            @if !model.syncs.is_empty() {
                (state::empty(&Empty {
                    title: if model.is_filtered { "No such part differs.".to_owned() } else { "Nothing waits for anybody.".to_owned() },
                    text: String::new(),
                    action: model.is_filtered.then(|| ("Show what waits for somebody".to_owned(), "/master-sync".to_owned())),
                }))
            }
        } @else {
            (table(model))
            (pager::pager(&model.pager))
        }
    }
}

fn head(model: &MasterSyncPage, sync: &SyncHead) -> Markup {
    let id = format!("sync-{}", sync.erp);
    html! {
        section class="panel" aria-labelledby=(id) {
            div class="panel-head" {
                h2 id=(id) { (sync.erp) }
                (badge::plain(&sync.mode))
            }
            (state::message(&Message { tone: sync.tone, text: sync.state.clone(), action: None }))
            dl class="facts" {
                @if !sync.owned.is_empty() {
                    div { dt { "Theirs" } dd { (sync.owned) } }
                    div { dt { "Where changed here" } dd { (sync.conflict) } }
                    div { dt { "New parts made here" } dd { (sync.new) } }
                }
                div { dt { "Parts known" } dd { (pieces(sync.parts)) } }
                div { dt { "Differ" } dd { (pieces(sync.differing)) } }
                div { dt { "For somebody" } dd { (pieces(sync.waiting)) } }
                @if !sync.judged_at.is_empty() { div { dt { "Compared" } dd { (time(&sync.judged_at)) } } }
            }
            @if sync.may_change { (modes(model, sync)) }
            @if sync.may_decide && sync.waiting > 0 { (all(model, sync)) }
        }
    }
}

fn modes(model: &MasterSyncPage, sync: &SyncHead) -> Markup {
    let form = format!("mode-{}", sync.erp);
    let choices = [
        Choice::new("off", "nobody: parts are not compared"),
        Choice::new("shadow", "nobody: what differs is listed"),
        Choice::new("worklist", "people, from this list"),
        Choice::new("automatic", "this program, and people where it was changed here"),
    ];
    let mode = Entry::holding(&sync.mode);
    html! {
        details {
            summary { "Who takes over" }
            form id=(form) method="post" action="/master-sync" data-book aria-label={ "Who takes over parts of " (sync.erp) } {
                (guards(&model.shell.csrf, &sync.mode_key, &[]))
                (hidden("erp", &sync.erp))
                (hidden("version", &sync.version.to_string()))
                div class="fields" {
                    (Select { form: &form, name: "mode", label: "Who takes over", entry: &mode, choices: &choices, none: None, class: "w-12" }.draw())
                }
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Check)) "Decide" }
                }
            }
        }
    }
}

fn all(model: &MasterSyncPage, sync: &SyncHead) -> Markup {
    let form = format!("all-{}", sync.erp);
    let note = Entry::default();
    let note = Field::new(&form, "note", "Note", Kind::Text, &note);
    html! {
        details {
            summary { @if sync.after.is_empty() { "Decide about all that wait" } @else { "Decide about the others that wait" } }
            form id=(form) method="post" action="/master-sync" data-book aria-label={ "All parts of " (sync.erp) " that wait" } {
                (guards(&model.shell.csrf, &sync.all_key, &[]))
                (hidden("erp", &sync.erp))
                @if !sync.after.is_empty() { (hidden("after", &sync.after)) }
                div class="fields" { (note.optional().class("w-12").draw()) }
                div class="form-actions" {
                    button class="button" type="submit" name="deed" value="take" { (icon(Icon::Check)) "Take what they say" }
                    button class="button" type="submit" name="deed" value="keep" { "Keep what is here" }
                }
                p class="small quiet" { "Two hundred at once, those first that are known longest." }
            }
        }
    }
}

fn filters(model: &MasterSyncPage) -> Markup {
    let states = [Choice::new("all", "all that differ")];
    let part = Field::new("find", "part", "Part", Kind::Part, &model.part).filter();
    html! {
        form id="find" class="panel" method="get" action="/master-sync" data-find role="search" aria-label="Find parts that differ" {
            div class="filters" {
                (Select { form: "find", name: "state", label: "State", entry: &model.state, choices: &states, none: Some("for somebody"), class: "" }.draw())
                (part.draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/master-sync" data-reset { "Clear" }
                }
            }
        }
    }
}

fn table(model: &MasterSyncPage) -> Markup {
    let row = |it: &DifferenceLine| {
        let part = html! {
            a class="row-link code" href={ "/master-sync/" (it.id) } { (it.part) }
            @if it.waits { " " (badge::plain("for somebody")) }
        };
        Row::of(vec![
            Some(part),
            text(&it.what),
            text(&it.ours),
            text(&it.theirs),
            Some(time(&it.since)),
            text(&it.cause),
        ])
    };
    html! {
        (Table {
            id: "differences",
            caption: "Parts that differ".to_owned(),
            columns: vec![
                Column::lead("Part"), Column::text("What"), Column::text("Here"), Column::text("There"),
                Column::text("Since"), Column::notes("Why it waits"),
            ],
            rows: model.differences.iter().map(row).collect(),
            ..Table::default()
        })
    }
}
