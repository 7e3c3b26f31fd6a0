//! `/periods`: up to which day everything is closed.

use axum::extract::State;
use mtm_app::period::{PeriodBody, PeriodRow};
use mtm_app::{AppError, once};
use mtm_core::policy::{self, Deed};

use super::answer::{Asked, refused};
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::periods::{self, Ask, PeriodLine, PeriodsPage};
use crate::web::{Shared, Web};

const PATH: &str = "/periods";

/// `GET /periods`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /periods`: closes through a day, or reopens.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::ClosePeriod>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match save(&web, &posted, key.clone()).await {
        Ok(made) => {
            let mut page = model(&web, visit).await?;
            let text = match made.closed {
                Some(closed) if made.reopened => {
                    format!("Reopened; closed through {} only.", closed.through)
                }
                Some(closed) => format!("Closed through {}.", closed.through),
                None => "Everything is open again.".to_owned(),
            };
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            let day = reply.at("through", Entry::holding(form.text("through")));
            let [close, reopen] = [&mut page.close, &mut page.reopen];
            let asked = if form.text("action") == "reopen" { reopen } else { close };
            asked.day = day;
            if reply.keeps_key {
                asked.key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn save(
    web: &Web,
    posted: &Posted<need::ClosePeriod>,
    key: String,
) -> Result<PeriodRow, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let body =
        PeriodBody { through: form.given("through"), reopen: form.text("action") == "reopen" };
    let newest = form.text("newest").parse().ok();
    let key = once::key_of(who, posted.route(), Some(key), &(&body, newest))?;
    Ok(web.app().set_period(who, newest, &body, key).await?.value)
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<PeriodsPage, Problem> {
    let app = web.app();
    let sheet = app.periods(&visit.who).await?;
    let ask = || Ask { key: app.clock().fresh_uuid().to_string(), ..Ask::default() };
    let may = |deed| policy::allows(visit.who.role, deed);
    Ok(PeriodsPage {
        shell: visit.shell(web, "Periods", None),
        through: sheet.closed.map(|closed| closed.through).unwrap_or_default(),
        entries: sheet.entries.iter().map(line).collect(),
        may_close: may(Deed::ClosePeriod),
        may_reopen: may(Deed::ReopenPeriod),
        close: ask(),
        reopen: ask(),
        newest: sheet.number.to_string(),
        ..PeriodsPage::default()
    })
}

fn line(row: &PeriodRow) -> PeriodLine {
    PeriodLine {
        number: row.number,
        reopened: row.reopened,
        through: row.closed.as_ref().map(|closed| closed.through.clone()).unwrap_or_default(),
        recorded_at: row.recorded_at.to_string(),
        recorded_by: row.recorded_by.clone(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &PeriodsPage) -> Page {
    Page::draw(&visit.manner, page, periods::page, periods::fragment)
}
