//! `/worklist`: what other systems are told of movements, and what of it waits for somebody.

pub(super) mod sheet;
mod words;

use axum::extract::State;
use mtm_app::sync::{FlowBody, FlowView, Mode, PostingQuery, PostingRow, State as Standing};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};

use super::answer::{Asked, refused};
use super::filter;
use super::form::Form;
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use super::webhooks::moment;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::format::counted;
use crate::ui::page::worklist::{self, Filters, FlowHead, PostingLine, WorklistPage};
use crate::web::{Shared, Web};

const PATH: &str = "/worklist";

/// Postings on a page.
const SHOWN: u16 = 50;

/// `GET /worklist`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /worklist`: decides who posts what a flow tells.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Administer>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    match save(&web, &posted).await {
        Ok(text) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn save(web: &Web, posted: &Posted<need::Administer>) -> Result<String, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), form.given("idempotency_key"), &fields)?;
    let mode = Mode::from_name(form.text("mode"));
    let body = FlowBody {
        mode: Some(mode.ok_or_else(|| {
            AppError::field("mode", Code::InvalidBody, "choose who posts from now on")
        })?),
        start: form.given("start"),
        version: form.given("version").and_then(|version| version.parse().ok()),
    };
    let changed = web.app().change_flow(who, form.text("flow"), &body, key).await?.value;
    Ok(format!("{}: {}", changed.row.name, words::mode(changed.row.mode)))
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<WorklistPage, Problem> {
    let (app, who, asked) = (web.app(), &visit.who, &visit.query);
    let flows = app.flows(who).await?;
    let query = query(asked);
    let is_filtered = !query.needs_somebody || query.part.is_some() || query.lot.is_some();
    let found = app.postings(who, query).await?;
    let may = policy::allows(who.role, Deed::Administer);
    let postings: Vec<_> = found.items.iter().map(line).collect();
    let many = i64::try_from(postings.len()).unwrap_or(i64::MAX);
    let heads = flows.items.iter().map(|flow| FlowHead {
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..head(flow, may)
    });
    Ok(WorklistPage {
        shell: visit.shell(web, "Worklist", None),
        flows: heads.collect(),
        pager: filter::pager(
            PATH,
            asked,
            format!("{}, newest first", counted(many, "posting", "postings")),
            found.next_cursor.as_deref(),
        ),
        postings,
        filters: filters(asked),
        is_filtered,
        ..WorklistPage::default()
    })
}

fn query(asked: &Form) -> PostingQuery {
    let state = asked.text("state");
    let document = asked.given("document");
    PostingQuery {
        flow: asked.given("flow"),
        state: Standing::from_name(state),
        open: state == "open",
        // Whoever looks for a document looks among all.
        needs_somebody: state.is_empty() && document.is_none(),
        part: asked.given("part"),
        lot: asked.given("lot"),
        document,
        movement: None,
        before: asked.given("cursor").and_then(|cursor| cursor.parse().ok()),
        limit: SHOWN,
    }
}

fn filters(asked: &Form) -> Filters {
    let entry = |name| Entry::holding(asked.text(name));
    Filters {
        state: entry("state"),
        part: entry("part"),
        lot: entry("lot"),
        document: entry("document"),
        flow: entry("flow"),
    }
}

fn head(flow: &FlowView, may: bool) -> FlowHead {
    let row = &flow.row;
    let mut counts: Vec<(&'static str, i64)> = Vec::new();
    for it in &row.postings {
        let word = words::figure(it.state);
        let count = i64::try_from(it.count).unwrap_or(i64::MAX);
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => counts.push((word, count)),
        }
    }
    let waits = row.postings.iter().any(|it| it.state.needs_somebody() && it.count > 0);
    let (tone, state) = match (&row.last_error, flow.configured) {
        (_, false) => (Tone::Warn, "No server is configured with it any more.".to_owned()),
        (Some(error), _) if row.failing_since.is_some() => {
            (Tone::Warn, format!("It is not told now, and goes on by itself: {error}"))
        }
        _ if waits => {
            (Tone::Warn, format!("{} Something waits for somebody.", words::mode(row.mode)))
        }
        _ => (Tone::Note, words::mode(row.mode).to_owned()),
    };
    FlowHead {
        name: row.name.clone(),
        peer: flow.peer.clone().unwrap_or_default(),
        erp: flow.erp.clone().unwrap_or_default(),
        mode: row.mode.as_str().to_owned(),
        tone,
        state,
        counts,
        behind: i64::try_from(row.behind).unwrap_or(i64::MAX),
        oldest_open_at: moment(row.oldest_open_at),
        version: row.version,
        may_change: may && flow.configured,
        ..FlowHead::default()
    }
}

fn line(row: &PostingRow) -> PostingLine {
    PostingLine {
        id: row.id,
        class: words::class(row.class),
        part: row.part.clone(),
        quantity: row.quantity,
        places: words::places(&row.fact),
        lot: row.lot.clone(),
        state: words::state(row.state),
        cause: row.cause.clone().unwrap_or_default(),
        document: row.document.clone().unwrap_or_default(),
        recorded_at: row.recorded_at.to_string(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &WorklistPage) -> Page {
    Page::draw(&visit.manner, page, worklist::page, worklist::fragment)
}
