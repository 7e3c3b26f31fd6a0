//! Other systems: webhooks, sources, brokers, and how each stands.

use super::shell;
use crate::ui::{
    components::{field::Entry, state::Message},
    page::{
        integrations::{Called, Choice, IntegrationsPage, Peer},
        integrations_files::{Files, Refused as RefusedFile},
        webhooks::{
            Broker, BrokerLetter, Health, Letter, NewSource, NewWebhook, Source, Webhook,
            WebhooksPage,
        },
    },
};

pub(super) fn webhooks() -> WebhooksPage {
    let key = |n: u8| format!("01936f2a-0000-7000-8000-0000000002{n:02}");
    WebhooksPage {
        shell: shell("Webhooks", None),
        message: Some(Message {
            text: "MES is told what happens from now on.".into(),
            ..Message::default()
        }),
        secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into(),
        refused: None,
        may_change: true,
        webhooks: vec![
            Webhook {
                id: "01936f2a-0000-7000-8000-000000000301".into(),
                idempotency_key: key(1),
                name: "ERP".into(),
                url: "https://erp.plant-north.example/hooks/mtm".into(),
                types: "movement.recorded, movement.reversed".into(),
                health: Health::Well,
                state: "Well".into(),
                delivered_at: "2026-11-23T13:04:05Z".into(),
                ..Webhook::default()
            },
            Webhook {
                id: "01936f2a-0000-7000-8000-000000000302".into(),
                idempotency_key: key(2),
                name: "MES".into(),
                url: "http://10.1.4.20:8080/events".into(),
                types: "every event".into(),
                former_until: "2026-11-24T12:00:00Z".into(),
                health: Health::Failing,
                state: "Failing".into(),
                since: "2026-11-23T12:40:00Z".into(),
                delivered_at: "2026-11-23T12:39:58Z".into(),
                waiting: 1_204,
                oldest_waiting: "2026-11-23T12:40:00Z".into(),
                last_error: "no connection: Connection refused (os error 111)".into(),
            },
            Webhook {
                id: "01936f2a-0000-7000-8000-000000000303".into(),
                idempotency_key: key(3),
                name: "Old board".into(),
                url: "http://10.1.4.7/".into(),
                types: "lot.held".into(),
                health: Health::Off,
                state: "Disabled".into(),
                since: "2026-10-02T08:00:00Z".into(),
                ..Webhook::default()
            },
        ],
        letters: vec![Letter {
            id: 7,
            idempotency_key: key(4),
            webhook: "ERP".into(),
            kind: "movement.recorded".into(),
            subject: "0000004711".into(),
            tried_at: "2026-11-22T21:10:00Z".into(),
            error: "HTTP 422: part 11058-1779 is unknown".into(),
        }],
        more_letters: false,
        brokers: vec![
            Broker {
                name: "MQTT".into(),
                health: Health::Failing,
                state: "Takes nothing".into(),
                since: "2026-11-23T12:58:00Z".into(),
                waiting: 311,
                oldest_waiting: "2026-11-23T12:58:00Z".into(),
                published: 1_204_711,
                taken_at: "2026-11-23T12:57:59Z".into(),
                last_error: "I/O: Connection refused (os error 111)".into(),
            },
            Broker {
                name: "NATS JetStream".into(),
                health: Health::Well,
                state: "Well".into(),
                published: 1_205_022,
                taken_at: "2026-11-23T13:04:05Z".into(),
                ..Broker::default()
            },
        ],
        broker_letters: vec![BrokerLetter {
            id: 3,
            idempotency_key: key(6),
            broker: "MQTT".into(),
            kind: "import.committed".into(),
            subject: "01936f2a-0000-7000-8000-000000000999".into(),
            refused_at: "2026-11-23T11:00:00Z".into(),
            error: "it takes 70,112 bytes, and the broker takes 65536 at most".into(),
            resend: false,
        }],
        new: NewWebhook {
            idempotency_key: key(5),
            url: Entry::holding("ftp://erp/").refused("It must begin with http:// or https://."),
            ..NewWebhook::default()
        },
        sources: sources(),
        new_source: new_source(),
    }
}

fn new_source() -> NewSource {
    NewSource {
        idempotency_key: "01936f2a-0000-7000-8000-000000000600".into(),
        name: Entry::holding("E R P").refused("A source's name has 1 to 40 characters: a to z."),
    }
}

fn sources() -> Vec<Source> {
    let key = |n: u8| format!("01936f2a-0000-7000-8000-0000000004{n:02}");
    vec![
        Source {
            id: "01936f2a-0000-7000-8000-000000000501".into(),
            idempotency_key: key(1),
            name: "erp".into(),
            former_until: "2026-11-24T12:00:00Z".into(),
            taken: 4_711,
            taken_at: "2026-11-23T13:04:05Z".into(),
            refused_at: "2026-11-23T11:00:00Z".into(),
            last_error: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W: 31 wanted, 30 there".into(),
            ..Source::default()
        },
        Source {
            id: "01936f2a-0000-7000-8000-000000000502".into(),
            idempotency_key: key(2),
            name: "old-scales".into(),
            off: true,
            since: "2026-10-02T08:00:00Z".into(),
            ..Source::default()
        },
    ]
}

pub(super) fn integrations() -> IntegrationsPage {
    let key = |n: u8| format!("01936f2a-0000-7000-8000-0000000004{n:02}");
    IntegrationsPage {
        shell: shell("Other systems", None),
        message: None,
        refused: None,
        may_change: true,
        peers: vec![
            Peer {
                id: "mqtt".into(),
                idempotency_key: key(1),
                name: "MQTT".into(),
                what: "Broker: every event, in order".into(),
                state: "Takes everything".into(),
                taken_at: "2026-11-23T13:04:05Z".into(),
                choices: vec![Choice::Pause],
                ..Peer::default()
            },
            Peer {
                id: "01936f2a-0000-7000-8000-000000000302".into(),
                idempotency_key: key(2),
                name: "MES".into(),
                what: "Webhook: a signed request for each event".into(),
                health: Health::Failing,
                state: "Left alone: it does not answer as it should".into(),
                since: "2026-11-23T12:40:00Z".into(),
                next_try: "2026-11-23T12:41:00Z".into(),
                calls: "Of the last 12 calls 100 % failed and 0 % were slow.".into(),
                waiting: 1_204,
                oldest_waiting: "2026-11-23T12:40:00Z".into(),
                dead: 2,
                taken_at: "2026-11-23T12:39:58Z".into(),
                last_error: "no connection: Connection refused (os error 111)".into(),
                choices: vec![Choice::Pause, Choice::Force],
                ..Peer::default()
            },
            Peer {
                id: "01936f2a-0000-7000-8000-000000000301".into(),
                idempotency_key: key(3),
                name: "ERP".into(),
                what: "Webhook: a signed request for each event".into(),
                health: Health::Off,
                state: "Paused".into(),
                since: "2026-11-23T11:00:00Z".into(),
                decided: "admin decided: year-end closing until noon".into(),
                decided_at: "2026-11-23T11:00:00Z".into(),
                waiting: 31,
                oldest_waiting: "2026-11-23T11:00:04Z".into(),
                choices: vec![Choice::Resume],
                ..Peer::default()
            },
            Peer {
                id: "peer:planning".into(),
                idempotency_key: key(4),
                name: "planning".into(),
                what: "Called by this server: it is shown a token, asked for by a secret".into(),
                health: Health::Failing,
                state: "Does not answer as it should".into(),
                since: "2026-11-23T12:59:00Z".into(),
                calls: "Of the last 3 calls 0 % failed and 0 % were slow.".into(),
                taken_at: "2026-11-23T12:58:00Z".into(),
                last_error: "it does not take this server's proof of who it is (status 401)".into(),
                choices: vec![Choice::Pause],
                called: Some(Called {
                    facts: vec![
                        ("Token used until".into(), "2026-11-23T13:54:00Z".into()),
                        ("Its certificate counts until".into(), "2026-12-01T00:00:00Z".into()),
                    ],
                    remarks: vec!["Its certificate ends soon, or has ended.".into()],
                    next_step: "Have the other system know this key, secret or client, and compare audience and scope.".into(),
                }),
                ..Peer::default()
            },
        ],
        files: Some(Files {
            folder: "/srv/mtm/exchange".into(),
            waiting: 2,
            last_done: "2026-11-23T12:59:40Z".into(),
            quarantined: 1,
            refused: vec![RefusedFile {
                file: "receipts-0412.csv".into(),
                since: "2026-11-23T12:31:00Z".into(),
                why: "receipts-0412.csv was not taken over: 1 of its 40 rows are refused.\n\n\
                      line 17, part: there is no part P-77 (unknown_part)\n\n\
                      Nothing of it is booked. Correct the file and leave it under in/ again."
                    .into(),
            }],
            to_fetch: Some(3),
            error: String::new(),
        }),
    }
}

pub(super) fn integrations_empty() -> IntegrationsPage {
    IntegrationsPage { shell: shell("Other systems", None), ..IntegrationsPage::default() }
}

pub(super) fn webhooks_empty() -> WebhooksPage {
    WebhooksPage { shell: shell("Webhooks", None), ..WebhooksPage::default() }
}
