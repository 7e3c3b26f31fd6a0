//! Sign-in, setup, quick buttons, errors.

use super::{floor, outside, shell};
use crate::ui::{
    components::{
        field::Entry,
        state::{Message, Tone},
    },
    page::{
        error::ErrorPage,
        quick_buttons::{QuickButtonsPage, Slot},
        setup::SetupPage,
        sign_in::{DemoUser, SignInPage},
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
