//! `/print-jobs`: printers, and labels on their way to them.

pub(super) mod sheet;
mod words;

pub(in crate::pages) use self::words::state;

use axum::extract::State;
use mtm_app::printing::{
    Condition, JobQuery, JobState, PrintBody, PrintJob, PrinterView, TEMPLATE,
};
use mtm_app::{AppError, once};
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
use crate::ui::page::printing::{self, Filters, JobLine, PrinterHead, PrintingPage};
use crate::web::{Shared, Web};

const PATH: &str = "/print-jobs";

/// Jobs on a page.
const SHOWN: u16 = 50;

/// `GET /print-jobs`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /print-jobs`: has a label printed.
pub(super) async fn ask(
    State(web): State<Shared>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match print(&web, &posted, key.clone()).await {
        Ok(job) => {
            let mut page = model(&web, visit).await?;
            let copy = if job.copy { ", as a copy" } else { "" };
            let text = format!(
                "The label of {} {} waits for {}{copy}.",
                job.subject, job.key, job.printer
            );
            let action = Some(("Look at it".to_owned(), format!("{PATH}/{}", job.id)));
            page.message = Some(Message { text, action, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "print", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            page.template = reply.at("template", Entry::holding(form.text("template")));
            page.of = reply.at("of", Entry::holding(form.text("of")));
            page.printer = reply.at("printer", Entry::holding(form.text("printer")));
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn print(web: &Web, posted: &Posted<need::Book>, key: String) -> Result<PrintJob, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let body = PrintBody {
        template: form.given("template"),
        of: form.text("of").to_owned(),
        printer: form.given("printer"),
    };
    let key = once::key_of(who, posted.route(), Some(key), &body)?;
    Ok(web.app().print(who, &body, None, key).await?.value)
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<PrintingPage, Problem> {
    let (app, who, asked) = (web.app(), &visit.who, &visit.query);
    let printers = app.printers(who).await?;
    let templates = app.label_templates(who).await?;
    let query = query(asked);
    let is_filtered = !query.needs_somebody || query.key.is_some() || query.printer.is_some();
    let found = app.print_jobs(who, query).await?;
    let jobs: Vec<_> = found.items.iter().map(line).collect();
    let many = i64::try_from(jobs.len()).unwrap_or(i64::MAX);
    let heads: Vec<_> = printers.items.iter().map(head).collect();
    let may = policy::allows(who.role, Deed::Book) && heads.iter().any(|it| it.configured);
    Ok(PrintingPage {
        shell: visit.shell(web, "Printing", None),
        pager: filter::pager(
            PATH,
            asked,
            format!("{}, newest first", counted(many, "label", "labels")),
            found.next_cursor.as_deref(),
        ),
        templates: templates.into_iter().map(|it| (it.name, it.title)).collect(),
        template: Entry::holding(TEMPLATE),
        printers: heads,
        jobs,
        filters: filters(asked),
        is_filtered,
        may_print: may,
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..PrintingPage::default()
    })
}

fn query(asked: &Form) -> JobQuery {
    let state = asked.text("state");
    let key = asked.given("key");
    JobQuery {
        printer: asked.given("printer"),
        state: JobState::from_name(state),
        // Whoever looks for the labels of something looks among all.
        needs_somebody: state == "needs_somebody" || state.is_empty() && key.is_none(),
        subject: None,
        key,
        movement: None,
        before: asked.given("cursor").and_then(|cursor| cursor.parse().ok()),
        limit: SHOWN,
    }
}

fn filters(asked: &Form) -> Filters {
    let entry = |name| Entry::holding(asked.text(name));
    Filters { state: entry("state"), printer: entry("printer"), key: entry("key") }
}

fn head(it: &PrinterView) -> PrinterHead {
    let row = &it.row;
    let figure = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (tone, state) = match (it.configured, row.standing) {
        (false, _) => (Tone::Warn, "No server is configured with it any more.".to_owned()),
        (_, None) => (Tone::Note, "It was not asked yet how it is.".to_owned()),
        (_, Some(Condition::Ready)) => (Tone::Note, "Ready.".to_owned()),
        (_, Some(other)) => (Tone::Warn, super::frame::sentence(other.words())),
    };
    PrinterHead {
        name: row.name.clone(),
        tone,
        state,
        since: moment(row.since),
        seen_at: moment(row.seen_at),
        address: it.address.clone().unwrap_or_default(),
        dpi: it.dpi,
        receipts: it.receipts,
        configured: it.configured,
        waiting: figure(row.waiting),
        needs_somebody: figure(row.needs_somebody),
    }
}

pub(super) fn line(row: &PrintJob) -> JobLine {
    JobLine {
        id: row.id,
        of: row.subject.clone(),
        key: row.key.clone(),
        copy: row.copy,
        printer: row.printer.clone(),
        state: words::state(row.state),
        why: words::why(row),
        asked_at: row.asked_at.to_string(),
        asked_by: row.asked_by.clone().unwrap_or_else(|| "after receipt".to_owned()),
    }
}

fn draw<N>(visit: &Visit<N>, page: &PrintingPage) -> Page {
    Page::draw(&visit.manner, page, printing::page, printing::fragment)
}
