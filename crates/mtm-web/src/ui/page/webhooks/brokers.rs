//! Brokers on the page: how each stands, and what it refused for good.

use maud::{Markup, html};

use super::{Health, WebhooksPage, moment};
use crate::ui::components::{
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    table::{Column, Row, Table, code, text},
};
use crate::ui::format::{counted, pieces, time};

/// A broker.
#[derive(Clone, Debug, Default)]
pub struct Broker {
    /// What it is, in words.
    pub name: String,
    /// How it stands.
    pub health: Health,
    /// The same in words.
    pub state: String,
    /// Since when.
    pub since: String,
    /// Events that wait.
    pub waiting: i64,
    /// When the oldest of them happened.
    pub oldest_waiting: String,
    /// Events that it took.
    pub published: i64,
    /// When it took the last.
    pub taken_at: String,
    /// What was answered last, where that was no.
    pub last_error: String,
}

/// An event that a broker refused for good.
#[derive(Clone, Debug, Default)]
pub struct BrokerLetter {
    /// Identity.
    pub id: i64,
    /// Key of the next change of it.
    pub idempotency_key: String,
    /// Which broker.
    pub broker: String,
    /// Type of the event.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// When it was refused.
    pub refused_at: String,
    /// Why.
    pub error: String,
    /// Whether it is about to be sent again.
    pub resend: bool,
}

pub(super) fn brokers(model: &WebhooksPage) -> Markup {
    let row = |broker: &Broker| {
        Row::of(vec![
            Some(html! { strong { (broker.name) } }),
            Some(health(broker)),
            text(&pieces(broker.waiting)),
            moment(&broker.oldest_waiting),
            text(&pieces(broker.published)),
            moment(&broker.taken_at),
            text(&broker.last_error),
        ])
    };
    let table = Table {
        id: "brokers",
        caption: "Brokers".to_owned(),
        columns: vec![
            Column::lead("Broker"),
            Column::text("State"),
            Column::number("Waiting"),
            Column::text("Oldest waits since"),
            Column::number("Taken"),
            Column::text("Last taken"),
            Column::notes("Last error"),
        ],
        rows: model.brokers.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if !model.brokers.is_empty() {
            h2 { "Brokers" }
            p class="quiet" {
                "Told of every event, in order. What a broker does not take now waits for it; which brokers there are says the server's configuration."
            }
            (table)
        }
    }
}

fn health(broker: &Broker) -> Markup {
    let picture = match broker.health {
        Health::Well => Icon::Check,
        Health::Failing => Icon::Warning,
        Health::Off => Icon::Hold,
    };
    html! {
        (icon(picture)) " " (broker.state)
        @if !broker.since.is_empty() { " since " (time(&broker.since)) }
    }
}

pub(super) fn letters(model: &WebhooksPage) -> Markup {
    let mut columns = vec![
        Column::lead("About"),
        Column::text("Event"),
        Column::text("Broker"),
        Column::text("Refused"),
        Column::notes("Answer"),
    ];
    if model.may_change {
        columns.push(Column::text("Change"));
    }
    let row = |letter: &BrokerLetter| {
        let mut cells = vec![
            code(&letter.subject),
            text(&letter.kind),
            text(&letter.broker),
            moment(&letter.refused_at),
            text(&letter.error),
        ];
        if model.may_change {
            cells.push(Some(settle(model, letter)));
        }
        Row::of(cells)
    };
    let table = Table {
        id: "broker-letters",
        caption: "Refused by brokers".to_owned(),
        columns,
        rows: model.broker_letters.iter().map(row).collect(),
        ..Table::default()
    };
    let number = i64::try_from(model.broker_letters.len()).unwrap_or(i64::MAX);
    html! {
        @if !model.broker_letters.is_empty() {
            h2 { "Refused by brokers" }
            p class="quiet" {
                (counted(number, "event was", "events were"))
                " refused for good. Resend what the broker will take now, or drop it and say why."
            }
            (table)
        }
    }
}

fn settle(model: &WebhooksPage, letter: &BrokerLetter) -> Markup {
    let id = format!("broker-letter-{}", letter.id);
    let reason = Entry::default();
    html! {
        @if letter.resend {
            "Waits to be sent again"
        } @else {
            form id=(id) method="post" action="/webhooks" data-book aria-label={ "Refused event about " (letter.subject) } {
                (guards(&model.shell.csrf, &letter.idempotency_key, &[]))
                (hidden("letter", &letter.id.to_string()))
                (Field::new(&id, "reason", "Reason to drop it", Kind::Text, &reason).optional().draw())
                div class="form-actions" {
                    button class="button" type="submit" name="action" value="resend-to-broker" { "Resend" }
                    button class="button danger" type="submit" name="action" value="drop-for-broker" { "Drop" }
                }
            }
        }
    }
}
