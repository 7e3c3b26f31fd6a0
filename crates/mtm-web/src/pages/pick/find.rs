//! Lots that stand somewhere: by part, operation and location, or by their own numbers.

use futures_util::future::try_join_all;
use mtm_app::query::{PageRequest, Pattern, StockQuery, StockRow};
use mtm_core::catalogue::Catalogue;
use mtm_core::word::LotNumber;

use super::rows::Row;
use crate::pages::form::Form;
use crate::pages::words;
use crate::problem::Problem;
use crate::ui::components::field::Entry;
use crate::ui::page::pick::{Find, Found, PickRow};
use crate::web::Web;

/// Rows on one screen.
const MOST_ROWS: u16 = 200;
/// Lots named one by one.
const MOST_LOTS: usize = 100;

/// What `query` finds. Lots named are ticked; they come first.
pub(super) async fn find(web: &Web, query: &Form) -> Result<(Find, Found), Problem> {
    let mut lots: Vec<String> = Vec::new();
    for text in query.values("lot").map(str::trim).filter(|text| !text.is_empty()) {
        let lot = LotNumber::parse(text).map_or_else(|_| text.to_owned(), |lot| lot.to_string());
        if lots.len() < MOST_LOTS && !lots.contains(&lot) {
            lots.push(lot);
        }
    }
    let pattern = |name: &str| query.given(name).map(|text| Pattern::parse(&text));
    let (part, operation, location) = (pattern("part"), pattern("operation"), pattern("location"));
    let narrowed = part.is_some() || operation.is_some() || location.is_some();
    let named = lots
        .iter()
        .map(|lot| StockQuery { lot: Some(Pattern::Exact(lot.clone())), ..StockQuery::default() });
    let general =
        narrowed.then_some(StockQuery { part, operation, location, ..StockQuery::default() });
    let mut found = Found {
        searched: narrowed || !lots.is_empty(),
        shown_at: web.app().clock().now().to_string(),
        ..Found::default()
    };
    let catalogue = web.app().catalogue();
    let mut rows: Vec<StockRow> = Vec::new();
    for page in try_join_all(named.map(|query| read(web, query))).await? {
        rows.extend(page.items);
    }
    let ticked = rows.len();
    if let Some(query) = general {
        let page = read(web, query).await?;
        found.more = page.next_cursor.is_some();
        let mut others = page.items;
        others.retain(|row| !rows.contains(row));
        others.sort_by_key(|row| row.received_at);
        rows.extend(others);
    }
    found.rows = rows
        .iter()
        .enumerate()
        .map(|(at, row)| PickRow { picked: at < ticked, ..draw(&catalogue, row) })
        .collect();
    let entry = |name: &str| Entry::holding(query.text(name));
    let find = Find {
        part: entry("part"),
        operation: entry("operation"),
        location: entry("location"),
        lot: Entry::default(),
        lots,
        answered: false,
    };
    Ok((find, found))
}

/// The buckets of rows that were sent back, as they stand now; those that are empty keep their row.
pub(super) async fn again(web: &Web, rows: &[Row]) -> Result<Found, Problem> {
    let exactly = |text: &str| Some(Pattern::Exact(mtm_core::word::fold(text)));
    let now = try_join_all(rows.iter().map(|row| {
        read(
            web,
            StockQuery {
                part: exactly(&row.part),
                operation: exactly(&row.operation),
                location: exactly(&row.location),
                lot: exactly(&row.lot),
                ..StockQuery::default()
            },
        )
    }))
    .await?;
    let catalogue = web.app().catalogue();
    let rows = rows.iter().zip(now).map(|(row, page)| {
        let found = page.items.first().map(|row| draw(&catalogue, row));
        found.unwrap_or_else(|| PickRow {
            lot: row.lot.clone(),
            part: row.part.clone(),
            operation: row.operation.clone(),
            location: row.location.clone(),
            ..PickRow::default()
        })
    });
    Ok(Found {
        searched: true,
        rows: rows.collect(),
        more: false,
        shown_at: web.app().clock().now().to_string(),
    })
}

async fn read(web: &Web, query: StockQuery) -> Result<mtm_app::query::Page<StockRow>, Problem> {
    let page = PageRequest { limit: MOST_ROWS, ..PageRequest::default() };
    Ok(web.app().ledger().stock(StockQuery { page, ..query }).await?)
}

fn draw(catalogue: &Catalogue, row: &StockRow) -> PickRow {
    PickRow {
        lot: row.lot.to_string(),
        part: row.part.to_string(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        on_hand: row.quantity.whole(),
        received_at: row.received_at.to_string(),
        attributes: words::joined([
            row.work_order.as_ref().map(ToString::to_string),
            row.color_code.as_ref().map(ToString::to_string),
            row.notes.as_ref().map(ToString::to_string),
        ]),
        hold: words::hold(catalogue, &row.lot, &row.part, &row.location),
        reserved: row.reserved,
        picked: false,
        quantity: Entry::default(),
    }
}
