//! `/integrations`: every other system that is told what happens or is called, how the way to it stands,
//! and what somebody decides about it.

use axum::extract::State;
use mtm_app::drop_folder::DropFolderView;
use mtm_app::guards::State as Standing;
use mtm_app::integration::{Integration, IntegrationKind, IntegrationState};
use mtm_app::peers::CredentialView;
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
use crate::ui::page::integrations::{self, Called, Choice, IntegrationsPage, Peer};
use crate::ui::page::integrations_files::{Files, Refused as RefusedFile};
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
        files: web.app().drop_folder().await?.map(files),
        ..IntegrationsPage::default()
    })
}

fn files(view: DropFolderView) -> Files {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let refused = view.quarantine.into_iter().map(|it| RefusedFile {
        file: it.file,
        since: moment(Some(it.since)),
        why: it.why,
    });
    Files {
        folder: view.folder,
        waiting: number(view.waiting + view.under_way),
        last_done: moment(view.last_done),
        quarantined: number(view.quarantined),
        refused: refused.collect(),
        to_fetch: view.to_fetch.map(number),
        error: view.error.unwrap_or_default(),
    }
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
        what: what(it),
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
        called: it.credential.as_ref().map(|credential| called(credential, now)),
    }
}

/// A certificate with fewer days left is worth a look.
const SOON_MICROS: i64 = 30 * 86_400 * 1_000_000;

fn called(credential: &CredentialView, now: Timestamp) -> Called {
    let facts = [
        ("Token used until", credential.token_valid_until),
        ("Token asked for at", credential.token_obtained_at),
        ("Its certificate counts until", credential.certificate_until),
        ("Ours counts until", credential.own_certificate_until),
    ];
    let facts = facts.into_iter().filter(|(_, at)| at.is_some());
    let mut remarks = Vec::new();
    let token = credential.token_failure.as_ref().map(|why| format!("No new token: {why}"));
    remarks.extend(token);
    let kept = credential.not_rotated.as_ref();
    remarks.extend(
        kept.map(|why| format!("What was changed is not used, but what was before: {why}")),
    );
    let ends = |at: Option<Timestamp>| at.is_some_and(|at| at < now.plus_micros(SOON_MICROS));
    if ends(credential.certificate_until) {
        remarks.push("Its certificate ends soon, or has ended.".to_owned());
    }
    if ends(credential.own_certificate_until) {
        remarks.push("The certificate that this server shows ends soon, or has ended.".to_owned());
    }
    Called {
        facts: facts.map(|(words, at)| (words.to_owned(), moment(at))).collect(),
        remarks,
        next_step: credential.next_step.clone().unwrap_or_default(),
    }
}

/// How it stands, in words of the floor, and since when.
fn standing(it: &Integration, now: Timestamp) -> (Health, &'static str, Option<Timestamp>) {
    let guard = &it.guard;
    match (it.state, guard.hold, guard.state) {
        (_, Hold::Open, _) => (Health::Off, "Paused", guard.at),
        (IntegrationState::Off, ..) => (Health::Off, "Switched off", it.since),
        // It is tried all the time, and only nobody hears it.
        (IntegrationState::Failing, ..) if it.kind == IntegrationKind::EdgeNode => {
            (Health::Failing, failing(it), it.since)
        }
        (_, Hold::Closed, _) => (Health::Failing, "Called, however it answers", guard.at),
        (_, _, Standing::HalfOpen) => (Health::Failing, "Being tried", guard.since),
        // Nothing waits for it just now, by which that could be seen.
        (_, _, Standing::Open) if guard.next_probe_at.is_some_and(|at| at <= now) => {
            (Health::Failing, "Is tried with what comes next", guard.since)
        }
        (_, _, Standing::Open) => {
            (Health::Failing, "Left alone: it does not answer as it should", guard.since)
        }
        (IntegrationState::Failing, ..) => (Health::Failing, failing(it), it.since),
        (IntegrationState::Well, ..) => (Health::Well, well(it), None),
    }
}

/// What goes wrong, in words.
fn failing(it: &Integration) -> &'static str {
    match it.kind {
        IntegrationKind::Erp if is_refused(it) => "Not read: its login may write",
        IntegrationKind::Erp => "Cannot be read; it is tried again",
        IntegrationKind::Peer => "Does not answer as it should",
        IntegrationKind::EdgeNode => "Nobody hears it; what changes is kept",
        _ => "Does not take everything; it is sent again",
    }
}

/// What goes well, in words.
fn well(it: &Integration) -> &'static str {
    match it.kind {
        IntegrationKind::Erp => reading(it),
        IntegrationKind::Peer if it.last_taken.is_some() => "Answers as it should",
        IntegrationKind::Peer => "Not called yet",
        IntegrationKind::EdgeNode => "Is told what waits where",
        _ => "Takes everything",
    }
}

/// Whether it is an ERP that is not even read.
fn is_refused(it: &Integration) -> bool {
    it.erp.as_ref().is_some_and(|erp| erp.state == ErpState::Refused)
}

/// How far an ERP that is well was read.
fn reading(it: &Integration) -> &'static str {
    match &it.erp {
        // Tables are read after the ledger is, where there is one.
        Some(erp) if erp.ledger_at.is_none() && erp.on_hand_at.is_some() => {
            "What it says is on hand is read; no ledger of it"
        }
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
            if matches!(
                it.kind,
                IntegrationKind::Webhook | IntegrationKind::Erp | IntegrationKind::Peer
            ) =>
        {
            vec![Choice::Pause, Choice::Force]
        }
        (Hold::Automatic, _) => vec![Choice::Pause],
    }
}

fn name(it: &Integration) -> &str {
    match it.kind {
        IntegrationKind::Webhook
        | IntegrationKind::Erp
        | IntegrationKind::Peer
        | IntegrationKind::EdgeNode => &it.name,
        IntegrationKind::Mqtt => "MQTT",
        IntegrationKind::Nats => "NATS JetStream",
        IntegrationKind::Mail => "Mail",
    }
}

fn what(it: &Integration) -> String {
    match it.kind {
        IntegrationKind::Webhook => "Webhook: a signed request for each event".to_owned(),
        IntegrationKind::Mqtt | IntegrationKind::Nats => "Broker: every event, in order".to_owned(),
        IntegrationKind::Mail => "Mail server: news for people".to_owned(),
        IntegrationKind::Erp => "ERP: its books are read, and it is told nothing".to_owned(),
        IntegrationKind::EdgeNode => "Sparkplug B: a broker is told what waits where".to_owned(),
        IntegrationKind::Peer => {
            let auth = it.credential.as_ref().map_or("none", |credential| &credential.auth);
            format!("Called by this server: {}", shown_by(auth))
        }
    }
}

/// What a kind of credential is, in words.
fn shown_by(auth: &str) -> &'static str {
    match auth {
        "api_key" => "it is shown a key",
        "basic" => "it is shown a name and a password",
        "hmac" => "each request is signed",
        "oauth2" => "it is shown a token, asked for by a secret",
        "private_key_jwt" => "it is shown a token, asked for by a key",
        _ => "nothing but a certificate is shown, where there is one",
    }
}

fn draw<N>(visit: &Visit<N>, page: &IntegrationsPage) -> Page {
    Page::draw(&visit.manner, page, integrations::page, integrations::fragment)
}
