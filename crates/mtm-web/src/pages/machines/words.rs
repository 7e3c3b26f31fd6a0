//! What machines counted, in words of the floor.

use mtm_app::machine::{Booking, ProposalKind, ProposalRow, ProposalState};

use super::super::frame::sentence;

/// What pieces are booked as.
pub(super) const fn books(booking: Booking) -> &'static str {
    match booking {
        Booking::Receive => "receipt",
        Booking::Complete => "operation completed",
        Booking::Scrap => "scrap",
    }
}

/// How a proposal stands.
pub(super) const fn state(row: &ProposalRow) -> &'static str {
    match row.state {
        ProposalState::Open if matches!(row.kind, ProposalKind::Question) => "to be answered",
        ProposalState::Open if row.full => "to be confirmed",
        ProposalState::Open => "being counted",
        ProposalState::Booking => "being booked",
        ProposalState::Booked => "booked",
        ProposalState::Dropped => "dropped",
    }
}

/// What that means, and what to do.
pub(super) const fn meaning(row: &ProposalRow) -> &'static str {
    match row.state {
        ProposalState::Open if matches!(row.kind, ProposalKind::Question) => {
            "The machine cannot say how many pieces these are. Look, and say how many there are; nothing is booked before."
        }
        ProposalState::Open if row.full && row.by_rule => {
            "They are booked in a moment, by the rule of their counter."
        }
        ProposalState::Open if row.full => {
            "The machine counted these pieces. They are stock when somebody says so."
        }
        ProposalState::Open => {
            "The machine is still counting. Whoever books now books what is counted so far; what comes later waits for itself."
        }
        ProposalState::Booking => "They were confirmed, and are booked in a moment.",
        ProposalState::Booked => "They are booked.",
        ProposalState::Dropped => "Somebody said that these are no pieces.",
    }
}

/// Why it is a question, or why it was not booked.
pub(super) fn why(row: &ProposalRow) -> String {
    let doubt = row.doubt.map(|doubt| sentence(doubt.words()));
    let cause = row.cause.as_deref().map(sentence);
    match row.state {
        ProposalState::Open => cause.or(doubt).unwrap_or_default(),
        _ => row.note.clone().unwrap_or_default(),
    }
}
