//! A break: three figures side by side, what shows it, what to do, and what somebody decides.

use maud::{Markup, html};
use mtm_app::reconcile::BreakState;

use super::super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Choice, Entry, Field, Kind, Select, guards},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    past::{Past, past},
    state::{self, Message},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{link, time};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct BreakPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why the last decision was refused.
    pub refused: Option<Refused>,
    /// Its number.
    pub id: i64,
    /// The other system.
    pub peer: String,
    /// What it is.
    pub title: String,
    /// Part.
    pub part: String,
    /// Where.
    pub place: String,
    /// How it stands.
    pub state: BreakState,
    /// Ours.
    pub ours: String,
    /// Their on hand.
    pub on_hand: String,
    /// Their ledger.
    pub ledger: String,
    /// How much it explains.
    pub difference: String,
    /// What it probably comes from.
    pub cause: String,
    /// What would put it right.
    pub fix: String,
    /// Words and address of the form that leads there.
    pub fix_link: Option<(String, String)>,
    /// What shows it.
    pub proofs: Vec<Proof>,
    /// Who looks after it; empty for nobody.
    pub owner_now: String,
    /// Whether that is the reader.
    pub own: bool,
    /// When it was first found.
    pub first_seen_at: String,
    /// When it was last found.
    pub last_seen_at: String,
    /// What became of it, the oldest first.
    pub history: Vec<Past>,
    /// Why it may be closed.
    pub reasons: Vec<Choice>,
    /// Whether this person may decide.
    pub may_decide: bool,
    /// The reason that was chosen.
    pub reason: Entry,
    /// The note as typed.
    pub note: Entry,
    /// Who shall look after it, as typed.
    pub owner: Entry,
    /// Key of the next decision.
    pub idempotency_key: String,
}

impl Default for BreakPage {
    fn default() -> Self {
        Self {
            shell: Shell::default(),
            message: None,
            refused: None,
            id: 0,
            peer: String::new(),
            title: String::new(),
            part: String::new(),
            place: String::new(),
            state: BreakState::Open,
            ours: String::new(),
            on_hand: String::new(),
            ledger: String::new(),
            difference: String::new(),
            cause: String::new(),
            fix: String::new(),
            fix_link: None,
            proofs: Vec::new(),
            owner_now: String::new(),
            own: false,
            first_seen_at: String::new(),
            last_seen_at: String::new(),
            history: Vec::new(),
            reasons: Vec::new(),
            may_decide: false,
            reason: Entry::default(),
            note: Entry::default(),
            owner: Entry::default(),
            idempotency_key: String::new(),
        }
    }
}

/// Something that shows it.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// On which side.
    pub side: &'static str,
    /// What.
    pub what: String,
    /// Where more of it is; empty for nowhere.
    pub address: String,
    /// Where.
    pub place: String,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// What for.
    pub about: String,
    /// How it stands to the other side.
    pub note: String,
}

/// The document.
pub fn page(model: &BreakPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &BreakPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &BreakPage) -> Markup {
    let line = format!("Break {} with {}", model.id, model.peer);
    html! {
        (heading(&model.title, &line))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        section class="panel" {
            p class="hero" {
                @if !model.part.is_empty() { span class="code" { (model.part) } }
                @if !model.place.is_empty() { span class="code quiet" { (model.place) } }
                (badge::plain(model.state.as_str()))
            }
            dl class="facts" {
                @for (word, value) in [
                    ("Ours", &model.ours), ("Their on hand", &model.on_hand),
                    ("Their ledger", &model.ledger), ("Difference", &model.difference),
                ] {
                    @if !value.is_empty() { div { dt { (word) } dd class="figure-big" { (value) } } }
                }
                div { dt { "Looked after by" } dd { @if model.owner_now.is_empty() { "nobody" } @else { (model.owner_now) } } }
                div { dt { "First found" } dd { (time(&model.first_seen_at)) } }
                div { dt { "Last found" } dd { (time(&model.last_seen_at)) } }
            }
            h2 { "Probable cause" }
            p { (model.cause) }
            h2 { "What to do" }
            p id="fix" { (model.fix) }
            div class="form-actions" {
                @if let Some((words, address)) = &model.fix_link { a class="button" href=(address) { (words) } }
                @if !model.part.is_empty() {
                    a class="button plain" href=(link("/stock", &[("part", &model.part)])) { "Our stock" }
                    a class="button plain" href=(link("/history", &[("part", &model.part)])) { "Our movements" }
                }
                (state::print_button())
            }
        }
        @if !model.proofs.is_empty() { (proofs(model)) }
        @if model.may_decide { (decisions(model)) }
        (past(&model.history))
        p { a href="/reconciliation" { "All breaks" } }
    }
}

fn proofs(model: &BreakPage) -> Markup {
    let row = |it: &Proof| {
        let what = html! {
            @if it.address.is_empty() { (it.what) } @else { a class="row-link" href=(it.address) { (it.what) } }
        };
        Row::of(vec![
            Some(what),
            text(it.side),
            text(&it.place),
            (!it.at.is_empty()).then(|| time(&it.at)),
            text(&it.by),
            text(&it.about),
            text(&it.note),
        ])
    };
    html! {
        h2 { "What shows it" }
        (Table {
            id: "proofs",
            caption: "What shows it".to_owned(),
            columns: vec![
                Column::lead("What"), Column::text("Side"), Column::text("Where"), Column::text("When"),
                Column::text("Who"), Column::text("For"), Column::notes("Beside it"),
            ],
            rows: model.proofs.iter().map(row).collect(),
            ..Table::default()
        })
    }
}

fn decisions(model: &BreakPage) -> Markup {
    let action = format!("/reconciliation/{}", model.id);
    let note = Field::new("decide", "note", "Note", Kind::Text, &model.note).optional();
    let owner = Field::new("decide", "owner", "Somebody else's login", Kind::Login, &model.owner);
    html! {
        form id="decide" class="panel" method="post" action=(action) data-book aria-label="Decide about this break" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            h2 { "Decide" }
            @if model.state == BreakState::Open {
                div class="form-actions" {
                    @if model.own {
                        button class="button" type="submit" name="action" value="release" { "Give it up" }
                    } @else {
                        button class="button primary" type="submit" name="action" value="take" { (icon(Icon::Check)) "I look after it" }
                    }
                }
            }
            div class="fields" {
                (note.class("w-6 w-12-phone").draw())
                div class="w-3 form-actions push-down" {
                    button class="button" type="submit" name="action" value="note" { "Write it down" }
                }
            }
            @if model.state == BreakState::Open {
                div class="fields" {
                    (Select { form: "decide", name: "reason", label: "It needs nothing more, because", entry: &model.reason, choices: &model.reasons, none: Some("choose"), class: "w-6 w-12-phone" }.draw())
                    div class="w-3 form-actions push-down" {
                        button class="button" type="submit" name="action" value="close" { "Close it" }
                    }
                }
                p class="small quiet" { "Unless it was put right, the note says why. A comparison that finds another difference there opens it again." }
                div class="fields" {
                    (owner.filter().class("w-6 w-12-phone").draw())
                    div class="w-3 form-actions push-down" {
                        button class="button" type="submit" name="action" value="assign" { "Assign" }
                    }
                }
            }
            @if model.state == BreakState::Closed {
                div class="form-actions" {
                    button class="button" type="submit" name="action" value="reopen" { "Reopen" }
                }
            }
        }
    }
}
