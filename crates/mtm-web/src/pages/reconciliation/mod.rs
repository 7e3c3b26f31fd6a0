//! `/reconciliation`: how our books and those of other systems stand to each other, and what differs.

pub(super) mod sheet;
mod words;

use axum::extract::State;
use mtm_app::reconcile::{
    BreakClass, BreakQuery, BreakRow, BreakState, PeerStanding, RunBody, RunRow, Standing,
};
use mtm_core::policy::{self, Deed};

use super::answer::{Asked, refused};
use super::filter;
use super::form::Form;
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use super::webhooks::moment;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::format::{counted, link};
use crate::ui::page::reconciliation::{
    self, BreakLine, ClassLine, Filters, PeerHead, ReconciliationPage,
};
use crate::web::{Shared, Web};

const PATH: &str = "/reconciliation";

/// Breaks on a page.
const SHOWN: u16 = 50;

/// `GET /reconciliation`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /reconciliation`: compares now.
pub(super) async fn run(
    State(web): State<Shared>,
    posted: Posted<need::Reconcile>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    let body = RunBody { peer: posted.form.given("peer") };
    match web.app().reconcile(&visit.who, &body).await {
        Ok(run) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(said(&run));
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What a comparison came to.
fn said(run: &RunRow) -> Message {
    let peer = &run.peer;
    let (tone, text) = if run.clean {
        (Tone::Note, format!("Compared with {peer}: the books agree."))
    } else if run.stale.iter().any(|it| it.is_nothing()) {
        (Tone::Warn, format!("Nothing was compared with {peer}: {}.", stale(run)))
    } else if run.found == 0 {
        (Tone::Warn, format!("Compared with {peer}: nothing differs, but {}.", stale(run)))
    } else {
        let differ = counted(number(run.found), "break", "breaks");
        let new =
            if run.opened == 0 { "all known".to_owned() } else { format!("{} new", run.opened) };
        (Tone::Warn, format!("Compared with {peer}: {differ}, {new}."))
    };
    Message { tone, text, action: None }
}

fn stale(run: &RunRow) -> String {
    let words: Vec<&str> = run.stale.iter().map(|it| it.as_words()).collect();
    words.join("; ")
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<ReconciliationPage, Problem> {
    let (app, who, asked) = (web.app(), &visit.who, &visit.query);
    let standing = app.reconciliation_standing(who).await?;
    let query = query(asked);
    let found = app.breaks(who, query.clone()).await?;
    let may = policy::allows(who.role, Deed::Reconcile);
    let many = number(found.items.len() as u64);
    Ok(ReconciliationPage {
        shell: visit.shell(web, "Reconciliation", None),
        peers: standing
            .items
            .iter()
            .map(|it| PeerHead {
                idempotency_key: app.clock().fresh_uuid().to_string(),
                ..head(it, may)
            })
            .collect(),
        classes: classes(&standing, asked),
        breaks: found.items.iter().map(line).collect(),
        pager: filter::pager(
            PATH,
            asked,
            format!("{}, newest first", counted(many, "break", "breaks")),
            found.next_cursor.as_deref(),
        ),
        filters: filters(asked),
        csv: file(asked, "csv"),
        xlsx: file(asked, "xlsx"),
        may_run: may,
        is_filtered: query.class.is_some()
            || query.part.is_some()
            || query.owner.is_some()
            || query.unowned
            || query.state != Some(BreakState::Open),
        ..ReconciliationPage::default()
    })
}

fn query(asked: &Form) -> BreakQuery {
    let owner = asked.given("owner");
    let unowned = owner.as_deref() == Some("-");
    BreakQuery {
        peer: asked.given("peer"),
        state: match asked.text("state") {
            "all" => None,
            other => Some(BreakState::from_name(other).unwrap_or(BreakState::Open)),
        },
        class: BreakClass::from_name(asked.text("class")),
        part: asked.given("part"),
        warehouse: asked.given("warehouse"),
        location: asked.given("place"),
        owner: owner.filter(|_| !unowned),
        unowned,
        before: asked.given("cursor").and_then(|cursor| cursor.parse().ok()),
        limit: SHOWN,
    }
}

fn filters(asked: &Form) -> Filters {
    let entry = |name| Entry::holding(asked.text(name));
    Filters {
        class: entry("class"),
        part: entry("part"),
        place: entry("place"),
        owner: entry("owner"),
        state: entry("state"),
    }
}

/// The address of the same list as a file.
fn file(asked: &Form, format: &str) -> String {
    let state = asked.given("state").unwrap_or_else(|| "open".to_owned());
    let pairs = [
        ("format", format),
        ("state", &state),
        ("peer", asked.text("peer")),
        ("class", asked.text("class")),
        ("part", asked.text("part")),
        ("location", asked.text("place")),
        ("owner", asked.text("owner")),
    ];
    link("/api/v1/reconciliation/breaks", &pairs)
}

fn head(it: &PeerStanding, may_run: bool) -> PeerHead {
    let open: u64 = it.open.iter().map(|count| count.open).sum();
    let last = it.last.as_ref();
    let newest = it.newest.as_ref().map(|run| match (&run.failed, run.finished_at) {
        (Some(why), _) => format!("The newest comparison failed: {why}"),
        (None, None) => "A comparison is under way.".to_owned(),
        (None, Some(_)) => String::new(),
    });
    let (tone, state) = match last {
        None => (Tone::Warn, "Never compared.".to_owned()),
        Some(run) if !run.stale.is_empty() => {
            (Tone::Warn, format!("Not the last word: {}.", stale(run)))
        }
        Some(_) if open > 0 => {
            (Tone::Warn, format!("{} open.", counted(number(open), "break is", "breaks are")))
        }
        Some(run) if run.clean => (Tone::Note, "The books agree.".to_owned()),
        Some(_) => {
            (Tone::Note, "Nothing is open; what differs was closed with a reason.".to_owned())
        }
    };
    let at = |of: fn(&RunRow) -> Option<mtm_core::word::Timestamp>| moment(last.and_then(of));
    let count = |of: fn(&RunRow) -> u64| last.map_or(0, |run| number(of(run)));
    PeerHead {
        name: it.peer.clone(),
        tone,
        state,
        newest: newest.unwrap_or_default(),
        compared_at: at(|run| run.finished_at),
        ours_at: at(|run| run.ours_at),
        ledger_at: at(|run| run.ledger_at),
        on_hand_at: at(|run| run.on_hand_at),
        compared: count(|run| run.compared),
        elsewhere: count(|run| run.elsewhere),
        movements_waiting: count(|run| run.waiting.movements),
        postings_waiting: count(|run| run.waiting.postings),
        in_motion: count(|run| run.waiting.in_motion),
        may_run: may_run && it.configured,
        ..PeerHead::default()
    }
}

fn classes(standing: &Standing, asked: &Form) -> Vec<ClassLine> {
    let open = |class: BreakClass| {
        let all = standing.items.iter().flat_map(|it| &it.open);
        all.filter(|count| count.class == class).map(|count| count.open).sum::<u64>()
    };
    let lines = BreakClass::ALL.into_iter().map(|class| ClassLine {
        title: class.title(),
        key: class.as_str(),
        open: number(open(class)),
        chosen: asked.text("class") == class.as_str(),
    });
    lines.collect()
}

fn line(row: &BreakRow) -> BreakLine {
    BreakLine {
        id: row.id,
        class: row.class.title(),
        state: row.state,
        part: row.part.clone().unwrap_or_default(),
        place: words::place(row),
        ours: words::figure(row.ours),
        on_hand: words::figure(row.on_hand),
        ledger: words::figure(row.ledger),
        difference: words::difference(row.difference),
        owner: row.owner.clone().unwrap_or_default(),
        first_seen_at: row.first_seen_at.to_string(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &ReconciliationPage) -> Page {
    Page::draw(&visit.manner, page, reconciliation::page, reconciliation::fragment)
}
