//! Approvals: adjustments that wait for a second person, and what became of others.

use maud::{Markup, html};
use mtm_core::approval::ApprovalState;

use super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    badge,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Empty, Message},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{link, pieces, time};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct ApprovalsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last decision did.
    pub message: Option<Message>,
    /// Why the last decision was refused.
    pub refused: Option<Refused>,
    /// What waits, the newest first.
    pub waiting: Vec<Waiting>,
    /// What was decided, the newest first.
    pub decided: Vec<Decided>,
    /// Whether this person may decide.
    pub may_decide: bool,
    /// Whether this person may set what takes a second person.
    pub may_set: bool,
    /// Whether anything does.
    pub bounded: bool,
    /// The most pieces that one person adjusts by.
    pub pieces: Entry,
    /// The same in per cent of what stands there.
    pub percent: Entry,
    /// Key of the next setting.
    pub idempotency_key: String,
}

/// A request that waits.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// Its number.
    pub id: u64,
    /// Part number.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Lot number.
    pub lot: String,
    /// Pieces more, or fewer.
    pub delta: i64,
    /// Pieces that stood there when it was asked for.
    pub stock: i64,
    /// Pieces that stand there now.
    pub on_hand: i64,
    /// Reason code.
    pub reason: String,
    /// Free text.
    pub notes: String,
    /// Who asked.
    pub asked_by: String,
    /// When, RFC 3339 UTC.
    pub asked_at: String,
    /// Until when it waits.
    pub expires_at: String,
    /// Whether the reader asked.
    pub own: bool,
    /// Why it is refused.
    pub why: Entry,
    /// Key of the decision.
    pub idempotency_key: String,
}

/// A request that waits no more.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its number.
    pub id: u64,
    /// What became of it.
    pub state: ApprovalState,
    /// What was asked for.
    pub what: String,
    /// Who asked.
    pub asked_by: String,
    /// Who decided; empty for nobody.
    pub decided_by: String,
    /// When, RFC 3339 UTC; empty for never.
    pub decided_at: String,
    /// Why it was refused.
    pub why: String,
    /// The movement that it became; empty for none.
    pub movement: String,
}

/// The document.
pub fn page(model: &ApprovalsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ApprovalsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ApprovalsPage) -> Markup {
    html! {
        (heading("Approvals", "Adjustments that are too large for one person; nothing of them is booked yet"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.waiting.is_empty() {
            (state::empty(&Empty {
                title: "Nothing waits".to_owned(),
                text: if model.bounded {
                    "An adjustment above the bound waits here for a second person.".to_owned()
                } else {
                    "No adjustment takes a second person here.".to_owned()
                },
                action: None,
            }))
        }
        @for request in &model.waiting { (waits(model, request)) }
        @if !model.decided.is_empty() { (decided(&model.decided)) }
        @if model.may_set { (policy(model)) }
    }
}

fn waits(model: &ApprovalsPage, request: &Waiting) -> Markup {
    let form = format!("request-{}", request.id);
    let delta = request.delta;
    let becomes = request.on_hand.saturating_add(delta);
    html! {
        section class="panel" aria-labelledby=(format!("{form}-heading")) {
            h2 id=(format!("{form}-heading")) {
                (format!("{delta:+}")) " of lot "
                a href=(format!("/lot/{}", request.lot)) { (request.lot) }
            }
            p {
                span class="code" { (request.part) } " at " (request.location) " · " (request.operation) ". "
                "It stood at " (pieces(request.stock)) " when it was asked for"
                @if request.on_hand == request.stock { " and does still" } @else { "; now at " (pieces(request.on_hand)) }
                @if becomes >= 0 { ". Approved, it is " strong { (pieces(becomes)) } "." }
                @else { ". So many are not there any more." }
            }
            p class="small quiet" {
                "Request " (request.id) " by " (request.asked_by) ", " (time(&request.asked_at)) ", for " span class="code" { (request.reason) }
                @if !request.notes.is_empty() { ": " (request.notes) }
                ". It waits until " (time(&request.expires_at)) "."
            }
            @if model.may_decide { (choice(model, request, &form)) }
        }
    }
}

fn choice(model: &ApprovalsPage, request: &Waiting, form: &str) -> Markup {
    let label = if request.own { "Why you take it back" } else { "Why not" };
    let why = Field::new(form, "reason", label, Kind::Text, &request.why);
    html! {
        form id=(form) method="post" action="/approvals" data-book aria-label=(format!("Decide request {}", request.id)) {
            (guards(&model.shell.csrf, &request.idempotency_key, &[]))
            (hidden("id", &request.id.to_string()))
            @if request.own { p { "You asked for it: somebody else must approve it." } }
            @else {
                div class="form-actions" {
                    button class="button primary" type="submit" name="action" value="approve" { (icon(Icon::Check)) "Approve and book" }
                }
            }
            div class="fields" {
                (why.optional().class("w-6 w-12-phone").draw())
                div class="w-3 form-actions push-down" {
                    button class="button" type="submit" name="action" value="refuse" {
                        @if request.own { "Take it back" } @else { "Refuse" }
                    }
                }
            }
        }
    }
}

fn decided(rows: &[Decided]) -> Markup {
    let row = |it: &Decided| {
        let by = html! {
            (it.asked_by) @if !it.decided_by.is_empty() { " → " (it.decided_by) }
            @if !it.decided_at.is_empty() { " " span class="small quiet" { (time(&it.decided_at)) } }
        };
        let what = html! {
            @if it.movement.is_empty() { (it.what) }
            @else { a href=(link("/history", &[("movement", &it.movement)])) { (it.what) } }
        };
        Row::of(vec![
            Some(html! { strong { (it.id) } }),
            Some(what),
            Some(badge::plain(it.state.as_str())),
            Some(by),
            text(&it.why),
        ])
    };
    html! {
        h2 { "Decided" }
        (Table {
            id: "decided",
            caption: "Requests that wait no more, the newest first".to_owned(),
            columns: vec![
                Column::lead("Request"), Column::text("What"), Column::text("State"),
                Column::text("Asked → decided"), Column::text("Why"),
            ],
            rows: rows.iter().map(row).collect(),
            ..Table::default()
        })
    }
}

fn policy(model: &ApprovalsPage) -> Markup {
    let most = Field::new("policy", "pieces", "Most pieces", Kind::Count, &model.pieces);
    let share = Field::new(
        "policy",
        "percent",
        "Most per cent of what stands there",
        Kind::Count,
        &model.percent,
    );
    html! {
        h2 { "What takes a second person" }
        form id="policy" class="panel" method="post" action="/approvals" data-book aria-label="What takes a second person" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            div class="fields" {
                (most.empty_means("no such bound").class("w-4 w-12-phone").draw())
                (share.empty_means("no such bound").class("w-4 w-12-phone").draw())
                div class="w-3 form-actions push-down" {
                    button class="button primary" type="submit" name="action" value="policy" { "Save" }
                }
            }
        }
        p class="small quiet" {
            "An adjustment by more than that, up or down, waits here. What a count found is posted by somebody who did not count it."
        }
    }
}
