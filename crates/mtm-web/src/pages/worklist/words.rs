//! Postings in words of the floor and of an ERP clerk.

use mtm_app::sync::{Class, Mode, State};
use serde_json::Value;

/// What is to be posted.
pub(super) const fn class(class: Class) -> &'static str {
    match class {
        Class::Receipt => "Receipt",
        Class::Issue => "Issue",
        Class::Scrap => "Scrap",
        Class::AdjustUp => "Adjustment up",
        Class::AdjustDown => "Adjustment down",
        Class::Transfer => "Transfer",
        Class::Opening => "Opening stock",
    }
}

/// How a posting stands.
pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Shadow => "compared only",
        State::Todo => "to be posted",
        State::Told => "said to be posted",
        State::Waiting => "waits to be sent",
        State::Sending => "being sent",
        State::Unknown => "being looked up",
        State::Unsure => "unsure",
        State::Refused => "refused",
        State::Posted => "posted",
        State::Accepted => "accepted difference",
        State::Withdrawn => "withdrawn",
    }
}

/// What that means, and what to do.
pub(super) const fn meaning(state: State) -> &'static str {
    match state {
        State::Shadow => "It was made to be compared with what others post. It is not sent.",
        State::Todo => "Enter it in the other system, then say so here, with its document number.",
        State::Told => {
            "Somebody said that it was posted. It is settled when the other system's ledger shows it."
        }
        State::Waiting => "It is sent when it is its turn, by itself.",
        State::Sending => "It is on its way.",
        State::Unknown => {
            "It was sent, and no answer came. It is looked up there by itself before anything is sent again."
        }
        State::Unsure => {
            "It was sent, no answer came, and the other system cannot be asked. Look there: if it stands there, say so with its document number; if it does not, send it again."
        }
        State::Refused => {
            "The other system does not take it, and nothing was undone here. Correct what is in the way and send it again, post it by hand, or accept the difference."
        }
        State::Posted => "It is in the other system.",
        State::Accepted => "Somebody accepted that the books differ by it.",
        State::Withdrawn => {
            "The movement was undone before this was posted. Nothing is to be posted; whoever entered it all the same takes it back there."
        }
    }
}

/// How many stand so, as a figure's word.
pub(super) const fn figure(state: State) -> &'static str {
    match state {
        State::Todo => "To be posted",
        State::Refused => "Refused",
        State::Unsure => "Unsure",
        State::Told => "Said to be posted",
        State::Waiting | State::Sending | State::Unknown => "On the way",
        State::Posted => "Posted",
        State::Accepted => "Accepted differences",
        State::Withdrawn => "Withdrawn",
        State::Shadow => "Compared only",
    }
}

/// Who posts.
pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "Nobody is told: it stands still.",
        Mode::Shadow => "Postings are made to be compared, and never sent.",
        Mode::Worklist => "People post what is on this list.",
        Mode::Automatic => "This program posts.",
    }
}

/// One end of a movement: the other system's place where one was declared, else ours.
fn end(end: &Value) -> Option<String> {
    let text = |name: &str| end[name].as_str();
    match (text("warehouse"), text("place")) {
        (Some(warehouse), Some(place)) => Some(format!("{warehouse}/{place}")),
        _ => text("location").map(str::to_owned),
    }
}

/// From where to where.
pub(super) fn places(fact: &Value) -> String {
    match (end(&fact["from"]), end(&fact["to"])) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (None, None) => String::new(),
    }
}

/// What is to be entered there, as pairs of word and value.
pub(super) fn entries(fact: &Value) -> Vec<(&'static str, String)> {
    let text = |name: &str| fact[name].as_str().map(str::to_owned);
    let lines = [
        ("From", end(&fact["from"])),
        ("To", end(&fact["to"])),
        ("Unit", text("unit")),
        ("Lot", text("lot")),
        ("Work order", text("work_order")),
        ("Reason", text("reason")),
        ("Booked by", text("user")),
    ];
    lines.into_iter().filter_map(|(word, value)| Some((word, value?))).collect()
}
