//! `/machine-proposals/{id}`: pieces that a machine counted, and what somebody says of them.

use axum::extract::State;
use mtm_app::machine::{
    ProposalBody, ProposalDeed, ProposalKind, ProposalRow, ProposalSheet, ProposalState,
};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};

use super::super::answer::{Asked, refused};
use super::super::frame::{Page, sentence};
use super::super::past::past;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::{PATH, figure, words};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::page::machines::proposal::{self, ProposalPage};
use crate::web::{Shared, Web};

/// `GET /machine-proposals/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, id).await?))
}

/// `POST /machine-proposals/{id}`: so many pieces there are, or none.
pub(in super::super) async fn decide(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match act(&web, &posted, id, key.clone()).await {
        Ok(row) => {
            let mut page = model(&web, visit, id).await?;
            page.message = Some(said(&row));
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit, id).await?;
            page.pieces = reply.at("confirmed", Entry::holding(form.text("confirmed")));
            page.note = reply.at("note", Entry::holding(form.text("note")));
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

fn said(row: &ProposalRow) -> Message {
    let text = match (row.state, &row.cause) {
        (ProposalState::Booked, _) => "Booked.",
        (ProposalState::Dropped, _) => "Dropped: nothing is booked.",
        (ProposalState::Open, Some(_)) => "Not booked: the reason stands below.",
        _ => "Confirmed; it is booked in a moment.",
    };
    let tone = if row.cause.is_some() { Tone::Bad } else { Tone::Note };
    Message { tone, text: text.to_owned(), action: None }
}

async fn act(
    web: &Web,
    posted: &Posted<need::Book>,
    id: i64,
    key: String,
) -> Result<ProposalRow, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let deed = match form.text("deed") {
        "confirm" => ProposalDeed::Confirm,
        "drop" => ProposalDeed::Drop,
        _ => return Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    };
    let confirmed = form.given("confirmed").filter(|_| deed == ProposalDeed::Confirm);
    let confirmed = confirmed.map(|text| text.parse::<u64>()).transpose().map_err(|_| {
        let message = "this is no number of pieces";
        AppError::field("confirmed", Code::QuantityOutOfRange, message)
    })?;
    let number = |name| form.given(name).and_then(|text| text.parse().ok());
    let body = ProposalBody {
        deed,
        confirmed,
        seen: number("seen"),
        note: form.text("note").to_owned(),
        version: number("version").map(u64::cast_signed),
    };
    let key = once::key_of(who, posted.route(), Some(key), &body)?;
    Ok(web.app().decide_proposal(who, id, &body, key).await?.value)
}

async fn model<N>(web: &Web, visit: &Visit<N>, id: i64) -> Result<ProposalPage, Problem> {
    let app = web.app();
    let ProposalSheet { row, history } = app.proposal(&visit.who, id).await?;
    let may = policy::allows(visit.who.role, Deed::Book) && row.state == ProposalState::Open;
    let is_count = row.kind == ProposalKind::Count;
    let is_over = row.state != ProposalState::Open;
    Ok(ProposalPage {
        shell: visit.shell(web, &format!("Counted by {}", row.machine), None),
        id,
        version: row.version,
        machine: row.machine.clone(),
        tag: row.tag.clone(),
        counter: row.counter,
        part: row.part.to_string(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        work_order: row.work_order.as_ref().map(ToString::to_string).unwrap_or_default(),
        books: words::books(row.booking),
        counted: figure(row.pieces),
        most: row.most.map(figure),
        state: words::state(&row),
        meaning: words::meaning(&row),
        doubt: row.doubt.map(|doubt| sentence(doubt.words())).unwrap_or_default(),
        cause: row.cause.as_deref().filter(|_| !is_over).map(sentence).unwrap_or_default(),
        from_value: row.from.to_string(),
        to_value: row.to.to_string(),
        first_at: row.first_at.to_string(),
        last_at: row.last_at.to_string(),
        confirmed: row.confirmed.map(figure),
        may_decide: may,
        pieces: if is_count { Entry::holding(row.pieces.to_string()) } else { Entry::default() },
        movement: row.command.map(|it| it.movement(1).to_string()).unwrap_or_default(),
        history: past(history, "server"),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..ProposalPage::default()
    })
}

fn draw<N>(visit: &Visit<N>, page: &ProposalPage) -> Page {
    Page::draw(&visit.manner, page, proposal::page, proposal::fragment)
}
