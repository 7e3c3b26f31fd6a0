//! `/machine-counters/{id}`: which tag counts pieces of what.

use axum::extract::State;
use mtm_app::machine::{Booking, CounterBody, CounterRow, CounterSetting, CounterSheet};
use mtm_app::{AppError, once};
use mtm_core::catalogue::ReasonKind;
use mtm_core::code::Code;
use mtm_core::machine::TOLD_WITHIN;
use mtm_core::policy::{self, Deed};

use super::super::answer::{Asked, refused};
use super::super::form::Form;
use super::super::frame::Page;
use super::super::past::past;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::super::webhooks::moment;
use super::PATH;
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::machines::counter::{self, CounterFields, CounterPage};
use crate::web::{Shared, Web};

/// `GET /machine-counters/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, id).await?))
}

/// `POST /machine-counters/{id}`: counts otherwise, or no more.
pub(in super::super) async fn change(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    posted: Posted<need::EditMaster>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match act(&web, &posted, id, key.clone()).await {
        Ok(text) => {
            let mut page = model(&web, visit, id).await?;
            page.message = Some(Message { text: text.to_owned(), ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "counter", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit, id).await?;
            page.fields = entered(&web, form);
            reply.mark(page.fields.named());
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn act(
    web: &Web,
    posted: &Posted<need::EditMaster>,
    id: i64,
    key: String,
) -> Result<&'static str, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let version = form.given("version").and_then(|version| version.parse().ok());
    let which = (id, version);
    match form.text("deed") {
        "change" => {
            let body = body(form)?;
            let key = once::key_of(who, posted.route(), Some(key), &(&body, version))?;
            web.app().change_counter(who, which, &body, key).await?;
            Ok("Changed: it holds for what is counted from now on.")
        }
        "retire" => {
            let key = once::key_of(who, posted.route(), Some(key), &("retire", version))?;
            web.app().retire_counter(who, which, key).await?;
            Ok("It is counted no more. What was counted waits to be confirmed.")
        }
        _ => Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    }
}

/// Counts a tag of a machine as a form says.
pub(super) async fn add(
    web: &Web,
    posted: &Posted<need::EditMaster>,
    machine: &str,
    key: String,
) -> Result<CounterRow, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let body = body(form)?;
    let key = once::key_of(who, posted.route(), Some(key), &body)?;
    Ok(web.app().add_counter(who, machine, &body, key).await?.value)
}

/// What a form says of a counter.
fn body(form: &Form) -> Result<CounterBody, AppError> {
    Ok(CounterBody {
        tag: form.given("tag"),
        booking: Booking::from_name(form.text("booking")),
        part: form.given("part"),
        operation: form.given("operation"),
        location: form.given("location"),
        work_order: form.given("work_order"),
        scrap_reason: form.given("scrap_reason"),
        pieces: number(form, "pieces")?,
        per_hour: number(form, "per_hour")?,
        rollover: number(form, "rollover")?,
        resets: Some(form.text("resets") != "no"),
        told_within: number(form, "told_within")?,
        container: number(form, "container")?,
        by_rule: Some(form.text("by_rule") == "yes"),
    })
}

fn number<N: std::str::FromStr>(form: &Form, name: &str) -> Result<Option<N>, AppError> {
    let wrong =
        |_| AppError::field(name, Code::InvalidBody, "this is no whole number of that size");
    form.given(name).map(|text| text.parse().map_err(wrong)).transpose()
}

/// The fields of a counter that is not there yet.
pub(super) fn fresh(web: &Web) -> CounterFields {
    CounterFields {
        books: Entry::holding("receive"),
        pieces: Entry::holding("1"),
        told_within: Entry::holding(TOLD_WITHIN.to_string()),
        resets: Entry::holding("yes"),
        by_rule: Entry::holding("no"),
        per_hour: Entry::default().hinted("A jump beyond that is asked about, and not believed."),
        rollover: Entry::default().hinted("After which it goes on at 0."),
        ..reasons(web)
    }
}

fn reasons(web: &Web) -> CounterFields {
    let catalogue = web.app().catalogue();
    let known = catalogue.reasons.iter();
    let known = known.filter(|it| it.kind == ReasonKind::Scrap && it.header.retired_at.is_none());
    // What needs words cannot be said by a machine.
    let mut reasons: Vec<_> = known
        .filter(|it| !it.needs_notes)
        .map(|it| (it.code.to_string(), it.code.to_string()))
        .collect();
    reasons.sort_unstable();
    CounterFields { reasons, ..CounterFields::default() }
}

/// The fields as somebody filled them.
pub(super) fn entered(web: &Web, form: &Form) -> CounterFields {
    let mut fields = reasons(web);
    for (name, entry) in fields.named() {
        *entry = Entry::holding(form.text(name));
    }
    fields
}

fn standing(web: &Web, it: &CounterSetting) -> CounterFields {
    let held = |text: &dyn std::fmt::Display| Entry::holding(text.to_string());
    let number = |number: Option<u64>| number.map(|it| held(&it)).unwrap_or_default();
    let word = |yes: bool| Entry::holding(if yes { "yes" } else { "no" });
    CounterFields {
        tag: Entry::holding(&it.tag),
        books: held(&it.booking),
        part: held(&it.part),
        operation: held(&it.operation),
        location: held(&it.location),
        work_order: it.work_order.as_ref().map(|it| held(it)).unwrap_or_default(),
        scrap_reason: it.scrap_reason.as_ref().map(|it| held(it)).unwrap_or_default(),
        pieces: held(&it.rules.pieces),
        per_hour: held(&it.rules.per_hour),
        rollover: number(it.rules.rollover),
        resets: word(it.rules.resets),
        told_within: held(&it.rules.told_within),
        container: number(it.container),
        by_rule: word(it.by_rule),
        ..reasons(web)
    }
}

async fn model<N>(web: &Web, visit: &Visit<N>, id: i64) -> Result<CounterPage, Problem> {
    let app = web.app();
    let CounterSheet { row, history } = app.counter(&visit.who, id).await?;
    Ok(CounterPage {
        shell: visit.shell(web, &row.setting.tag, None),
        id,
        version: row.version,
        machine: row.machine.clone(),
        tag: row.setting.tag.clone(),
        value: row.value.map(|value| value.to_string()).unwrap_or_default(),
        value_at: moment(row.value_at),
        is_broken: row.broken,
        retired_at: moment(row.retired_at),
        fields: standing(web, &row.setting),
        may_edit: policy::allows(visit.who.role, Deed::EditMaster),
        history: past(history, "server"),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..CounterPage::default()
    })
}

fn draw<N>(visit: &Visit<N>, page: &CounterPage) -> Page {
    Page::draw(&visit.manner, page, counter::page, counter::fragment)
}
