//! Sign-in, setup, quick buttons, errors.

use super::{floor, outside, shell};
use crate::ui::{
    components::{
        field::Entry,
        layout::Shell,
        pager::Pager,
        state::{Message, Tone},
    },
    page::{
        error::ErrorPage,
        integrations::{Choice, IntegrationsPage, Peer},
        notifications::{Chosen, Follows, NewsItem, NotificationsPage, Way},
        quick_buttons::{QuickButtonsPage, Slot},
        setup::SetupPage,
        sign_in::{DemoUser, ProviderLink, SignInPage},
        webhooks::{
            Broker, BrokerLetter, Health, Letter, NewSource, NewWebhook, Source, Webhook,
            WebhooksPage,
        },
    },
};

pub(super) fn sign_in() -> SignInPage {
    let user = |login: &str, name: &str, role: &str| DemoUser {
        login: login.into(),
        name: name.into(),
        role: role.into(),
    };
    SignInPage {
        shell: outside("Sign in"),
        next: "/in".into(),
        demo: vec![
            user("sam", "Sam Okafor", "material handler"),
            user("dana", "Dana Ruiz", "shift lead"),
            user("admin", "Ada Lind", "administrator"),
        ],
        ..SignInPage::default()
    }
}

pub(super) fn sign_in_refused() -> SignInPage {
    SignInPage {
        shell: outside("Sign in"),
        login: Entry::holding("dana"),
        provider: Some(ProviderLink {
            name: "Plant account".into(),
            address: "/sign-in/oidc?next=%2Fin".into(),
        }),
        message: Some(Message {
            tone: Tone::Bad,
            text: "User name or password is wrong.".into(),
            action: None,
        }),
        ..SignInPage::default()
    }
}

pub(super) fn setup() -> SetupPage {
    SetupPage {
        shell: outside("Set up"),
        token: "one-time".into(),
        password: Entry::default()
            .hinted("At least 10 characters. A sentence is easiest to remember."),
        password_again: Entry::default().refused("The two passwords differ."),
        ..SetupPage::default()
    }
}

pub(super) fn quick_buttons() -> QuickButtonsPage {
    let mut slots: Vec<Slot> = (1..=10)
        .map(|slot| Slot {
            slot,
            idempotency_key: format!("01936f2a-0000-7000-8000-0000000001{slot:02}"),
            ..Slot::default()
        })
        .collect();
    for (slot, button) in slots.iter_mut().zip(floor::quick()) {
        slot.filled = true;
        slot.part = Entry::holding(button.part);
        slot.operation = Entry::holding(button.operation);
        slot.quantity = Entry::holding(button.quantity.to_string());
        slot.location = Entry::holding(button.location);
    }
    slots[4].part =
        Entry::holding("11058-1797").refused("No part 11058-1797. Near it: 11058-1779.");
    QuickButtonsPage {
        shell: shell("Quick buttons", None),
        message: Some(Message { text: "F2 is saved.".into(), ..Message::default() }),
        refused: None,
        slots,
    }
}

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
        ],
    }
}

pub(super) fn integrations_empty() -> IntegrationsPage {
    IntegrationsPage { shell: shell("Other systems", None), ..IntegrationsPage::default() }
}

pub(super) fn webhooks_empty() -> WebhooksPage {
    WebhooksPage { shell: shell("Webhooks", None), ..WebhooksPage::default() }
}

pub(super) fn error() -> ErrorPage {
    ErrorPage {
        shell: shell("The database does not answer", None),
        status: 503,
        title: "The database does not answer".into(),
        text: "Nothing was booked. Wait a moment and send it again; it will not count twice."
            .into(),
        next: Some(("Try again".into(), "/in".into())),
        trace_id: "4bf92f3577b34da6".into(),
    }
}

pub(super) fn forbidden() -> ErrorPage {
    ErrorPage {
        shell: shell("Not allowed", None),
        status: 403,
        title: "This is for leads and administrators".into(),
        text: "You are signed in as an operator. Ask your shift lead.".into(),
        next: Some(("Back to the work".into(), "/in".into())),
        trace_id: String::new(),
    }
}

pub(super) fn notifications() -> NotificationsPage {
    let item = |kind, text: &str, address: &str, unread| NewsItem {
        kind,
        text: text.into(),
        address: address.into(),
        at: "2026-11-23T13:04:05.000000Z".into(),
        unread,
    };
    let choice = |kind, label, told| Chosen { kind, label, told };
    NotificationsPage {
        shell: Shell { unread: 2, ..shell("Notifications", None) },
        items: vec![
            item(
                "Minimum stock",
                "11058-1779 fell below its minimum: 49 pieces are left, 50 should be there.",
                "/stock?part=11058%2D1779",
                true,
            ),
            item(
                "Truth light",
                "Stock of lot 0000000417 at R-E4-18 / 19 is 500, the movements make 450.",
                "/status",
                true,
            ),
            item(
                "Hold",
                "Lot 0000045207, which you received, is on hold (quality).",
                "/lot/0000045207",
                false,
            ),
        ],
        up_to: "4711".into(),
        pager: Pager {
            shown: "3 notifications on this page".into(),
            next: Some("/notifications?cursor=4000".into()),
            ..Pager::default()
        },
        choices: vec![
            choice("truth", "The truth light is red", true),
            choice("minimum", "A part fell below its minimum stock", true),
            choice("hold", "A lot that you received or follow is on hold", false),
        ],
        ways: vec![
            Way {
                name: "mail",
                open: true,
                set: true,
                address: Entry::holding("dana@plant.example"),
                kinds: vec![
                    choice("truth", "The truth light is red", true),
                    choice("minimum", "A part fell below its minimum stock", false),
                ],
                waiting: 2,
                failing_since: "2026-11-23T13:04:05.000000Z".into(),
                last_error: "transient error (450): try again later".into(),
                idempotency_key: "01936f2a-0000-7000-8000-0000000000f8".into(),
                ..Way::default()
            },
            Way {
                name: "webhook",
                open: true,
                hosts: "chat.plant".into(),
                kinds: vec![choice("truth", "The truth light is red", true)],
                idempotency_key: "01936f2a-0000-7000-8000-0000000000f9".into(),
                ..Way::default()
            },
        ],
        follows: vec![Follows {
            lot: "0000045207".into(),
            part: "11058-1779".into(),
            since: "2026-11-23T13:04:05.000000Z".into(),
            idempotency_key: "01936f2a-0000-7000-8000-0000000000fa".into(),
        }],
        idempotency_key: "01936f2a-0000-7000-8000-0000000000f6".into(),
        ..NotificationsPage::default()
    }
}

pub(super) fn notifications_empty() -> NotificationsPage {
    NotificationsPage {
        shell: shell("Notifications", None),
        choices: vec![Chosen {
            kind: "hold",
            label: "A lot that you received or follow is on hold",
            told: true,
        }],
        idempotency_key: "01936f2a-0000-7000-8000-0000000000f7".into(),
        ..NotificationsPage::default()
    }
}
