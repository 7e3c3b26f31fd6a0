//! `/counts/{id}/enter`: counting, one line after the other.

use axum::extract::State;
use mtm_app::count::{CountLineView, EntriesBody, EntryBody};
use mtm_app::query::PageRequest;
use mtm_app::record::{Entered, LineFilter};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::count::LineState;
use mtm_core::word::{CountId, Delta, LocationCode};

use super::super::answer::{Asked, refused};
use super::super::form::Form;
use super::super::frame::Page;
use super::super::visit::{Posted, Visit};
use super::{number, told};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::format::{change, pieces};
use crate::ui::page::count_enter::{self, CountEnterPage, FoundForm, LineToCount, PlaceToCount};
use crate::web::{Shared, Web};

/// Lines looked through for the next one.
const AHEAD: u16 = 1_000;

/// `GET /counts/{id}/enter`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<CountId>,
    visit: Visit<need::EnterCount>,
) -> Result<Page, Problem> {
    let after = visit.query.text("after").parse().unwrap_or(0);
    let place = visit.query.text("location").to_owned();
    Ok(draw(&visit, &blank(&web, &visit, id, &place, after).await?))
}

/// `POST /counts/{id}/enter`: one number, of a line or of what is not on the list.
pub(in super::super) async fn enter(
    State(web): State<Shared>,
    Path(id): Path<CountId>,
    posted: Posted<need::EnterCount>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let place = form.text("location").to_owned();
    match apply(&web, &posted, id, &key).await {
        Ok((entered, typed)) => {
            let mut page = blank(&web, visit, id, &place, entered.line).await?;
            page.message =
                Some((Message { text: words(&entered, typed), ..Message::default() }, true));
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: "/counts", role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let line: u32 = form.text("line").parse().unwrap_or(0);
            let mut page = blank(&web, visit, id, &place, line.saturating_sub(1)).await?;
            let at = |name: &str| {
                let entry = Entry::holding(form.text(name));
                reply.at(&format!("entries[0].{name}"), reply.at(name, entry))
            };
            let key = if reply.keeps_key { key } else { fresh(&web) };
            if line == 0 {
                page.found = FoundForm {
                    idempotency_key: key,
                    part: at("part"),
                    operation: at("operation"),
                    lot: at("lot"),
                    counted: at("counted"),
                    open: true,
                };
            } else if let Some(shown) = page.line.as_mut().filter(|shown| shown.line == line) {
                shown.idempotency_key = key;
                shown.counted = at("counted");
                shown.notes = at("notes");
            }
            page.message = Some((told(&reply.answer, "Nothing was entered."), false));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(
    web: &Web,
    posted: &Posted<need::EnterCount>,
    id: CountId,
    key: &str,
) -> Result<(Entered, i64), AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let counted = pieces_of(form)?;
    let entry = match form.text("line").parse() {
        Ok(line) => EntryBody {
            line: Some(line),
            counted,
            notes: form.given("notes"),
            ..EntryBody::default()
        },
        Err(_) => EntryBody {
            part: form.given("part"),
            operation: form.given("operation"),
            location: form.given("location"),
            lot: form.given("lot"),
            counted,
            ..EntryBody::default()
        },
    };
    let body = EntriesBody { entries: vec![entry] };
    let key = once::key_of(who, posted.route(), Some(key.to_owned()), &body)?;
    let entered = web.app().enter_counts(who, id, &body, key).await?.value;
    let entered = entered.into_iter().next();
    let entered =
        entered.ok_or_else(|| AppError::refused(Code::Internal, "nothing was entered"))?;
    Ok((entered, counted))
}

fn pieces_of(form: &Form) -> Result<i64, AppError> {
    let text = form.text("counted");
    if text.is_empty() {
        let message = "type how many are there; 0 where there are none";
        return Err(AppError::field("counted", Code::InvalidBody, message));
    }
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    digits.parse().map_err(|_| {
        AppError::field("counted", Code::InvalidBody, format!("{text} is not a whole number"))
    })
}

/// What became of an entry: a line that is to be counted again says no more than that.
fn words(entered: &Entered, typed: i64) -> String {
    let typed = pieces(typed);
    match (entered.state, entered.variance.map(Delta::whole)) {
        (LineState::Recount, _) => {
            format!("Line {}: {typed} entered. Somebody counts it again.", entered.line)
        }
        (_, Some(0)) => format!("Line {}: {typed}, as the ledger says.", entered.line),
        (_, Some(off)) => {
            format!("Line {}: {typed}, a difference of {}.", entered.line, change(off))
        }
        (_, None) => format!("Line {}: {typed} entered.", entered.line),
    }
}

fn fresh(web: &Web) -> String {
    web.app().clock().fresh_uuid().to_string()
}

/// The page with the first line after number `after` that waits at `place`, or, where none is, the
/// first of all there.
async fn blank<N>(
    web: &Web,
    visit: &Visit<N>,
    id: CountId,
    place: &str,
    after: u32,
) -> Result<CountEnterPage, Problem> {
    let app = web.app();
    let count = app.stock_count(&visit.who, id).await?;
    let location = LocationCode::parse(place).ok();
    let mut line = None;
    if let Some(location) = &location {
        let filter =
            LineFilter { location: Some(location.clone()), waiting: true, ..LineFilter::default() };
        let page = PageRequest { limit: AHEAD, ..PageRequest::default() };
        let mut waiting = app.blind_lines(&visit.who, id, filter, page).await?.items;
        if count.other_person {
            // Whoever counted first is not asked again.
            waiting.retain(|it| it.counted_by.as_deref() != Some(visit.who.name.as_str()));
        }
        line = waiting.iter().find(|it| it.line > after).or(waiting.first()).cloned();
    }
    let places = app.count_places(&visit.who, id).await?;
    Ok(CountEnterPage {
        shell: visit.shell(web, &count.name, None),
        id: id.to_string(),
        name: count.name.clone(),
        waiting: number(count.progress.open + count.progress.recount),
        message: None,
        location: location.map(|it| it.to_string()).unwrap_or_default(),
        line: line.map(|it| shown(it, fresh(web))),
        found: FoundForm { idempotency_key: fresh(web), ..FoundForm::default() },
        places: places
            .into_iter()
            .map(|place| PlaceToCount {
                location: place.location.to_string(),
                building: place.building.unwrap_or_default(),
                lines: number(place.lines),
                waiting: number(place.waiting),
            })
            .collect(),
    })
}

fn shown(line: CountLineView, key: String) -> LineToCount {
    LineToCount {
        idempotency_key: key,
        line: line.line,
        part: line.part.to_string(),
        description: line.description.unwrap_or_default(),
        operation: line.operation.to_string(),
        lot: line.lot.map(|lot| lot.to_string()).unwrap_or_default(),
        again: line.rounds > 0,
        ..LineToCount::default()
    }
}

fn draw<N>(visit: &Visit<N>, page: &CountEnterPage) -> Page {
    Page::draw(&visit.manner, page, count_enter::page, count_enter::fragment)
}
