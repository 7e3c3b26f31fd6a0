//! `/worklist/{id}`: a posting, and what somebody decides about it.

use axum::extract::State;
use mtm_app::sync::{Deed, Mode, PostingBody, PostingSheet, State as Standing};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy;

use super::super::answer::{Asked, refused};
use super::super::frame::Page;
use super::super::past::past;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::{PATH, words};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::worklist::sheet::{self, PostingPage};
use crate::web::{Shared, Web};

/// `GET /worklist/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, id).await?))
}

/// `POST /worklist/{id}`: sends again, looks up, says that it is posted or not, accepts the difference.
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
            page.number = reply.at("document", Entry::holding(form.text("document")));
            if form.given("body").is_some() {
                page.body = reply.at("body", Entry::holding(form.text("body")));
            }
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
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key), &fields)?;
    let corrected = form.text("deed") == "resend_corrected";
    let name = if corrected { Deed::Resend.as_str() } else { form.text("deed") };
    let deed = Deed::from_name(name)
        .ok_or_else(|| AppError::refused(Code::InvalidBody, "this form does nothing"))?;
    let mut corrected_body = None;
    if corrected {
        corrected_body = Some(serde_json::from_str(form.text("body")).map_err(|error| {
            AppError::field("body", Code::InvalidBody, format!("this is no JSON: {error}"))
        })?);
    }
    let body = PostingBody {
        deed,
        body: corrected_body,
        document: form.given("document"),
        note: form.text("note").to_owned(),
        version: form.given("version").and_then(|version| version.parse().ok()),
    };
    let decided = web.app().decide_posting(who, id, &body, key).await?.value;
    Ok(words::meaning(decided.row.state).to_owned())
}

async fn model<N>(web: &Web, visit: &Visit<N>, id: i64) -> Result<PostingPage, Problem> {
    let app = web.app();
    let PostingSheet { row, request, shown_by, history } =
        app.posting_sheet(&visit.who, id).await?;
    let flows = app.flows(&visit.who).await?;
    let flow = flows.items.iter().find(|flow| flow.row.name == row.flow && flow.peer.is_some());
    let mode = flow.map(|flow| flow.row.mode);
    let may = policy::allows(visit.who.role, policy::Deed::Reconcile);
    let can = |deed: &Deed| {
        let goes_on = match deed {
            Deed::Resend => mode == Some(Mode::Automatic),
            Deed::Look => mode.is_some_and(|mode| mode != Mode::Off),
            _ => true,
        };
        // Whoever has the movement undone has it withdrawn, where it is on the list.
        let undone =
            *deed != Deed::Withdraw || matches!(row.state, Standing::Todo | Standing::Refused);
        may && undone && goes_on && row.state.after(*deed, false).is_some()
    };
    let pretty =
        |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    Ok(PostingPage {
        shell: visit.shell(web, &format!("Posting {id}"), None),
        id,
        flow: row.flow.clone(),
        version: row.version,
        class: words::class(row.class),
        part: row.part.clone(),
        quantity: row.quantity,
        state: words::state(row.state),
        meaning: words::meaning(row.state),
        entries: words::entries(&row.fact),
        cause: row.cause.clone().unwrap_or_default(),
        code: row.code.clone().unwrap_or_default(),
        lot: row.lot.clone(),
        recorded_at: row.recorded_at.to_string(),
        document: row.document.clone().unwrap_or_default(),
        shown_by: shown_by.iter().map(i64::to_string).collect::<Vec<_>>().join(" and "),
        body: Entry::holding(request.as_ref().map(|it| pretty(&it["body"])).unwrap_or_default()),
        request: request.as_ref().map(pretty).unwrap_or_default(),
        history: past(history, "server"),
        may: Deed::ALL.iter().copied().filter(can).collect(),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..PostingPage::default()
    })
}

fn draw<N>(visit: &Visit<N>, page: &PostingPage) -> Page {
    Page::draw(&visit.manner, page, sheet::page, sheet::fragment)
}
