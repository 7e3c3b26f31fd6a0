//! `/approvals`: adjustments that wait for a second person.

use axum::extract::State;
use mtm_app::approval::{ApprovalRow, RefuseBody};
use mtm_app::{AppError, FieldError, once};
use mtm_core::approval::{ApprovalPolicy, ApprovalState};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};
use mtm_core::word::Quantity;

use super::answer::{Asked, refused};
use super::form::Form;
use super::frame::Page;
use super::number::whole;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::approvals::{self, ApprovalsPage, Decided, Waiting};
use crate::web::{Shared, Web};

const PATH: &str = "/approvals";

/// Requests on the page that wait, and that were decided.
const SHOWN: u16 = 100;

/// `GET /approvals`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /approvals`: approves or refuses a request, or sets what takes one.
pub(super) async fn decide(
    State(web): State<Shared>,
    posted: Posted<need::ApproveAdjust>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match act(&web, &posted, key.clone()).await {
        Ok(text) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            let id: Option<u64> = form.text("id").parse().ok();
            if form.text("action") == "policy" {
                page.pieces = reply.at("pieces", Entry::holding(form.text("pieces")));
                page.percent = reply.at("percent", Entry::holding(form.text("percent")));
            } else if let Some(request) = page.waiting.iter_mut().find(|it| Some(it.id) == id) {
                request.why = reply.at("reason", Entry::holding(form.text("reason")));
                if reply.keeps_key {
                    request.idempotency_key = key;
                }
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn act(
    web: &Web,
    posted: &Posted<need::ApproveAdjust>,
    key: String,
) -> Result<String, AppError> {
    let (who, form, app) = (&posted.visit.who, &posted.form, web.app());
    let (action, id) = (form.text("action"), form.text("id").parse::<u64>());
    if action == "policy" {
        let policy = policy_of(form)?;
        let key = once::key_of(who, posted.route(), Some(key), &policy)?;
        app.set_approval_policy(who, policy, key).await?;
        return Ok("Saved. It holds from now on, on every server.".to_owned());
    }
    let id = id.map_err(|_| AppError::refused(Code::NotFound, "there is no such request"))?;
    let around = posted.around(&key);
    if action == "approve" {
        let key = once::key_of(who, posted.route(), Some(key), &(action, id))?;
        let made = app.approve(who, around.app_version, around.traceparent, id, key).await?.value;
        let ApprovalRow { lot, delta, on_hand, .. } = made.approval;
        let change = delta.whole();
        return Ok(format!("Booked: {change:+} of lot {lot}, {on_hand} stand there now."));
    }
    let body = RefuseBody { reason: form.text("reason").to_owned() };
    let key = once::key_of(who, posted.route(), Some(key), &(action, id, &body))?;
    let row = app.refuse_approval(who, id, &body, key).await?.value;
    Ok(match row.state {
        ApprovalState::Withdrawn => format!("Request {id} is taken back. Nothing was booked."),
        _ => format!("Request {id} is refused. Nothing was booked."),
    })
}

fn policy_of(form: &Form) -> Result<ApprovalPolicy, AppError> {
    let wrong = |error: FieldError| AppError::Invalid(vec![error]);
    let pieces = whole(form, "pieces").map_err(wrong)?.map(Quantity::pieces).transpose();
    let pieces =
        pieces.map_err(|error| AppError::field("pieces", Code::InvalidBody, error.to_string()))?;
    let percent = whole(form, "percent").map_err(wrong)?;
    let percent = percent.map(|share| u32::try_from(share).unwrap_or(u32::MAX));
    Ok(ApprovalPolicy { pieces, percent })
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<ApprovalsPage, Problem> {
    let (app, who) = (web.app(), &visit.who);
    let waiting = app.approvals(who, true, None, SHOWN).await?.items;
    let all = app.approvals(who, false, None, SHOWN).await?.items;
    let fresh = || app.clock().fresh_uuid().to_string();
    let may = |deed| policy::allows(who.role, deed);
    let policy = app.catalogue().approval;
    let entry = |number: Option<String>| Entry::holding(number.unwrap_or_default());
    Ok(ApprovalsPage {
        shell: visit.shell(web, "Approvals", None),
        waiting: waiting
            .iter()
            .map(|row| Waiting { idempotency_key: fresh(), ..line(row, who.name.as_str()) })
            .collect(),
        decided: all.iter().filter(|row| row.state != ApprovalState::Waiting).map(past).collect(),
        may_decide: may(Deed::ApproveAdjust),
        may_set: may(Deed::Administer),
        bounded: policy != ApprovalPolicy::default(),
        pieces: entry(policy.pieces.map(|pieces| pieces.to_string())),
        percent: entry(policy.percent.map(|share| share.to_string())),
        idempotency_key: fresh(),
        ..ApprovalsPage::default()
    })
}

fn line(row: &ApprovalRow, reader: &str) -> Waiting {
    Waiting {
        id: row.id,
        part: row.part.to_string(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        lot: row.lot.to_string(),
        delta: row.delta.whole(),
        stock: row.stock.whole(),
        on_hand: row.on_hand.whole(),
        reason: row.reason.clone(),
        notes: row.notes.clone().unwrap_or_default(),
        asked_by: row.asked_by.clone(),
        asked_at: row.asked_at.to_string(),
        expires_at: row.expires_at.to_string(),
        own: row.asked_by == reader,
        ..Waiting::default()
    }
}

fn past(row: &ApprovalRow) -> Decided {
    Decided {
        id: row.id,
        state: row.state,
        what: format!("{:+} of lot {}", row.delta.whole(), row.lot),
        asked_by: row.asked_by.clone(),
        decided_by: row.decided_by.clone().unwrap_or_default(),
        decided_at: row.decided_at.map(|at| at.to_string()).unwrap_or_default(),
        why: row.why.clone().unwrap_or_default(),
        movement: row.command_id.map(|command| command.movement(1).to_string()).unwrap_or_default(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &ApprovalsPage) -> Page {
    Page::draw(&visit.manner, page, approvals::page, approvals::fragment)
}
