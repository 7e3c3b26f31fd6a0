//! `/integrations`: every other system that is told what happens, how the way to it stands, and what
//! somebody decides about it.

use axum::extract::State;
use mtm_app::guards::State as Standing;
use mtm_app::integration::{Integration, IntegrationKind, IntegrationState};
use mtm_app::record::ErpState;
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::guard::Hold;
use mtm_core::policy::{self, Deed};
use mtm_core::word::Timestamp;

use super::answer::{Asked, refused};
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use super::webhooks::moment;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::state::Message;
use crate::ui::page::integrations::{self, Choice, IntegrationsPage, Peer};
use crate::ui::page::webhooks::Health;
use crate::web::{Shared, Web};

const PATH: &str = "/integrations";

/// `GET /integrations`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::ReadAdministration>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /integrations`: has one left alone, called all the same, or go by itself.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Administer>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    let key = posted.form.key()?;
    match save(&web, &posted, key).await {
        Ok(text) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text, ..Message::default() });
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

async fn save(
    web: &Web,
    posted: &Posted<need::Administer>,
    key: String,
) -> Result<String, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key), &fields)?;
    let hold = Hold::from_name(form.text("override"))
        .ok_or_else(|| AppError::refused(Code::InvalidBody, "this form does nothing"))?;
    let reason = form.text("reason").to_owned();
    web.app().hold_integration(who, form.text("system"), hold, reason, key).await?;
    Ok(match hold {
        Hold::Open => "It is left alone; what happens waits for it.",
        Hold::Closed => "It is called, however it answers.",
        Hold::Automatic => "It goes by itself again, and is tried by one call first.",
    }
    .to_owned())
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<IntegrationsPage, Problem> {
    let all = web.app().integrations().await?;
    let now = web.app().clock().now();
    let fresh = || web.app().clock().fresh_uuid().to_string();
    Ok(IntegrationsPage {
        shell: visit.shell(web, "Other systems", None),
        may_change: policy::allows(visit.who.role, Deed::Administer),
        peers: all.iter().map(|it| peer(it, now, fresh())).collect(),
        ..IntegrationsPage::default()
    })
}

fn peer(it: &Integration, now: Timestamp, key: String) -> Peer {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (health, state, since) = standing(it, now);
    let by = it.guard.by.as_deref().unwrap_or("somebody");
    let reason = it.guard.reason.as_deref().unwrap_or_default();
    let is_held = it.guard.hold != Hold::Automatic;
    let calls = match it.guard.calls {
        0 => String::new(),
        many => format!(
            "Of the last {many} calls {} % failed and {} % were slow.",
            it.guard.error_rate, it.guard.slow_rate
        ),
    };
    Peer {
        id: it.id.clone(),
        idempotency_key: key,
        name: name(it).to_owned(),
        what: what(it.kind).to_owned(),
        health,
        state: state.to_owned(),
        since: moment(since),
        // A moment that is past: it is tried with what is due next.
        next_try: moment(it.guard.next_probe_at.filter(|at| *at > now)),
        calls,
        decided: if is_held { format!("{by} decided: {reason}") } else { String::new() },
        decided_at: moment(it.guard.at.filter(|_| is_held)),
        waiting: number(it.lag),
        oldest_waiting: moment(it.oldest_waiting),
        dead: number(it.dead),
        taken_at: moment(it.last_taken),
        last_error: it.last_error.clone().unwrap_or_default(),
        choices: choices(it),
    }
}

/// How it stands, in words of the floor, and since when.
fn standing(it: &Integration, now: Timestamp) -> (Health, &'static str, Option<Timestamp>) {
    let guard = &it.guard;
    match (it.state, guard.hold, guard.state) {
        (_, Hold::Open, _) => (Health::Off, "Paused", guard.at),
        (IntegrationState::Off, ..) => (Health::Off, "Switched off", it.since),
        (_, Hold::Closed, _) => (Health::Failing, "Called, however it answers", guard.at),
        (_, _, Standing::HalfOpen) => (Health::Failing, "Being tried", guard.since),
        // Nothing waits for it just now, by which that could be seen.
        (_, _, Standing::Open) if guard.next_probe_at.is_some_and(|at| at <= now) => {
            (Health::Failing, "Is tried with what comes next", guard.since)
        }
        (_, _, Standing::Open) => {
            (Health::Failing, "Left alone: it does not answer as it should", guard.since)
        }
        (IntegrationState::Failing, ..) if is_refused(it) => {
            (Health::Failing, "Not read: its login may write", it.since)
        }
        (IntegrationState::Failing, ..) if it.kind == IntegrationKind::Erp => {
            (Health::Failing, "Cannot be read; it is tried again", it.since)
        }
        (IntegrationState::Well, ..) if it.kind == IntegrationKind::Erp => {
            (Health::Well, reading(it), None)
        }
        (IntegrationState::Failing, ..) => {
            (Health::Failing, "Does not take everything; it is sent again", it.since)
        }
        (IntegrationState::Well, ..) => (Health::Well, "Takes everything", None),
    }
}

/// Whether it is an ERP that is not even read.
fn is_refused(it: &Integration) -> bool {
    it.erp.as_ref().is_some_and(|erp| erp.state == ErpState::Refused)
}

/// How far an ERP that is well was read.
fn reading(it: &Integration) -> &'static str {
    match &it.erp {
        Some(erp) if erp.ledger_at.is_none() => "Its ledger is read for the first time",
        Some(erp) if erp.building => "Its ledger's sums are made anew",
        _ => "Is read",
    }
}

fn choices(it: &Integration) -> Vec<Choice> {
    match (it.guard.hold, it.guard.state) {
        (Hold::Open, _) => vec![Choice::Resume],
        (Hold::Closed, _) => vec![Choice::Resume, Choice::Pause],
        (Hold::Automatic, Standing::Closed) => vec![Choice::Pause],
        (Hold::Automatic, _)
            if matches!(it.kind, IntegrationKind::Webhook | IntegrationKind::Erp) =>
        {
            vec![Choice::Pause, Choice::Force]
        }
        (Hold::Automatic, _) => vec![Choice::Pause],
    }
}

fn name(it: &Integration) -> &str {
    match it.kind {
        IntegrationKind::Webhook | IntegrationKind::Erp => &it.name,
        IntegrationKind::Mqtt => "MQTT",
        IntegrationKind::Nats => "NATS JetStream",
        IntegrationKind::Mail => "Mail",
    }
}

const fn what(kind: IntegrationKind) -> &'static str {
    match kind {
        IntegrationKind::Webhook => "Webhook: a signed request for each event",
        IntegrationKind::Mqtt | IntegrationKind::Nats => "Broker: every event, in order",
        IntegrationKind::Mail => "Mail server: news for people",
        IntegrationKind::Erp => "ERP: its books are read, and it is told nothing",
    }
}

fn draw<N>(visit: &Visit<N>, page: &IntegrationsPage) -> Page {
    Page::draw(&visit.manner, page, integrations::page, integrations::fragment)
}
