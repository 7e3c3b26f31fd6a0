//! `/counts/{id}`: how far a count is, and what a lead decides about it.

use axum::extract::State;
use mtm_app::count::{CountLineView, CountPosted, PostBody, RecountBody};
use mtm_app::query::{Cursor, PageRequest};
use mtm_app::record::{CountRecord, LineFilter};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::count::{CountState, LineState};
use mtm_core::policy::{self, Deed};
use mtm_core::word::{CountId, Delta, Quantity};

use super::super::answer::{Asked, refused};
use super::super::frame::{Page, sentence};
use super::super::visit::{Posted, Visit};
use super::{accuracy, number, told};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::pager::Pager;
use crate::ui::components::state::{Message, Tone};
use crate::ui::format::{counted, link, pieces};
use crate::ui::page::count::{self, Consequence, CountPage, LineRow};
use crate::web::{Shared, Web};

/// Lines on a page.
const SHOWN: u16 = 200;

/// What a form did.
enum Did {
    Words(String),
    Preview(CountPosted),
    Posted(CountPosted),
}

/// `GET /counts/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<CountId>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &blank(&web, &visit, id).await?))
}

/// `POST /counts/{id}`: previews, posts, has lines counted again, gives up.
pub(in super::super) async fn change(
    State(web): State<Shared>,
    Path(id): Path<CountId>,
    posted: Posted<need::RunCount>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    let key = posted.form.key()?;
    match apply(&web, &posted, id, &key).await {
        Ok(did) => {
            let mut page = blank(&web, visit, id).await?;
            match did {
                Did::Words(text) => page.messages.push(Message { text, ..Message::default() }),
                Did::Preview(preview) => page.preview = Some(consequences(&preview)),
                Did::Posted(posted) => page.messages = after(&posted),
            }
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let back = "/counts";
            let asked = Asked { form: "", yes: "", back, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = blank(&web, visit, id).await?;
            page.messages.push(told(&reply.answer, "Nothing was changed."));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(
    web: &Web,
    posted: &Posted<need::RunCount>,
    id: CountId,
    key: &str,
) -> Result<Did, AppError> {
    let (app, who, form) = (web.app(), &posted.visit.who, &posted.form);
    let once = |body: &[String]| once::key_of(who, posted.route(), Some(key.to_owned()), &body);
    match form.text("action") {
        "recount" => {
            let lines: Vec<u32> = form.values("line").filter_map(|it| it.parse().ok()).collect();
            if lines.is_empty() {
                let message = "tick the lines that are to be counted again";
                return Err(AppError::refused(Code::InvalidBody, message));
            }
            let words: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let body = RecountBody { lines };
            app.recount(who, id, &body, once(&words)?).await?;
            let many = counted(number(words.len() as u64), "line waits", "lines wait");
            Ok(Did::Words(format!("{many} to be counted again.")))
        }
        "preview" => {
            let body = PostBody { preview: true, ..PostBody::default() };
            Ok(Did::Preview(app.post_count(who, posted.around(key), id, &body).await?))
        }
        "post" => {
            let body = PostBody {
                preview: false,
                leave_uncounted: form.text("leave_uncounted") == "yes",
                confirm: form.confirmed(),
            };
            let done = app.post_count(who, posted.around(key), id, &body).await?;
            Ok(Did::Posted(done))
        }
        "cancel" if form.text("sure") == "yes" => {
            app.cancel_count(who, id, once(&["cancel".to_owned()])?).await?;
            Ok(Did::Words("The count is given up.".to_owned()))
        }
        "cancel" => {
            let message = "tick that you want to give the count up";
            Err(AppError::refused(Code::InvalidBody, message))
        }
        _ => Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    }
}

/// What posting did, in words.
fn after(posted: &CountPosted) -> Vec<Message> {
    let booked = posted.lines.iter().filter(|line| line.refusal.is_none()).count() as u64;
    let refused = posted.lines.len() as u64 - booked;
    let closed = match posted.count.state {
        CountState::Posted => " The count is closed.",
        CountState::Open | CountState::Cancelled => " Lines are left: the count stays open.",
    };
    let booked = counted(number(booked), "difference is booked", "differences are booked");
    let mut messages = vec![Message { text: format!("{booked}.{closed}"), ..Message::default() }];
    if refused > 0 {
        let many = counted(number(refused), "line was refused", "lines were refused");
        let text = format!("{many} and waits: the line says why.");
        messages.push(Message { tone: Tone::Warn, text, action: None });
    }
    messages
}

fn consequences(preview: &CountPosted) -> Vec<Consequence> {
    let line = |line: &mtm_app::count::CountPostedLine| Consequence {
        line: line.line,
        what: format!(
            "{}, {} at {} · {}",
            line.part,
            line.lot.as_ref().map_or("a new lot".to_owned(), |lot| format!("lot {lot}")),
            line.location,
            line.operation,
        ),
        variance: line.variance.whole(),
        refusal: line.refusal.as_ref().map(|no| sentence(&no.message)).unwrap_or_default(),
    };
    preview.lines.iter().map(line).collect()
}

async fn blank<N>(web: &Web, visit: &Visit<N>, id: CountId) -> Result<CountPage, Problem> {
    let app = web.app();
    let count = app.stock_count(&visit.who, id).await?;
    let decides = policy::allows(visit.who.role, Deed::RunCount);
    let show = match visit.query.text("show") {
        "different" if decides => "different",
        "waiting" => "waiting",
        _ => "",
    };
    let filter = LineFilter {
        waiting: show == "waiting",
        different: show == "different",
        ..LineFilter::default()
    };
    let cursor = visit.query.given("cursor");
    let decoded = cursor.as_deref().and_then(|cursor| Cursor::decode(cursor).ok());
    let page = PageRequest { limit: SHOWN, cursor: decoded, count: false };
    let lines = app.count_lines(&visit.who, id, filter, page).await?;
    let address = format!("/counts/{id}");
    let next = lines.next_cursor.as_deref();
    Ok(CountPage {
        shell: visit.shell(web, &count.name, None),
        id: id.to_string(),
        name: count.name.clone(),
        state: super::state(count.state).to_owned(),
        open: count.state == CountState::Open,
        decides,
        planned_by: count.planned_by.clone(),
        planned_at: count.planned_at.to_string(),
        facts: facts(&count),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        show: show.to_owned(),
        lines: lines.items.iter().map(row).collect(),
        pager: Pager {
            shown: counted(number(lines.items.len() as u64), "line", "lines"),
            first: cursor.is_some().then(|| link(&address, &[("show", show)])),
            next: next.map(|next| link(&address, &[("show", show), ("cursor", next)])),
        },
        to_post: number(count.progress.counted),
        ..CountPage::default()
    })
}

fn facts(count: &CountRecord) -> Vec<(String, String)> {
    let (progress, right) = (count.progress, count.accuracy);
    let mut facts = vec![
        ("Lines", pieces(number(progress.lines))),
        ("To be counted", pieces(number(progress.open))),
        ("To be counted again", pieces(number(progress.recount))),
        ("Decided", pieces(number(progress.counted))),
        ("Posted", pieces(number(progress.posted))),
    ];
    if progress.left > 0 {
        facts.push(("Left uncounted", pieces(number(progress.left))));
    }
    if right.lines > 0 {
        facts.push(("Ledger was right", accuracy(&right)));
        facts.push(("Pieces found", pieces(right.more.whole())));
        facts.push(("Pieces missing", pieces(right.fewer.whole())));
    }
    let tolerance = count.tolerance;
    facts.push((
        "Believed at once",
        format!("± {} pieces or {} %", pieces(tolerance.pieces.whole()), tolerance.percent),
    ));
    facts.into_iter().map(|(words, figure)| (words.to_owned(), figure)).collect()
}

fn row(line: &CountLineView) -> LineRow {
    let whole = |quantity: Option<Quantity>| quantity.map(Quantity::whole);
    LineRow {
        line: line.line,
        part: line.part.to_string(),
        operation: line.operation.to_string(),
        location: line.location.to_string(),
        lot: line.lot.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: words(line).to_owned(),
        expected: whole(line.expected.or(line.snapshot)),
        moved: line.moved.map_or(0, Delta::whole),
        counted: whole(line.counted),
        variance: line.variance.map(Delta::whole),
        counted_by: line.counted_by.clone().unwrap_or_default(),
        refusal: line.refusal.as_ref().map(|no| sentence(&no.message)).unwrap_or_default(),
        decided: line.state == LineState::Counted,
    }
}

fn words(line: &CountLineView) -> &'static str {
    match line.state {
        LineState::Open => "To be counted",
        LineState::Recount => "To be counted again",
        LineState::Counted => "Decided",
        LineState::Posted => "Posted",
        LineState::Left => "Left",
    }
}

fn draw<N>(visit: &Visit<N>, page: &CountPage) -> Page {
    Page::draw(&visit.manner, page, count::page, count::fragment)
}
