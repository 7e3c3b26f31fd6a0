//! `/history`: the log, with the details of one movement and the way to undo it.

mod detail;
mod group;
mod model;

use axum::extract::State;
use mtm_app::query::{HistoryQuery, MovementRow, Page as Rows, PageRequest};
use mtm_core::movement::MovementType;
use mtm_core::shift::ShiftKey;
use mtm_core::word::{MovementId, Timestamp};

use super::answer::Reply;
use super::filter::{self, containing, lot, pattern};
use super::form::Form;
use super::frame::Page;
use super::stock::is_foreign_cursor;
use super::visit::Visit;
use super::words;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::Answer;
use crate::ui::components::layout::Screen;
use crate::ui::page::history::{self, HistoryPage, HistoryRow};
use crate::web::{Shared, Web};

const PATH: &str = "/history";
/// The movements of a span for another system, whatever the other filters.
const B2MML: &str = "/api/v1/exports/b2mml/operations-performance";
/// What opens details within a list and is no filter of it.
const OPENS: [&str; 2] = ["movement", "undo"];

/// `GET /history`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let mut page = list(&web, &visit, &visit.query).await?;
    page.group = group::of_list(&web, &visit, &visit.query).await?;
    if let Some(text) = visit.query.given("movement") {
        page.detail = Some(detail::open(&web, &visit, &text).await?);
    }
    Ok(draw(&visit, &page))
}

/// The unfiltered list with an answer above it.
pub(super) async fn answered<N>(
    web: &Web,
    visit: &Visit<N>,
    answer: Answer,
) -> Result<Page, Problem> {
    let page = list(web, visit, &Form::default()).await?;
    Ok(draw(visit, &HistoryPage { answer: Some(answer), ..page }))
}

/// The list with the movement that could not be undone, its form as it was sent.
pub(super) async fn refused_undo<N>(
    web: &Web,
    visit: &Visit<N>,
    movement: MovementId,
    reason: &str,
    key: String,
    reply: Reply,
) -> Result<Page, Problem> {
    let mut page = list(web, visit, &Form::default()).await?;
    page.detail = Some(detail::refused(web, visit, movement, reason, key, &reply).await?);
    page.answer = Some(reply.answer);
    Ok(draw(visit, &page))
}

/// The list of the group that could not be undone, its form as it was sent.
pub(super) async fn refused_group<N>(
    web: &Web,
    visit: &Visit<N>,
    form: &Form,
    key: String,
    reply: Reply,
) -> Result<Page, Problem> {
    let query = group::list_of(form)?;
    let mut page = list(web, visit, &query).await?;
    page.group = group::refused(web, visit, &query, form, key, &reply).await?;
    page.answer = Some(reply.answer);
    Ok(draw(visit, &page))
}

fn draw<N>(visit: &Visit<N>, page: &HistoryPage) -> Page {
    Page::draw(&visit.manner, page, history::page, history::fragment)
}

async fn list<N>(web: &Web, visit: &Visit<N>, query: &Form) -> Result<HistoryPage, Problem> {
    let (filters, from, to) = model::filters(web, query);
    let shift = query.given("shift").and_then(|text| ShiftKey::parse(&text).ok());
    let session = query.given("session").and_then(|text| text.parse().ok());
    let wanted = HistoryQuery {
        part: pattern(query, "part"),
        operation: pattern(query, "operation"),
        location: pattern(query, "location"),
        lot: lot(query),
        kinds: kinds(query),
        user: pattern(query, "user"),
        text: containing(query, "q"),
        from,
        to,
        shift,
        session,
        page: filter::page(query),
        ..HistoryQuery::default()
    };
    let found = read(web, wanted).await?;
    let rows: Vec<HistoryRow> = found
        .items
        .iter()
        .map(|row| HistoryRow {
            movement: words::movement(row),
            address: filter::address(PATH, query, &OPENS, &[("movement", &row.id.to_string())]),
        })
        .collect();
    let shown = match rows.len() {
        1 => "1 movement".to_owned(),
        many => format!("{many} movements, newest first"),
    };
    let mut pager = filter::pager(PATH, query, shown, found.next_cursor.as_deref());
    for address in [&mut pager.first, &mut pager.next].into_iter().flatten() {
        *address = without_details(address);
    }
    Ok(HistoryPage {
        shell: visit.shell(web, "History", Some(Screen::History)),
        filters,
        rows,
        pager,
        exports: vec![("This span as B2MML".to_owned(), of_span(from, to))],
        ..HistoryPage::default()
    })
}

/// Where the movements of a span are taken away, of whatever part, place or person.
fn of_span(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    let (from, to) = (from.map(|at| at.to_string()), to.map(|at| at.to_string()));
    let span = [("from", from.as_deref()), ("to", to.as_deref())];
    let given: Vec<_> = span.iter().filter_map(|(name, at)| Some((*name, (*at)?))).collect();
    filter::address(B2MML, &Form::default(), &[], &given)
}

/// Another page of the list has nothing to do with the movement that is open on this one.
fn without_details(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let opens = |pair: &&str| !OPENS.iter().any(|name| pair.split('=').next() == Some(name));
    let kept: Vec<&str> = query.split('&').filter(opens).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

fn kinds(query: &Form) -> Vec<MovementType> {
    MovementType::ALL
        .into_iter()
        .filter(|kind| query.values("type").any(|name| name == kind.as_str()))
        .collect()
}

async fn read(web: &Web, wanted: HistoryQuery) -> Result<Rows<MovementRow>, Problem> {
    let ledger = web.app().ledger();
    match ledger.history(wanted.clone()).await {
        Err(error) if is_foreign_cursor(&error) => {
            let page = PageRequest { cursor: None, ..wanted.page.clone() };
            Ok(ledger.history(HistoryQuery { page, ..wanted }).await?)
        }
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_taken_away_as_it_is_shown() {
        let at = |text: &str| Some(Timestamp::parse(text).unwrap());
        let address = of_span(at("2026-11-24T06:00:00Z"), None);
        assert_eq!(address, format!("{B2MML}?from=2026%2D11%2D24T06%3A00%3A00%2E000000Z"));
        assert_eq!(of_span(None, None), B2MML);
    }

    #[test]
    fn another_page_opens_without_details() {
        assert_eq!(
            without_details("/history?part=7&movement=a&undo=preview&cursor=c"),
            "/history?part=7&cursor=c"
        );
        assert_eq!(without_details("/history?movement=a"), "/history");
    }
}
