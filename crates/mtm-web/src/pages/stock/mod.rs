//! `/stock`: what is on hand, now or at any moment, and `/stock/explain`: why.

mod explain;
mod model;

pub(super) use explain::show as explain;

use axum::extract::State;
use mtm_app::query::{GroupBy, PageRequest, ReadError, StockQuery};

use super::filter::{self, containing, moment, pattern};
use super::form::Form;
use super::frame::Page;
use super::visit::Visit;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::layout::Screen;
use crate::ui::page::stock::{self, Group, StockPage};
use crate::web::{Shared, Web};

const PATH: &str = "/stock";
/// All stock for another system, whatever the filters.
const B2MML: &str = "/api/v1/exports/b2mml/material-information";

/// `GET /stock`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let query = &visit.query;
    let groups: Vec<Group> = Group::ALL
        .into_iter()
        .filter(|group| query.values("group_by").any(|name| name == group.key()))
        .collect();
    let zone = &web.app().site().zone;
    let (as_of, as_of_entry) = moment(query, "as_of", zone);
    let wanted = StockQuery {
        part: pattern(query, "part"),
        operation: pattern(query, "operation"),
        location: pattern(query, "location"),
        building: pattern(query, "building"),
        text: containing(query, "q"),
        as_of,
        page: filter::page(query),
        ..StockQuery::default()
    };
    let (rows, next) = if groups.is_empty() {
        buckets(&web, wanted.clone()).await?
    } else {
        sums(&web, wanted.clone(), &groups).await?
    };
    let (total, total_lots) = total(&web, wanted).await?;
    let shown = match (groups.is_empty(), rows.len()) {
        (true, 1) => "1 place".to_owned(),
        (true, many) => format!("{many} places on this page"),
        (false, 1) => "1 sum".to_owned(),
        (false, many) => format!("{many} sums on this page"),
    };
    let model = StockPage {
        shell: visit.shell(&web, "Stock", Some(Screen::Stock)),
        filters: model::filters(&web, query, as_of_entry, groups),
        pager: filter::pager(PATH, query, shown, next.as_deref()),
        rows,
        total: Some(total),
        total_lots: Some(total_lots),
        exports: vec![("All as B2MML".to_owned(), B2MML.to_owned())],
    };
    Ok(Page::draw(&visit.manner, &model, stock::page, stock::fragment))
}

type Rows = (Vec<stock::StockRow>, Option<String>);

async fn buckets(web: &Web, wanted: StockQuery) -> Result<Rows, Problem> {
    let ledger = web.app().ledger();
    let page = match ledger.stock(wanted.clone()).await {
        Err(error) if is_foreign_cursor(&error) => ledger.stock(from_the_start(wanted)).await?,
        other => other?,
    };
    let (catalogue, now) = (web.app().catalogue(), web.app().clock().now());
    let rows = page.items.iter().map(|row| model::bucket(&catalogue, now, row)).collect();
    Ok((rows, page.next_cursor))
}

async fn sums(web: &Web, wanted: StockQuery, groups: &[Group]) -> Result<Rows, Problem> {
    let ledger = web.app().ledger();
    let by: Vec<GroupBy> = groups.iter().map(|group| model::column(*group)).collect();
    let page = match ledger.stock_groups(wanted.clone(), by.clone()).await {
        Err(error) if is_foreign_cursor(&error) => {
            ledger.stock_groups(from_the_start(wanted), by).await?
        }
        other => other?,
    };
    Ok((page.items.iter().map(model::sum).collect(), page.next_cursor))
}

/// A cursor of other filters, kept in a bookmark or typed over: the list starts again.
pub(super) fn is_foreign_cursor(error: &ReadError) -> bool {
    matches!(error, ReadError::Refused(rejection) if rejection.field.as_deref() == Some("cursor"))
}

fn from_the_start(wanted: StockQuery) -> StockQuery {
    let page = PageRequest { cursor: None, ..wanted.page };
    StockQuery { page, ..wanted }
}

/// Pieces and lots of everything that matches, also on other pages: the ledger's own sums by part,
/// added up.
async fn total(web: &Web, wanted: StockQuery) -> Result<(i64, i64), Problem> {
    let (mut pieces, mut lots) = (0_i64, 0_i64);
    let limit = mtm_app::query::MAX_LIMIT;
    let mut page = PageRequest { limit, ..PageRequest::default() };
    loop {
        let query = StockQuery { page: page.clone(), ..wanted.clone() };
        let sums = web.app().ledger().stock_groups(query, vec![GroupBy::Part]).await?;
        for sum in &sums.items {
            pieces = pieces.saturating_add(sum.quantity.whole());
            lots = lots.saturating_add(i64::try_from(sum.lots).unwrap_or(i64::MAX));
        }
        let next = sums.next_cursor.and_then(|text| mtm_app::query::Cursor::decode(&text).ok());
        match next {
            Some(next) => page.cursor = Some(next),
            None => return Ok((pieces, lots)),
        }
    }
}

/// A value of the address as the entry of its field.
fn entry(query: &Form, name: &str) -> crate::ui::components::field::Entry {
    crate::ui::components::field::Entry::holding(query.text(name))
}
