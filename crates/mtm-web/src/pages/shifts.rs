//! `/shifts`: which shifts the site runs.
//!
//! The form carries every row. Adding and removing one sends it all and gets it back changed; only
//! saving writes, and writes a version.

use axum::extract::State;
use mtm_app::shift::{RunningShift, ShiftBody, ShiftSheet, ShiftsBody, ShiftsRow};
use mtm_app::{AppError, once};
use mtm_core::policy::{self, Deed};
use mtm_core::shift::{MOST_SHIFTS, ShiftPattern, Weekday};

use super::answer::{Asked, Reply, refused};
use super::form::Form;
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::shifts::{self, Running, ShiftRow, ShiftsPage, Version, spoken};
use crate::web::{Shared, Web};

const PATH: &str = "/shifts";

/// `GET /shifts`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /shifts`: changes the form's rows, or saves them as another week.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Administer>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let action = form.text("action");
    if action != "save" {
        let mut page = model(&web, visit).await?;
        keep(&mut page, form, &key);
        page.fresh = rearrange(&mut page.rows, action);
        return Ok(draw(visit, &page));
    }
    match save(&web, &posted, key.clone()).await {
        Ok(made) => {
            let mut page = model(&web, visit).await?;
            let text = format!("Week {} is saved.", made.version);
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            // What was read is what the rows came from, also when somebody was faster.
            let newest = std::mem::take(&mut page.newest);
            keep(&mut page, form, &key);
            if reply.status == axum::http::StatusCode::PRECONDITION_FAILED {
                page.newest = newest;
            }
            mark(&mut page, &reply);
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn save(
    web: &Web,
    posted: &Posted<need::Administer>,
    key: String,
) -> Result<ShiftsRow, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key), &fields)?;
    let newest = form.text("newest").parse().ok();
    Ok(web.app().set_shifts(who, newest, &body(form), key).await?.value)
}

/// The rows of the form as the use case takes them.
fn body(form: &Form) -> ShiftsBody {
    let shift = |row: ShiftRow| ShiftBody {
        name: row.name.value,
        days: Some(row.days.iter().map(|day| day.as_str().to_owned()).collect()),
        begins: row.begins.value,
        ends: row.ends.value,
    };
    ShiftsBody {
        effective_from: form.given("effective_from"),
        shifts: rows(form).into_iter().map(shift).collect(),
    }
}

fn rows(form: &Form) -> Vec<ShiftRow> {
    let mut rows = Vec::new();
    for at in 0..MOST_SHIFTS {
        let name = |field: &str| format!("shift.{at}.{field}");
        if form.values(&name("name")).next().is_none() {
            break;
        }
        let entry = |field: &str| Entry::holding(form.text(&name(field)));
        rows.push(ShiftRow {
            name: entry("name"),
            begins: entry("begins"),
            ends: entry("ends"),
            days: form.values(&name("day")).filter_map(Weekday::from_name).collect(),
            days_error: String::new(),
        });
    }
    rows
}

/// Does to the rows what a button says; gives the row to go on with.
fn rearrange(rows: &mut Vec<ShiftRow>, action: &str) -> Option<usize> {
    if action == "add" {
        if rows.len() < MOST_SHIFTS {
            // It begins where the one before ends, on the same days.
            let last = rows.last().cloned().unwrap_or_default();
            let begins = Entry::holding(last.ends.value);
            rows.push(ShiftRow { begins, days: last.days, ..ShiftRow::default() });
        }
        return rows.len().checked_sub(1);
    }
    let at = action.strip_prefix("remove.")?.parse().ok().filter(|at| *at < rows.len())?;
    rows.remove(at);
    None
}

/// Puts what was typed into the page.
fn keep(page: &mut ShiftsPage, form: &Form, key: &str) {
    page.rows = rows(form);
    form.text("newest").clone_into(&mut page.newest);
    page.effective_from = Entry::holding(form.text("effective_from"));
    key.clone_into(&mut page.idempotency_key);
}

/// Puts what is wrong to its fields.
fn mark(page: &mut ShiftsPage, reply: &Reply) {
    for (at, row) in page.rows.iter_mut().enumerate() {
        let fields =
            [("name", &mut row.name), ("begins", &mut row.begins), ("ends", &mut row.ends)];
        for (name, entry) in fields {
            *entry = reply.at(&format!("shifts[{at}].{name}"), std::mem::take(entry));
        }
        row.days_error = reply.at(&format!("shifts[{at}].days"), Entry::default()).error;
    }
    let from = std::mem::take(&mut page.effective_from);
    page.effective_from = reply.at("effective_from", from);
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<ShiftsPage, Problem> {
    let app = web.app();
    let sheet = app.shifts(&visit.who, None).await?;
    // What is edited is what will hold in the end.
    let newest = sheet.versions.first().unwrap_or(&sheet.in_force);
    Ok(ShiftsPage {
        shell: visit.shell(web, "Shifts", None),
        running: sheet.running.as_ref().map(running),
        until: sheet.until.map(|until| until.to_string()).unwrap_or_default(),
        week: sheet.in_force.shifts.iter().map(words).collect(),
        versions: sheet.versions.iter().map(|version| shown(&sheet, version)).collect(),
        may_edit: policy::allows(visit.who.role, Deed::Administer),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        newest: sheet.version.to_string(),
        rows: newest.shifts.iter().map(row).collect(),
        time_zone: sheet.time_zone.clone(),
        ..ShiftsPage::default()
    })
}

fn running(running: &RunningShift) -> Running {
    Running {
        name: running.name.to_string(),
        begins: running.begins.to_string(),
        ends: running.ends.to_string(),
    }
}

/// A shift in words: `Early 06:00–14:00, Mon–Fri`.
fn words(shift: &ShiftPattern) -> String {
    format!("{} {}–{}, {}", shift.name, shift.begins, shift.ends, spoken(&shift.days))
}

fn row(shift: &ShiftPattern) -> ShiftRow {
    ShiftRow {
        name: Entry::holding(shift.name.to_string()),
        begins: Entry::holding(shift.begins.to_string()),
        ends: Entry::holding(shift.ends.to_string()),
        days: shift.days.clone(),
        days_error: String::new(),
    }
}

fn shown(sheet: &ShiftSheet, version: &ShiftsRow) -> Version {
    let planned = version.effective_from.is_some_and(|from| from > sheet.as_of);
    let state = match (sheet.in_force.version == version.version, planned) {
        (true, _) => "holds now",
        (false, true) => "planned",
        (false, false) => "",
    };
    Version {
        number: version.version,
        state,
        shifts: version.shifts.iter().map(words).collect(),
        since: version.effective_from.map(|from| from.to_string()).unwrap_or_default(),
        recorded_at: version.recorded_at.map(|at| at.to_string()).unwrap_or_default(),
        recorded_by: version.recorded_by.clone().unwrap_or_default(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &ShiftsPage) -> Page {
    Page::draw(&visit.manner, page, shifts::page, shifts::fragment)
}
