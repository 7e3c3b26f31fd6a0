//! `/webhooks`: who is told of events, by requests and through brokers, and what could not be delivered.

use std::time::Duration;

use axum::extract::State;
use mtm_app::integration::{Integration, IntegrationKind, IntegrationState};
use mtm_app::query::PageRequest;
use mtm_app::record::{self, DeliveryRecord, DeliveryState, DisabledWhy, WebhookRecord};
use mtm_app::webhook::{WebhookEdit, WebhookRequest};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};
use mtm_core::word::Timestamp;
use uuid::Uuid;

use super::answer::{Asked, Reply, refused};
use super::form::Form;
use super::frame::Page;
use super::sources;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::{Answer, Refused};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::webhooks::{
    self, Broker, BrokerLetter, Health, Letter, NewSource, NewWebhook, Webhook, WebhooksPage,
};
use crate::web::{Shared, Web};

/// Dead letters on the page.
const LETTERS: u16 = 50;

/// How long a former secret counts after another was asked for on the page.
pub(super) const KEEP: Duration = Duration::from_secs(86_400);

/// What a form did: words for the page, and the secret that was just made.
pub(super) struct Did {
    words: String,
    secret: String,
}

impl Did {
    pub(super) fn just(words: impl Into<String>) -> Self {
        Self { words: words.into(), secret: String::new() }
    }

    pub(super) fn with(words: impl Into<String>, secret: String) -> Self {
        Self { words: words.into(), secret }
    }
}

/// `GET /webhooks`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::ReadAdministration>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &blank(&web, &visit).await?))
}

/// `POST /webhooks`: makes, enables, disables or removes one; resends or drops a dead letter.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Administer>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match apply(&web, &posted, &key).await {
        Ok(did) => {
            let mut page = blank(&web, visit).await?;
            page.message = Some(Message { text: did.words, ..Message::default() });
            page.secret = did.secret;
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: "/webhooks", role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = blank(&web, visit).await?;
            match form.text("action") {
                "create" => keep(&mut page.new, form, &reply),
                "create-source" => {
                    page.new_source.name = reply.at("name", Entry::holding(form.text("name")));
                }
                _ => {}
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(web: &Web, posted: &Posted<need::Administer>, key: &str) -> Result<Did, AppError> {
    let (app, who, form) = (web.app(), &posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key.to_owned()), &fields)?;
    if let Some(did) = sources::apply(app, who, form, key.clone()).await? {
        return Ok(did);
    }
    let action = form.text("action");
    match action {
        "create" => {
            let types = form.text("types").split([' ', ',']).filter(|word| !word.is_empty());
            let request = WebhookRequest {
                name: form.text("name").to_owned(),
                url: form.text("url").to_owned(),
                types: types.map(str::to_owned).collect(),
            };
            let (record, secret) = app.create_webhook(who, request, key).await?;
            let words = format!("{} is told what happens from now on.", record.name);
            Ok(Did::with(words, secret))
        }
        "rotate" => {
            let (record, secret) =
                app.rotate_webhook_secret(who, webhook(form)?, KEEP, key).await?;
            let words =
                format!("{} has another secret; the former signs as well for a day.", record.name);
            Ok(Did::with(words, secret))
        }
        "enable" | "disable" => {
            let enabled = Some(action == "enable");
            let edit = WebhookEdit { enabled, ..WebhookEdit::default() };
            let record = app.edit_webhook(who, webhook(form)?, None, edit, key).await?.value;
            Ok(Did::just(format!("{} is {action}d.", record.name)))
        }
        "remove" => {
            let record = app.remove_webhook(who, webhook(form)?, key).await?.value;
            Ok(Did::just(format!("{} is removed.", record.name)))
        }
        "resend" => {
            let letter = app.resend_delivery(who, letter(form)?, key).await?.value;
            Ok(Did::just(format!("The event about {} waits to be sent again.", letter.subject)))
        }
        "drop" => {
            let reason = form.text("reason").to_owned();
            let letter = app.drop_dead_letter(who, letter(form)?, reason, key).await?.value;
            Ok(Did::just(format!("The event about {} is dropped.", letter.subject)))
        }
        "resend-to-broker" => {
            let letter = app.resend_broker_letter(who, letter(form)?, key).await?.value;
            Ok(Did::just(format!("The event about {} waits to be sent again.", letter.subject)))
        }
        "drop-for-broker" => {
            let reason = form.text("reason").to_owned();
            let letter = app.drop_broker_letter(who, letter(form)?, reason, key).await?.value;
            Ok(Did::just(format!("The event about {} is dropped.", letter.subject)))
        }
        _ => Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    }
}

fn webhook(form: &Form) -> Result<Uuid, AppError> {
    let id = form.text("webhook").parse();
    id.map_err(|_| AppError::refused(Code::NotFound, "there is no such webhook"))
}

fn letter(form: &Form) -> Result<i64, AppError> {
    let id = form.text("letter").parse();
    id.map_err(|_| AppError::refused(Code::NotFound, "there is no such dead letter"))
}

async fn blank<N>(web: &Web, visit: &Visit<N>) -> Result<WebhooksPage, Problem> {
    let ledger = web.app().ledger();
    let may_change = policy::allows(visit.who.role, Deed::Administer);
    let fresh = || web.app().clock().fresh_uuid().to_string();
    let records = ledger.webhooks().await?;
    let letters = if may_change {
        let page = PageRequest { limit: LETTERS, ..PageRequest::default() };
        Some(ledger.deliveries(None, Some(DeliveryState::Dead), page).await?)
    } else {
        None
    };
    let integrations = web.app().integrations().await?;
    let brokers = integrations
        .iter()
        .filter(|it| matches!(it.kind, IntegrationKind::Mqtt | IntegrationKind::Nats));
    let refused = if may_change { ledger.broker_letters(LETTERS).await? } else { Vec::new() };
    let (senders, now) = (ledger.inbound_sources().await?, web.app().clock().now());
    let more_letters = letters.as_ref().is_some_and(|page| page.next_cursor.is_some());
    let letters = letters.map(|page| page.items).unwrap_or_default();
    Ok(WebhooksPage {
        shell: visit.shell(web, "Webhooks", None),
        may_change,
        letters: letters.iter().map(|letter| dead(letter, &records, fresh())).collect(),
        more_letters,
        webhooks: records.iter().map(|record| shown(record, now, fresh())).collect(),
        sources: senders.iter().map(|source| sources::shown(source, now, fresh())).collect(),
        new_source: NewSource { idempotency_key: fresh(), ..NewSource::default() },
        brokers: brokers.map(broker).collect(),
        broker_letters: refused.iter().map(|letter| broker_letter(letter, fresh())).collect(),
        new: NewWebhook { idempotency_key: fresh(), ..NewWebhook::default() },
        ..WebhooksPage::default()
    })
}

fn shown(record: &WebhookRecord, now: Timestamp, key: String) -> Webhook {
    let (health, state, since) = match (record.disabled_why, record.failing_since) {
        (Some(why), _) => (Health::Off, why_off(why), record.disabled_at),
        (None, Some(since)) => (Health::Failing, "Failing", Some(since)),
        // Nothing is sent at all: the key of its secret is another one, perhaps.
        (None, None) if record.last_error.is_some() => (Health::Failing, "Stands still", None),
        (None, None) => (Health::Well, "Well", None),
    };
    let types =
        if record.types.is_empty() { "every event".to_owned() } else { record.types.join(", ") };
    Webhook {
        id: record.id.to_string(),
        idempotency_key: key,
        name: record.name.clone(),
        url: record.url.clone(),
        types,
        former_until: moment(record.former_until.filter(|until| *until > now)),
        health,
        state: state.to_owned(),
        since: moment(since),
        delivered_at: moment(record.delivered_at),
        waiting: i64::try_from(record.waiting).unwrap_or(i64::MAX),
        oldest_waiting: moment(record.oldest_waiting),
        last_error: record.last_error.clone().unwrap_or_default(),
    }
}

pub(super) fn moment(moment: Option<Timestamp>) -> String {
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}

fn broker(it: &Integration) -> Broker {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (health, state) = match it.state {
        IntegrationState::Well => (Health::Well, "Well"),
        IntegrationState::Failing => (Health::Failing, "Takes nothing"),
        IntegrationState::Off => (Health::Off, "In no server's configuration"),
    };
    Broker {
        name: broker_name(it.kind).to_owned(),
        health,
        state: state.to_owned(),
        since: moment(it.since),
        waiting: number(it.lag),
        oldest_waiting: moment(it.oldest_waiting),
        published: number(it.published.unwrap_or(0)),
        taken_at: moment(it.last_taken),
        last_error: it.last_error.clone().unwrap_or_default(),
    }
}

const fn broker_name(kind: IntegrationKind) -> &'static str {
    match kind {
        IntegrationKind::Mqtt => "MQTT",
        IntegrationKind::Nats => "NATS JetStream",
        IntegrationKind::Webhook => "Webhook",
        IntegrationKind::Mail => "Mail",
        IntegrationKind::Erp => "ERP",
        IntegrationKind::Peer => "System that is called",
        IntegrationKind::EdgeNode => "Sparkplug edge node",
    }
}

fn broker_letter(letter: &record::BrokerLetter, key: String) -> BrokerLetter {
    BrokerLetter {
        id: letter.id,
        idempotency_key: key,
        broker: letter.broker.as_str().to_uppercase(),
        kind: letter.kind.clone(),
        subject: letter.subject.clone(),
        refused_at: letter.refused_at.to_string(),
        error: letter.error.clone(),
        resend: letter.resend,
    }
}

const fn why_off(why: DisabledWhy) -> &'static str {
    match why {
        DisabledWhy::Person => "Disabled",
        DisabledWhy::Failing => "Disabled after five days of failing",
        DisabledWhy::Gone => "Disabled: the receiver says it is gone",
    }
}

fn dead(letter: &DeliveryRecord, webhooks: &[WebhookRecord], key: String) -> Letter {
    let webhook = webhooks.iter().find(|webhook| webhook.id == letter.webhook);
    Letter {
        id: letter.id,
        idempotency_key: key,
        webhook: webhook.map(|webhook| webhook.name.clone()).unwrap_or_default(),
        kind: letter.kind.clone(),
        subject: letter.subject.clone(),
        tried_at: letter.tried_at.map(|at| at.to_string()).unwrap_or_default(),
        error: letter.error.clone().unwrap_or_default(),
    }
}

/// Keeps what was typed, with what is wrong with it.
fn keep(new: &mut NewWebhook, form: &Form, reply: &Reply) {
    let entries = [("name", &mut new.name), ("url", &mut new.url), ("types", &mut new.types)];
    for (name, entry) in entries {
        *entry = reply.at(name, Entry::holding(form.text(name)));
    }
}

fn told(answer: Answer) -> Refused {
    let title = "Nothing was changed.".to_owned();
    match answer {
        Answer::Refused(refused) => Refused { title, next: String::new(), ..refused },
        Answer::Booked(_) | Answer::Question(_) => Refused { title, ..Refused::default() },
    }
}

fn draw<N>(visit: &Visit<N>, page: &WebhooksPage) -> Page {
    Page::draw(&visit.manner, page, webhooks::page, webhooks::fragment)
}
