//! Sign-in, setup, quick buttons, notifications, errors.

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
        notifications::{Chosen, Follows, NewsItem, NotificationsPage, Way},
        quick_buttons::{QuickButtonsPage, Slot},
        setup::SetupPage,
        sign_in::{DemoUser, ProviderLink, SignInPage},
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
