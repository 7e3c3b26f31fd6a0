//! Machines of a made-up plant.

use super::shell;
use crate::ui::{
    components::{field::Entry, past::Past, state::Tone},
    page::{
        machines::counter::{CounterFields, CounterPage},
        machines::machine::{CounterLine, MachinePage, TagLine},
        machines::proposal::ProposalPage,
        machines::{MachineHead, MachinesPage, ProposalLine},
    },
};

/// A press that is heard, and a line that is not.
pub(super) fn machines() -> MachinesPage {
    let machine = |name: &str, protocol: &str, tone, state: &str| MachineHead {
        name: name.into(),
        protocol: protocol.into(),
        tone,
        state: state.into(),
        since: "2026-11-19T06:00:00Z".into(),
        seen_at: "2026-11-19T08:44:00Z".into(),
        address: "http://10.1.2.3:5000/".into(),
        counters: 1,
        ..MachineHead::default()
    };
    let line = ProposalLine {
        id: 7,
        machine: "press7".into(),
        part: "11058-1779".into(),
        operation: "19".into(),
        location: "R-E4-18".into(),
        books: "receipt",
        pieces: 483,
        state: "being counted",
        first_at: "2026-11-19T06:01:00Z".into(),
        last_at: "2026-11-19T08:44:00Z".into(),
        ..ProposalLine::default()
    };
    let question = ProposalLine {
        id: 8,
        pieces: 3,
        most: Some(61),
        state: "to be answered",
        why: "The counter began again; what it had counted just before is not known.".into(),
        ..line.clone()
    };
    MachinesPage {
        shell: shell("Machines", None),
        machines: vec![
            MachineHead {
                open: 2,
                questions: 1,
                ..machine("press7", "MTConnect", Tone::Note, "It is heard.")
            },
            machine(
                "line1",
                "Sparkplug B",
                Tone::Warn,
                "It is not heard. The broker refuses the connection.",
            ),
        ],
        proposals: vec![question, line],
        ..MachinesPage::default()
    }
}

/// No machine at all.
pub(super) fn machines_empty() -> MachinesPage {
    MachinesPage { shell: shell("Machines", None), ..MachinesPage::default() }
}

fn fields() -> CounterFields {
    CounterFields {
        tag: Entry::holding("pc"),
        books: Entry::holding("receive"),
        part: Entry::holding("11058-1779"),
        operation: Entry::holding("19"),
        location: Entry::holding("R-E4-18"),
        reasons: vec![("damaged".into(), "damaged".into())],
        pieces: Entry::holding("1"),
        per_hour: Entry::holding("3600").refused("per_hour is between 1 and 100000000"),
        resets: Entry::holding("yes"),
        told_within: Entry::holding("60"),
        container: Entry::holding("500"),
        by_rule: Entry::holding("yes"),
        ..CounterFields::default()
    }
}

/// A machine of which one tag is counted and one is not.
pub(super) fn machine() -> MachinePage {
    let tag = |name: &str, words: &str, is_counted| TagLine {
        name: name.into(),
        words: words.into(),
        value: "1427".into(),
        is_counted,
    };
    MachinePage {
        shell: shell("press7", None),
        name: "press7".into(),
        protocol: "MTConnect".into(),
        state: "It is heard.".into(),
        counters: vec![CounterLine {
            id: 1,
            tag: "pc".into(),
            books: "receipt",
            part: "11058-1779".into(),
            operation: "19".into(),
            location: "R-E4-18".into(),
            value: "1427".into(),
            value_at: "2026-11-19T08:44:00Z".into(),
            confirms: "itself, every 500".into(),
        }],
        tags: vec![tag("pc", "PartCountAct", true), tag("pc2", "PartCountAct2", false)],
        may_edit: true,
        fields: fields(),
        idempotency_key: "0197-example".into(),
        ..MachinePage::default()
    }
}

/// A counter whose machine is not heard.
pub(super) fn counter() -> CounterPage {
    CounterPage {
        shell: shell("pc", None),
        id: 1,
        version: 2,
        machine: "press7".into(),
        tag: "pc".into(),
        value: "1427".into(),
        value_at: "2026-11-19T08:44:00Z".into(),
        is_broken: true,
        fields: fields(),
        may_edit: true,
        history: vec![Past {
            what: "added".into(),
            at: "2026-11-19T06:00:00Z".into(),
            by: "anna".into(),
            note: "pc: receive 11058-1779 at 19, R-E4-18".into(),
        }],
        idempotency_key: "0197-example".into(),
        ..CounterPage::default()
    }
}

/// A question.
pub(super) fn proposal() -> ProposalPage {
    ProposalPage {
        shell: shell("Counted by press7", None),
        id: 8,
        version: 1,
        machine: "press7".into(),
        tag: "pc".into(),
        counter: 1,
        part: "11058-1779".into(),
        operation: "19".into(),
        location: "R-E4-18".into(),
        books: "receipt",
        counted: 3,
        most: Some(61),
        state: "to be answered",
        meaning: "The machine cannot say how many pieces these are.",
        doubt: "The counter began again; what it had counted just before is not known.".into(),
        from_value: "1427".into(),
        to_value: "3".into(),
        first_at: "2026-11-19T08:44:00Z".into(),
        last_at: "2026-11-19T08:44:00Z".into(),
        may_decide: true,
        idempotency_key: "0197-example".into(),
        ..ProposalPage::default()
    }
}

/// One that was booked.
pub(super) fn proposal_booked() -> ProposalPage {
    ProposalPage {
        counted: 500,
        most: None,
        state: "booked",
        meaning: "They are booked.",
        doubt: String::new(),
        confirmed: Some(498),
        may_decide: false,
        movement: "0197b3f0-0000-7000-8000-000000000001".into(),
        history: vec![Past {
            what: "confirmed".into(),
            at: "2026-11-19T08:45:00Z".into(),
            by: "dana".into(),
            note: "498 of 500: two test pieces".into(),
        }],
        ..proposal()
    }
}
