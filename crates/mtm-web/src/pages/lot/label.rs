//! Labels of a lot on its page.

use axum::extract::{Path, State};
use mtm_app::once;
use mtm_app::printing::{JobQuery, PrintBody};
use mtm_core::label::Subject;
use mtm_core::policy::{self, Deed};
use mtm_core::word::LotNumber;

use super::super::answer::{Asked, refused};
use super::super::frame::{Page, sentence};
use super::super::printing;
use super::super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::page::lot_labels::Labels;
use crate::web::{Shared, Web};

/// Labels shown.
const SHOWN: u16 = 5;

/// `POST /lot/{lot}/label`: has one printed.
pub(in crate::pages) async fn print(
    State(web): State<Shared>,
    Path(text): Path<String>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let number = LotNumber::parse(&text).map_err(|_| super::missing(&text))?;
    let key = form.key()?;
    let body = PrintBody { template: None, of: number.to_string(), printer: form.given("printer") };
    let once = once::key_of(&visit.who, posted.route(), Some(key.clone()), &body)?;
    let error = match web.app().print(&visit.who, &body, None, once).await {
        Ok(made) => {
            let job = made.value;
            let copy = if job.copy { " It says that it is a copy." } else { "" };
            let text = format!("Its label waits for {}.{copy}", job.printer);
            let action = Some(("Look at it".to_owned(), format!("/print-jobs/{}", job.id)));
            let message = Message { text, action, ..Message::default() };
            return super::page(&web, visit, number, Some(message)).await;
        }
        Err(error) => Problem::from(error),
    };
    let said = sentence(error.detail());
    let asked = Asked { form: "label", yes: "", back: "/stock", role: visit.who.role };
    let reply = refused(error, asked)?;
    let mut page = super::model(&web, visit, number).await?;
    page.message = Some(Message { tone: Tone::Bad, text: said, ..Message::default() });
    page.labels.printer = reply.at("printer", Entry::holding(form.text("printer")));
    if reply.keeps_key {
        page.labels.idempotency_key = key;
    }
    Ok(super::draw_page(visit, &page).status(reply.status))
}

/// What is shown of the labels of a lot.
pub(super) async fn draw<N>(
    web: &Web,
    visit: &Visit<N>,
    lot: &LotNumber,
) -> Result<Labels, Problem> {
    let app = web.app();
    let query = JobQuery {
        subject: Some(Subject::Lot.as_str().to_owned()),
        key: Some(lot.to_string()),
        limit: SHOWN,
        ..JobQuery::default()
    };
    let jobs = app.print_jobs(&visit.who, query).await?;
    let may = policy::allows(visit.who.role, Deed::Book);
    let printers = app.printers(&visit.who).await?.items.into_iter();
    let printers = printers.filter(|it| may && it.configured).map(|it| it.row.name).collect();
    Ok(Labels {
        lot: lot.to_string(),
        csrf: visit.csrf().to_owned(),
        jobs: jobs.items.iter().map(printing::line).collect(),
        more: jobs.next_cursor.is_some(),
        printers,
        printer: Entry::default(),
        idempotency_key: app.clock().fresh_uuid().to_string(),
    })
}
