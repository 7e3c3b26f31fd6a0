//! What waits at an operation, and where it goes on to.

use mtm_app::query::{Cursor, MAX_LIMIT, PageRequest, Pattern, StockQuery, StockRow};
use mtm_core::catalogue::{Catalogue, ReasonKind};
use mtm_core::word::{LotNumber, OperationCode, PartCode, fold};

use crate::pages::form::Form;
use crate::pages::route;
use crate::pages::visit::Visit;
use crate::pages::words;
use crate::problem::Problem;
use crate::ui::components::field::{Choice, Entry};
use crate::ui::components::layout::Screen;
use crate::ui::page::complete::{CompletePage, Onward, Waiting, Work};
use crate::web::Web;

/// Cards on one screen.
const MOST_SHOWN: usize = 100;
/// Pages of buckets that are read to find the oldest.
const MOST_PAGES: usize = 10;

/// The screen that an address or a form names: an operation, a lot, or both.
pub(super) async fn page<N>(
    web: &Web,
    visit: &Visit<N>,
    query: &Form,
) -> Result<CompletePage, Problem> {
    let exactly = |name: &str| query.given(name).map(|text| Pattern::Exact(fold(&text)));
    let Some(typed) = query.given("lot") else {
        return at(web, visit, query.text("operation")).await;
    };
    let lot = LotNumber::parse(&typed).map_or(typed, |lot| lot.to_string());
    let wanted = StockQuery {
        lot: Some(Pattern::Exact(lot.clone())),
        operation: exactly("operation"),
        location: exactly("location"),
        ..StockQuery::default()
    };
    let (found, _) = buckets(web, wanted).await?;
    match found.as_slice() {
        // The queue of its operation stays in sight.
        [one] => {
            let mut page = at(web, visit, one.operation.as_str()).await?;
            let bucket = waiting(web, &web.app().catalogue(), one);
            for other in &mut page.queue {
                other.chosen = other.lot == bucket.lot && other.location == bucket.location;
            }
            page.work = Some(work(web, bucket));
            Ok(page)
        }
        [] => {
            let mut page = at(web, visit, query.text("operation")).await?;
            page.lot = Entry::holding(lot).refused("Nothing of this lot is there.");
            page.searched = true;
            Ok(page)
        }
        _ => {
            let operation = query.text("operation");
            let mut page = empty(web, visit, operation);
            page.lot = Entry::holding(lot);
            list(web, &mut page, &found, false);
            Ok(page)
        }
    }
}

/// What waits at `operation`; an empty screen where none is named.
pub(super) async fn at<N>(
    web: &Web,
    visit: &Visit<N>,
    operation: &str,
) -> Result<CompletePage, Problem> {
    let mut page = empty(web, visit, operation);
    if operation.is_empty() {
        return Ok(page);
    }
    let wanted =
        StockQuery { operation: Some(Pattern::Exact(fold(operation))), ..StockQuery::default() };
    let (found, more) = buckets(web, wanted).await?;
    list(web, &mut page, &found, more);
    Ok(page)
}

fn empty<N>(web: &Web, visit: &Visit<N>, operation: &str) -> CompletePage {
    let catalogue = web.app().catalogue();
    let mut entry = Entry::holding(operation);
    let known = OperationCode::parse(operation).ok();
    let known = known.and_then(|code| catalogue.operation(&code).cloned());
    match &known {
        Some(record) => record.code.as_str().clone_into(&mut entry.value),
        None if operation.is_empty() => {}
        None => entry = entry.refused("There is no such operation."),
    }
    CompletePage {
        shell: visit.shell(web, "Complete", Some(Screen::Complete)),
        operation: entry,
        description: known.and_then(|record| record.header.description.clone()).unwrap_or_default(),
        ..CompletePage::default()
    }
}

fn list(web: &Web, page: &mut CompletePage, found: &[StockRow], more: bool) {
    let catalogue = web.app().catalogue();
    page.searched = true;
    page.more = more || found.len() > MOST_SHOWN;
    page.pieces = found.iter().map(|row| row.quantity.whole()).sum();
    page.queue = found.iter().take(MOST_SHOWN).map(|row| waiting(web, &catalogue, row)).collect();
}

/// The buckets that match, oldest lot first; whether there are more than were read.
async fn buckets(web: &Web, wanted: StockQuery) -> Result<(Vec<StockRow>, bool), Problem> {
    let mut rows: Vec<StockRow> = Vec::new();
    let mut page = PageRequest { limit: MAX_LIMIT, ..PageRequest::default() };
    for _ in 0..MOST_PAGES {
        let query = StockQuery { page: page.clone(), ..wanted.clone() };
        let read = web.app().ledger().stock(query).await?;
        rows.extend(read.items);
        let next = read.next_cursor.and_then(|text| Cursor::decode(&text).ok());
        if next.is_none() {
            page.cursor = None;
            break;
        }
        page.cursor = next;
    }
    rows.sort_by(|one, other| {
        (one.received_at, &one.lot, &one.location).cmp(&(
            other.received_at,
            &other.lot,
            &other.location,
        ))
    });
    Ok((rows, page.cursor.is_some()))
}

fn waiting(web: &Web, catalogue: &Catalogue, row: &StockRow) -> Waiting {
    let part = catalogue.part(&row.part);
    Waiting {
        part: row.part.to_string(),
        description: part.and_then(|part| part.header.description.clone()).unwrap_or_default(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        lot: row.lot.to_string(),
        on_hand: row.quantity.whole(),
        received_at: row.received_at.to_string(),
        attributes: words::joined([
            row.work_order.as_ref().map(ToString::to_string),
            row.color_code.as_ref().map(ToString::to_string),
            row.notes.as_ref().map(ToString::to_string),
        ]),
        hold: words::hold(catalogue, &row.lot, &row.part, &row.location),
        onward: route::onward(catalogue, web.app().clock().now(), &row.part, &row.operation),
        chosen: false,
    }
}

fn work(web: &Web, bucket: Waiting) -> Work {
    let catalogue = web.app().catalogue();
    let mut reasons: Vec<String> = catalogue
        .reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::Scrap && reason.header.retired_at.is_none())
        .map(|reason| reason.code.to_string())
        .collect();
    reasons.sort_unstable();
    Work {
        bucket,
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        reasons: reasons.into_iter().map(|code| Choice::new(code.clone(), code)).collect(),
        ..Work::default()
    }
}

/// The form of a bucket that is empty by now, as it was sent.
pub(super) fn gone(web: &Web, form: &Form) -> Work {
    let catalogue = web.app().catalogue();
    let part = PartCode::parse(form.text("part")).ok();
    let operation = OperationCode::parse(form.text("operation")).ok();
    let bucket = Waiting {
        part: form.text("part").to_owned(),
        operation: form.text("operation").to_owned(),
        location: form.text("location").to_owned(),
        lot: form.text("lot").to_owned(),
        onward: part.zip(operation).map_or(Onward::Unknown, |(part, operation)| {
            route::onward(&catalogue, web.app().clock().now(), &part, &operation)
        }),
        ..Waiting::default()
    };
    work(web, bucket)
}
