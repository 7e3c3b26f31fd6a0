//! `/reconciliation/{id}`: a break, what shows it, and what somebody decides about it.

use axum::extract::State;
use mtm_app::reconcile::{AssignBody, BreakSheet, CloseBody, CloseCode, Fix, NoteBody};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};

use super::super::answer::{Asked, refused};
use super::super::frame::Page;
use super::super::past::past;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::{PATH, words};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::{Choice, Entry};
use crate::ui::components::state::Message;
use crate::ui::format::link;
use crate::ui::page::reconciliation::sheet::{self, BreakPage};
use crate::web::{Shared, Web};

/// `GET /reconciliation/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, id).await?))
}

/// `POST /reconciliation/{id}`: takes, assigns, writes down, closes, reopens.
pub(in super::super) async fn decide(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    posted: Posted<need::Reconcile>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match act(&web, &posted, id, key.clone()).await {
        Ok(text) => {
            let mut page = model(&web, visit, id).await?;
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit, id).await?;
            page.note = reply.at("note", Entry::holding(form.text("note")));
            page.owner = reply.at("owner", Entry::holding(form.text("owner")));
            page.reason = Entry::holding(form.text("reason"));
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn act(
    web: &Web,
    posted: &Posted<need::Reconcile>,
    id: i64,
    key: String,
) -> Result<String, AppError> {
    let (who, form, app) = (&posted.visit.who, &posted.form, web.app());
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key), &fields)?;
    let note = form.text("note").to_owned();
    let words = match form.text("action") {
        "take" => {
            app.take_break(who, id, key).await?;
            "It is yours.".to_owned()
        }
        "release" => {
            app.assign_break(who, id, &AssignBody { owner: None }, key).await?;
            "Nobody looks after it now.".to_owned()
        }
        "assign" => {
            let owner = form.given("owner").ok_or_else(|| {
                AppError::field("owner", Code::InvalidBody, "name who shall look after it")
            })?;
            let body = AssignBody { owner: Some(owner.clone()) };
            app.assign_break(who, id, &body, key).await?;
            format!("{owner} looks after it now.")
        }
        "note" => {
            app.note_break(who, id, &NoteBody { note }, key).await?;
            "It is written down.".to_owned()
        }
        "close" => {
            let reason = CloseCode::from_name(form.text("reason")).ok_or_else(|| {
                AppError::field("reason", Code::ReasonRequired, "choose why it needs nothing more")
            })?;
            app.close_break(who, id, &CloseBody { reason, note }, key).await?;
            "It is closed. A comparison that finds another difference there opens it again."
                .to_owned()
        }
        "reopen" => {
            app.reopen_break(who, id, &NoteBody { note }, key).await?;
            "It is open again.".to_owned()
        }
        _ => return Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    };
    Ok(words)
}

async fn model<N>(web: &Web, visit: &Visit<N>, id: i64) -> Result<BreakPage, Problem> {
    let app = web.app();
    let BreakSheet { row, history } = app.break_sheet(&visit.who, id).await?;
    let choices = CloseCode::ALL.map(|code| Choice::new(code.as_str(), code.as_words()));
    let own = row.owner.as_deref() == Some(visit.who.name.as_str());
    Ok(BreakPage {
        shell: visit.shell(web, &format!("Break {id}"), None),
        id,
        peer: row.peer.clone(),
        title: row.class.title().to_owned(),
        part: row.part.clone().unwrap_or_default(),
        place: words::place(&row),
        state: row.state,
        ours: words::figure(row.ours),
        on_hand: words::figure(row.on_hand),
        ledger: words::figure(row.ledger),
        difference: words::difference(row.difference),
        cause: row.cause.clone(),
        fix: row.fix.in_words(),
        fix_link: fix_link(&row.fix),
        proofs: words::proofs(&row.evidence),
        owner_now: row.owner.clone().unwrap_or_default(),
        own,
        first_seen_at: row.first_seen_at.to_string(),
        last_seen_at: row.last_seen_at.to_string(),
        history: past(history, "comparison"),
        reasons: choices.into(),
        may_decide: policy::allows(visit.who.role, Deed::Reconcile),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..BreakPage::default()
    })
}

/// The form of ours that a fix leads to.
fn fix_link(fix: &Fix) -> Option<(String, String)> {
    match fix {
        Fix::CountHere { part, locations } => {
            let locations = locations.join(", ");
            let pairs = [("parts", part.as_str()), ("locations", &locations)];
            Some(("Plan this count".to_owned(), link("/counts", &pairs)))
        }
        _ => None,
    }
}

fn draw<N>(visit: &Visit<N>, page: &BreakPage) -> Page {
    Page::draw(&visit.manner, page, sheet::page, sheet::fragment)
}
