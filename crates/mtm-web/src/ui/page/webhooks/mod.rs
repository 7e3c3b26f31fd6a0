//! Webhooks and brokers: who is told of events, how that goes, and what could not be delivered.

mod brokers;
mod sources;

use maud::{Markup, html};

pub use self::brokers::{Broker, BrokerLetter};
pub use self::sources::{NewSource, Source};
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Empty, Message, Tone},
    table::{Column, Row, Table, code, text},
};
use crate::ui::format::{counted, pieces, time};

/// What the page of the webhooks shows.
#[derive(Clone, Debug, Default)]
pub struct WebhooksPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// The secret that was just made: shown once.
    pub secret: String,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// Whether this person may change anything.
    pub may_change: bool,
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
    /// What could not be delivered, newest first.
    pub letters: Vec<Letter>,
    /// Whether there are more dead letters than are shown.
    pub more_letters: bool,
    /// Brokers of the server's configuration.
    pub brokers: Vec<Broker>,
    /// What brokers refused for good, newest first.
    pub broker_letters: Vec<BrokerLetter>,
    /// The form for another webhook.
    pub new: NewWebhook,
    /// Other systems that send messages here.
    pub sources: Vec<Source>,
    /// The form for another of them.
    pub new_source: NewSource,
}

/// How a webhook stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Everything is taken.
    #[default]
    Well,
    /// Something was not taken; it is tried again.
    Failing,
    /// Nothing is sent.
    Off,
}

/// A webhook.
#[derive(Clone, Debug, Default)]
pub struct Webhook {
    /// Identity.
    pub id: String,
    /// Key of the next change of it.
    pub idempotency_key: String,
    /// What it is for.
    pub name: String,
    /// Where events are sent.
    pub url: String,
    /// Which, in words.
    pub types: String,
    /// Until when its former secret signs as well.
    pub former_until: String,
    /// How it stands.
    pub health: Health,
    /// The same in words.
    pub state: String,
    /// Since when.
    pub since: String,
    /// When something was last taken.
    pub delivered_at: String,
    /// Events that wait.
    pub waiting: i64,
    /// When the oldest of them happened.
    pub oldest_waiting: String,
    /// What was answered last, where that was no.
    pub last_error: String,
}

/// A dead letter.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// Identity.
    pub id: i64,
    /// Key of the next change of it.
    pub idempotency_key: String,
    /// The webhook's name.
    pub webhook: String,
    /// Type of the event.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it was tried last.
    pub tried_at: String,
    /// What was answered.
    pub error: String,
}

/// The form for another webhook.
#[derive(Clone, Debug, Default)]
pub struct NewWebhook {
    /// Key that makes a repetition harmless.
    pub idempotency_key: String,
    /// What it is for.
    pub name: Entry,
    /// Where events are sent.
    pub url: Entry,
    /// Event types, separated by blanks or commas.
    pub types: Entry,
}

/// The document.
pub fn page(model: &WebhooksPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &WebhooksPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &WebhooksPage) -> Markup {
    html! {
        (heading("Webhooks and brokers", "Other systems that are told of events, or send messages"))
        div id="answer" tabindex="-1" {
            @if let Some(message) = &model.message { (state::message(message)) }
            @if let Some(refused) = &model.refused {
                (state::message(&Message {
                    tone: Tone::Bad, text: format!("{} {} {}", refused.title, refused.text, refused.next), action: None,
                }))
            }
            @if !model.secret.is_empty() { (secret(&model.secret)) }
        }
        (webhooks(model))
        (letters(model))
        (brokers::brokers(model))
        (brokers::letters(model))
        (sources::sources(model))
        @if model.may_change {
            (new_webhook(model))
            (sources::new_source(model))
        }
    }
}

fn secret(secret: &str) -> Markup {
    html! {
        div class="panel" {
            h2 { "Its secret" }
            p { "Give it to the other system now; it is not shown again." }
            p { span class="code" { (secret) } }
        }
    }
}

fn webhooks(model: &WebhooksPage) -> Markup {
    let mut columns = vec![
        Column::lead("Webhook"),
        Column::text("State"),
        Column::number("Waiting"),
        Column::text("Oldest waits since"),
        Column::text("Last taken"),
        Column::notes("Last error"),
    ];
    if model.may_change {
        columns.push(Column::text("Change"));
    }
    let row = |webhook: &Webhook| {
        let mut cells = vec![
            Some(name(webhook)),
            Some(health(webhook)),
            text(&pieces(webhook.waiting)),
            moment(&webhook.oldest_waiting),
            moment(&webhook.delivered_at),
            text(&webhook.last_error),
        ];
        if model.may_change {
            cells.push(Some(change(model, webhook)));
        }
        Row::of(cells)
    };
    let table = Table {
        id: "webhooks",
        caption: "Webhooks".to_owned(),
        columns,
        rows: model.webhooks.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if model.webhooks.is_empty() {
            (state::empty(&Empty {
                title: nobody(model).to_owned(),
                text: "A webhook sends each event to an address, signed, at least once, and in order for each lot unless one is not taken for five minutes.".to_owned(),
                action: None,
            }))
        } @else { (table) }
    }
}

const fn nobody(model: &WebhooksPage) -> &'static str {
    if model.brokers.is_empty() {
        "No other system is told of events."
    } else {
        "No webhook so far."
    }
}

fn name(webhook: &Webhook) -> Markup {
    html! {
        strong { (webhook.name) }
        br;
        span class="code small" { (webhook.url) }
        br;
        span class="small quiet" { (webhook.types) }
        @if !webhook.former_until.is_empty() {
            br;
            span class="small quiet" { "former secret signs as well until " (time(&webhook.former_until)) }
        }
    }
}

fn health(webhook: &Webhook) -> Markup {
    let picture = match webhook.health {
        Health::Well => Icon::Check,
        Health::Failing => Icon::Warning,
        Health::Off => Icon::Hold,
    };
    html! {
        (icon(picture)) " " (webhook.state)
        @if !webhook.since.is_empty() { " since " (time(&webhook.since)) }
    }
}

fn moment(utc: &str) -> Option<Markup> {
    (!utc.is_empty()).then(|| time(utc))
}

fn change(model: &WebhooksPage, webhook: &Webhook) -> Markup {
    let off = webhook.health == Health::Off;
    html! {
        form method="post" action="/webhooks" data-book aria-label={ "Change " (webhook.name) } {
            (guards(&model.shell.csrf, &webhook.idempotency_key, &[]))
            (hidden("webhook", &webhook.id))
            div class="form-actions" {
                @if off {
                    button class="button" type="submit" name="action" value="enable" { "Enable" }
                    button class="button danger" type="submit" name="action" value="remove" { "Remove" }
                } @else {
                    button class="button" type="submit" name="action" value="rotate" { "New secret" }
                    button class="button" type="submit" name="action" value="disable" { "Disable" }
                }
            }
        }
    }
}

fn letters(model: &WebhooksPage) -> Markup {
    let mut columns = vec![
        Column::lead("About"),
        Column::text("Event"),
        Column::text("Webhook"),
        Column::text("Last tried"),
        Column::notes("Answer"),
    ];
    if model.may_change {
        columns.push(Column::text("Change"));
    }
    let row = |letter: &Letter| {
        let mut cells = vec![
            code(&letter.subject),
            text(&letter.kind),
            text(&letter.webhook),
            moment(&letter.tried_at),
            text(&letter.error),
        ];
        if model.may_change {
            cells.push(Some(settle(model, letter)));
        }
        Row::of(cells)
    };
    let table = Table {
        id: "dead-letters",
        caption: "Dead letters".to_owned(),
        columns,
        rows: model.letters.iter().map(row).collect(),
        ..Table::default()
    };
    let number = i64::try_from(model.letters.len()).unwrap_or(i64::MAX);
    html! {
        @if !model.letters.is_empty() {
            h2 { "Dead letters" }
            p class="quiet" {
                (counted(number, "event was", "events were"))
                " given up after a day of tries. Resend what the receiver will take now, or drop it and say why."
                @if model.more_letters { " These are the newest; there are more." }
            }
            (table)
        }
    }
}

fn settle(model: &WebhooksPage, letter: &Letter) -> Markup {
    let id = format!("letter-{}", letter.id);
    let reason = Entry::default();
    html! {
        form id=(id) method="post" action="/webhooks" data-book aria-label={ "Dead letter about " (letter.subject) } {
            (guards(&model.shell.csrf, &letter.idempotency_key, &[]))
            (hidden("letter", &letter.id.to_string()))
            (Field::new(&id, "reason", "Reason to drop it", Kind::Text, &reason).optional().draw())
            div class="form-actions" {
                button class="button" type="submit" name="action" value="resend" { "Resend" }
                button class="button danger" type="submit" name="action" value="drop" { "Drop" }
            }
        }
    }
}

fn new_webhook(model: &WebhooksPage) -> Markup {
    let field = |name, label, entry| Field::new("new-webhook", name, label, Kind::Text, entry);
    html! {
        h2 { "A new webhook" }
        form id="new-webhook" class="panel" method="post" action="/webhooks" data-book aria-label="A new webhook" {
            (guards(&model.shell.csrf, &model.new.idempotency_key, &[]))
            (field("name", "Name", &model.new.name).draw())
            (field("url", "Address", &model.new.url).draw())
            (field("types", "Events", &model.new.types).empty_means("every event").draw())
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="create" { (icon(Icon::Check)) "Make it" }
            }
        }
    }
}
