//! `/counts`: cycle counts; a lead plans, everybody counts, a lead decides.

pub(super) mod decide;
pub(super) mod enter;
pub(super) mod sheet;

use axum::extract::State;
use mtm_app::count::PlanBody;
use mtm_app::query::{Cursor, PageRequest};
use mtm_app::record::{AccuracyBy, CountAccuracy, CountFilter, CountProgress, CountRecord};
use mtm_app::report::{Accuracy, AccuracyItem};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::count::CountState;
use mtm_core::policy::{self, Deed};

use super::answer::{Asked, Reply, refused};
use super::form::Form;
use super::frame::Page;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::Answer;
use crate::ui::components::field::Entry;
use crate::ui::components::pager::Pager;
use crate::ui::components::state::{Message, Tone};
use crate::ui::format::{counted, link};
use crate::ui::page::counts::{self, CountRow, CountsPage, Lately, PlaceRow, PlanForm};
use crate::web::{Shared, Web};

/// Counts on a page.
const SHOWN: u16 = 50;
/// Locations where the ledger was wrong that are named.
const WORST: usize = 10;

/// `GET /counts`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &blank(&web, &visit).await?))
}

/// `POST /counts`: plans one.
pub(super) async fn plan(
    State(web): State<Shared>,
    posted: Posted<need::RunCount>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match apply(&web, &posted, &key).await {
        Ok(count) => {
            let mut page = blank(&web, visit).await?;
            let lines = i64::try_from(count.progress.lines).unwrap_or(i64::MAX);
            page.message = Some(Message {
                text: format!(
                    "{} is planned: {} to count.",
                    count.name,
                    counted(lines, "line", "lines")
                ),
                action: Some(("Count".to_owned(), format!("/counts/{}/enter", count.id))),
                ..Message::default()
            });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: "/counts", role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = blank(&web, visit).await?;
            if let Some(plan) = &mut page.plan {
                keep(plan, form, &reply);
                if reply.keeps_key {
                    plan.idempotency_key = key;
                }
            }
            page.message = Some(told(&reply.answer, "Nothing was planned."));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(
    web: &Web,
    posted: &Posted<need::RunCount>,
    key: &str,
) -> Result<CountRecord, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let body = PlanBody {
        name: form.text("name").to_owned(),
        filter: CountFilter {
            building: form.given("building"),
            locations: list(form.text("locations")),
            parts: list(form.text("parts")),
            operations: list(form.text("operations")),
            buckets: Vec::new(),
        },
        tolerance_pieces: whole(form, "tolerance_pieces")?,
        tolerance_percent: u8::try_from(whole(form, "tolerance_percent")?).unwrap_or(u8::MAX),
        other_person: form.text("same_person") != "yes",
    };
    let key = once::key_of(who, posted.route(), Some(key.to_owned()), &body)?;
    Ok(web.app().plan_count(who, &body, key).await?.value)
}

/// Codes separated by commas: blanks are part of them.
fn list(text: &str) -> Vec<String> {
    let codes = text.split([',', ';', '\n']).map(str::trim);
    codes.filter(|code| !code.is_empty()).map(str::to_owned).collect()
}

fn whole(form: &Form, name: &str) -> Result<i64, AppError> {
    let Some(text) = form.given(name) else { return Ok(0) };
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    digits.parse().map_err(|_| {
        AppError::field(name, Code::InvalidBody, format!("{text} is not a whole number"))
    })
}

async fn blank<N>(web: &Web, visit: &Visit<N>) -> Result<CountsPage, Problem> {
    let cursor = visit.query.given("cursor");
    let page = PageRequest {
        limit: SHOWN,
        cursor: cursor.as_deref().and_then(|cursor| Cursor::decode(cursor).ok()),
        count: false,
    };
    let found = web.app().stock_counts(&visit.who, None, page).await?;
    let lately = lately(&web.app().accuracy_lately(&visit.who, AccuracyBy::Location).await?);
    let may_plan = policy::allows(visit.who.role, Deed::RunCount);
    // Whoever was sent here to count something finds it in the form.
    let wanted = |name| Entry::holding(visit.query.text(name));
    let plan = may_plan.then(|| PlanForm {
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        locations: wanted("locations"),
        parts: wanted("parts"),
        ..PlanForm::default()
    });
    let number = i64::try_from(found.items.len()).unwrap_or(i64::MAX);
    Ok(CountsPage {
        shell: visit.shell(web, "Counts", None),
        counts: found.items.iter().map(row).collect(),
        pager: Pager {
            shown: format!("{}, newest first", counted(number, "count", "counts")),
            first: cursor.is_some().then(|| "/counts".to_owned()),
            next: found.next_cursor.map(|cursor| link("/counts", &[("cursor", &cursor)])),
        },
        lately,
        plan,
        ..CountsPage::default()
    })
}

/// How right the ledger was lately, and the places where it was not.
fn lately(figures: &Accuracy) -> Lately {
    let wrong = figures.items.iter().filter(|item| item.right < item.lines);
    let row = |item: &AccuracyItem| PlaceRow {
        location: item.name.clone(),
        lines: number(item.lines),
        wrong: number(item.lines - item.right),
        more: item.more.whole(),
        fewer: item.fewer.whole(),
    };
    Lately {
        lines: number(figures.lines),
        share: figures.accuracy,
        worst: wrong.take(WORST).map(row).collect(),
    }
}

fn row(count: &CountRecord) -> CountRow {
    CountRow {
        id: count.id.to_string(),
        name: count.name.clone(),
        state: state(count.state).to_owned(),
        lines: number(count.progress.lines),
        done: number(done(&count.progress)),
        accuracy: accuracy(&count.accuracy),
        planned_by: count.planned_by.clone(),
        planned_at: count.planned_at.to_string(),
    }
}

fn done(progress: &CountProgress) -> u64 {
    progress.counted + progress.posted
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How a count stands, in words.
fn state(state: CountState) -> &'static str {
    match state {
        CountState::Open => "Being counted",
        CountState::Posted => "Posted",
        CountState::Cancelled => "Given up",
    }
}

/// How right the ledger was, in words.
fn accuracy(accuracy: &CountAccuracy) -> String {
    if accuracy.lines == 0 {
        return String::new();
    }
    let percent = accuracy.right * 100 / accuracy.lines;
    format!("{percent} % ({} of {} lines)", accuracy.right, accuracy.lines)
}

/// A refusal as a message.
fn told(answer: &Answer, nothing: &str) -> Message {
    let text = match answer {
        Answer::Refused(refused) => format!("{nothing} {} {}", refused.text, refused.next),
        Answer::Question(question) => format!("{nothing} {}", question.text),
        Answer::Booked(_) => nothing.to_owned(),
    };
    Message { tone: Tone::Bad, text: text.trim_end().to_owned(), action: None }
}

/// Keeps what was typed, with what is wrong with it.
fn keep(plan: &mut PlanForm, form: &Form, reply: &Reply) {
    let entries = [
        ("name", &mut plan.name),
        ("building", &mut plan.building),
        ("locations", &mut plan.locations),
        ("parts", &mut plan.parts),
        ("operations", &mut plan.operations),
        ("tolerance_pieces", &mut plan.tolerance_pieces),
        ("tolerance_percent", &mut plan.tolerance_percent),
    ];
    for (name, entry) in entries {
        *entry = reply.at(name, Entry::holding(form.text(name)));
    }
    plan.same_person = form.text("same_person") == "yes";
}

fn draw<N>(visit: &Visit<N>, page: &CountsPage) -> Page {
    Page::draw(&visit.manner, page, counts::page, counts::fragment)
}
