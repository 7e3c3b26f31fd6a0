//! `/print-jobs/{id}`: a print job, and what somebody decides about it.

use axum::extract::State;
use mtm_app::printing::{JobBody, JobDeed, JobSheet};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};

use super::super::answer::{Asked, refused};
use super::super::frame::Page;
use super::super::past::past;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::super::webhooks::moment;
use super::{PATH, words};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::printing::sheet::{self, JobPage};
use crate::web::{Shared, Web};

/// `GET /print-jobs/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, id).await?))
}

/// `POST /print-jobs/{id}`: sends it, says that it came out, or cancels it.
pub(in super::super) async fn decide(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    posted: Posted<need::Book>,
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
            page.to = reply.at("printer", Entry::holding(form.text("printer")));
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
    posted: &Posted<need::Book>,
    id: i64,
    key: String,
) -> Result<String, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let named = form.text("deed");
    let deed = JobDeed::ALL.into_iter().find(|deed| deed.as_str() == named);
    let deed =
        deed.ok_or_else(|| AppError::refused(Code::InvalidBody, "this form does nothing"))?;
    let body = JobBody {
        deed,
        printer: form.given("printer").filter(|_| deed == JobDeed::Send),
        note: form.text("note").to_owned(),
        version: form.given("version").and_then(|version| version.parse().ok()),
    };
    let key = once::key_of(who, posted.route(), Some(key), &body)?;
    let decided = web.app().decide_print(who, id, &body, None, key).await?.value;
    Ok(words::meaning(decided.state).to_owned())
}

async fn model<N>(web: &Web, visit: &Visit<N>, id: i64) -> Result<JobPage, Problem> {
    let app = web.app();
    let JobSheet { row, label, history } = app.print_job(&visit.who, id).await?;
    let printers = app.printers(&visit.who).await?;
    let may = policy::allows(visit.who.role, Deed::Book);
    let can = |deed: &JobDeed| may && deed.is_somebodys() && row.state.after(*deed).is_some();
    let fields = row.fields["fields"].as_object();
    Ok(JobPage {
        shell: visit.shell(web, &format!("Label {id}"), None),
        id,
        version: row.version,
        of: row.subject.clone(),
        key: row.key.clone(),
        template: row.template.clone(),
        copy: row.copy,
        printer: row.printer.clone(),
        state: words::state(row.state),
        meaning: words::meaning(row.state),
        why: words::why(&row),
        asked_at: row.asked_at.to_string(),
        asked_by: row.asked_by.clone().unwrap_or_else(|| "after receipt".to_owned()),
        station: row.station.clone().unwrap_or_default(),
        begun_at: moment(row.begun_at),
        ended_at: moment(row.ended_at),
        attempts: i64::from(row.attempts),
        entries: fields
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((words::field(name), value.as_str()?.to_owned())))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        label: label.unwrap_or_default(),
        history: past(history, "server"),
        to: Entry::holding(&row.printer),
        printers: printers
            .items
            .into_iter()
            .filter(|it| it.configured)
            .map(|it| it.row.name)
            .collect(),
        may: JobDeed::ALL.iter().copied().filter(can).collect(),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..JobPage::default()
    })
}

fn draw<N>(visit: &Visit<N>, page: &JobPage) -> Page {
    Page::draw(&visit.manner, page, sheet::page, sheet::fragment)
}
