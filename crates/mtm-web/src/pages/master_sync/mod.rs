//! `/master-sync`: parts as other systems have them, and what differs here.

pub(super) mod sheet;
mod words;

use axum::extract::State;
use mtm_app::master_sync::{
    BulkBody, BulkDone, Deed, DifferenceQuery, DifferenceRow, Field, MasterSyncView, Mode, SyncBody,
};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy;

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
use crate::ui::format::counted;
use crate::ui::page::master_sync::{self, DifferenceLine, MasterSyncPage, SyncHead};
use crate::web::{Shared, Web};

const PATH: &str = "/master-sync";

/// Parts on a page.
const SHOWN: u16 = 50;

/// `GET /master-sync`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /master-sync`: decides who acts on differences, or what becomes of all that wait.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Retire>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    match save(&web, &posted).await {
        Ok((text, next)) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text, ..Message::default() });
            let erp = posted.form.text("erp");
            if let Some(head) = page.syncs.iter_mut().find(|head| head.erp == erp) {
                head.after = next.map(|next| next.to_string()).unwrap_or_default();
            }
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

/// What was done, and where those begin that are still to be decided about.
async fn save(web: &Web, posted: &Posted<need::Retire>) -> Result<(String, Option<i64>), AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), form.given("idempotency_key"), &fields)?;
    let erp = form.text("erp");
    if let Some(deed) = Deed::from_name(form.text("deed")) {
        let after = form.given("after").and_then(|after| after.parse().ok());
        let body = BulkBody { deed, cause: None, after, note: form.text("note").to_owned() };
        let done = web.app().decide_masters(who, erp, &body, key).await?.value;
        return Ok((told_of(&done), done.next));
    }
    let mode = Mode::from_name(form.text("mode"))
        .ok_or_else(|| AppError::field("mode", Code::InvalidBody, "choose who acts from now on"))?;
    let version = form.given("version").and_then(|version| version.parse().ok());
    let body = SyncBody { mode, version };
    let changed = web.app().change_master_sync(who, erp, &body, key).await?.value;
    Ok((format!("{}: {}", changed.row.erp, words::mode(changed.row.mode)), None))
}

fn told_of(done: &BulkDone) -> String {
    let many = |count: u64| counted(i64::try_from(count).unwrap_or(i64::MAX), "part", "parts");
    let settled = format!("{} settled.", many(done.settled));
    let waiting = match done.waiting {
        0 => String::new(),
        count => format!(" {} could not be: the list says why.", many(count)),
    };
    let more = if done.next.is_some() { " There are more: decide about them, too." } else { "" };
    format!("{settled}{waiting}{more}")
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<MasterSyncPage, Problem> {
    let (app, who, asked) = (web.app(), &visit.who, &visit.query);
    let syncs = app.master_syncs(who).await?;
    // Where nobody is to decide, there is only looking.
    let looks = syncs.items.iter().all(|it| matches!(it.row.mode, Mode::Off | Mode::Shadow));
    let query = query(asked, looks);
    let is_filtered = !asked.text("state").is_empty() || query.part.is_some();
    let found = app.master_differences(who, query).await?;
    let may = policy::allows(who.role, policy::Deed::Administer);
    let lines: Vec<_> = found.items.iter().map(line).collect();
    let many = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let heads = syncs.items.iter().map(|sync| SyncHead {
        mode_key: app.clock().fresh_uuid().to_string(),
        all_key: app.clock().fresh_uuid().to_string(),
        ..head(sync, may)
    });
    Ok(MasterSyncPage {
        shell: visit.shell(web, "Master data", None),
        syncs: heads.collect(),
        pager: filter::pager(
            PATH,
            asked,
            counted(many, "part that differs", "parts that differ"),
            found.next_cursor.as_deref(),
        ),
        differences: lines,
        state: Entry::holding(asked.text("state")),
        part: Entry::holding(asked.text("part")),
        is_filtered,
        ..MasterSyncPage::default()
    })
}

fn query(asked: &Form, looks: bool) -> DifferenceQuery {
    DifferenceQuery {
        erp: None,
        waiting: !looks && asked.text("state").is_empty() && asked.given("part").is_none(),
        part: asked.given("part"),
        before: asked.given("cursor").and_then(|cursor| cursor.parse().ok()),
        limit: SHOWN,
    }
}

fn head(sync: &MasterSyncView, may: bool) -> SyncHead {
    let row = &sync.row;
    let (tone, state) = match (sync.configured, row.waiting) {
        (false, _) => (Tone::Warn, "No server is configured with it any more.".to_owned()),
        (true, 0) => (Tone::Note, words::mode(row.mode).to_owned()),
        (true, _) => {
            (Tone::Warn, format!("{} Something waits for somebody.", words::mode(row.mode)))
        }
    };
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let owned: Vec<_> = sync.owned.iter().map(|it| words::field(*it).to_lowercase()).collect();
    SyncHead {
        erp: row.erp.clone(),
        mode: row.mode.as_str().to_owned(),
        tone,
        state,
        owned: owned.join(", "),
        conflict: sync.conflict.map(words::conflict).unwrap_or_default(),
        new: sync.new.map(words::new).unwrap_or_default(),
        parts: number(row.parts),
        differing: number(row.differing),
        waiting: number(row.waiting),
        judged_at: moment(row.judged_at),
        version: row.version,
        may_change: may && sync.configured,
        may_decide: may && matches!(row.mode, Mode::Worklist | Mode::Automatic),
        ..SyncHead::default()
    }
}

fn line(row: &DifferenceRow) -> DifferenceLine {
    let shown = row.differences.iter().find(|it| it.field != Field::Part);
    DifferenceLine {
        id: row.id,
        part: row.part.clone(),
        what: words::what(row),
        ours: shown.and_then(|it| it.ours.clone()).unwrap_or_default(),
        theirs: shown.map(|it| it.theirs.clone()).unwrap_or_default(),
        waits: row.waits,
        since: moment(row.since),
        cause: words::cause(row.cause.as_deref().unwrap_or_default()),
    }
}

fn draw<N>(visit: &Visit<N>, page: &MasterSyncPage) -> Page {
    Page::draw(&visit.manner, page, master_sync::page, master_sync::fragment)
}
