//! `/minimum`: parts below their minimum stock, and setting one.

use axum::extract::State;
use mtm_app::minimum::MinimumItem;
use mtm_app::{AppError, once};
use mtm_core::policy::{self, Deed};

use super::answer::{Asked, refused};
use super::frame::Page;
use super::number::whole;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::minimum::{self, MinimumLine, MinimumPage};
use crate::web::{Shared, Web};

const PATH: &str = "/minimum";

/// Parts on the page; the report has more.
const SHOWN: usize = 200;

/// `GET /minimum`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let mut page = model(&web, &visit).await?;
    if let Some(part) = visit.query.given("part") {
        page.part = Entry::holding(part);
    }
    Ok(draw(&visit, &page))
}

/// `POST /minimum`: sets the minimum of a part.
pub(super) async fn set(
    State(web): State<Shared>,
    posted: Posted<need::EditMaster>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match write(&web, &posted, key.clone()).await {
        Ok(text) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.part = reply.at("part", Entry::holding(form.text("part")));
            let minimum = Entry::holding(form.text("minimum_stock"));
            page.minimum_stock = reply.at("minimum_stock", minimum);
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn write(
    web: &Web,
    posted: &Posted<need::EditMaster>,
    key: String,
) -> Result<String, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let pieces = whole(form, "minimum_stock").map_err(|error| AppError::Invalid(vec![error]))?;
    let part = form.text("part");
    let key = once::key_of(who, posted.route(), Some(key), &(part, pieces))?;
    let part = web.app().set_minimum(who, part, pieces, key).await?.value.code;
    Ok(match pieces {
        Some(pieces) => format!("The minimum of {part} is {pieces} pieces from now on."),
        None => format!("{part} has no minimum any more."),
    })
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<MinimumPage, Problem> {
    let found = web.app().minimum(&visit.who, Some(SHOWN)).await?;
    Ok(MinimumPage {
        shell: visit.shell(web, "Minimum stock", None),
        below: i64::try_from(found.below).unwrap_or(i64::MAX),
        lines: found.items.iter().map(line).collect(),
        may_edit: policy::allows(visit.who.role, Deed::EditMaster),
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        ..MinimumPage::default()
    })
}

/// One part as pages show it.
pub(super) fn line(item: &MinimumItem) -> MinimumLine {
    MinimumLine {
        part: item.part.to_string(),
        description: item.description.clone().unwrap_or_default(),
        quantity: item.quantity.whole(),
        minimum: item.minimum_stock.whole(),
        missing: item.missing,
        since: item.since.map(|since| since.to_string()).unwrap_or_default(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &MinimumPage) -> Page {
    Page::draw(&visit.manner, page, minimum::page, minimum::fragment)
}
