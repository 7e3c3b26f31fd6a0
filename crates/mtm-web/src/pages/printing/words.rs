//! Print jobs in words of the floor.

use mtm_app::printing::{Condition, JobState, PrintJob};

/// How a print job stands.
pub(in crate::pages) const fn state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "waits",
        JobState::Sending => "being printed",
        JobState::Printed => "printed",
        JobState::Failed => "not printed",
        JobState::Unknown => "look for it",
        JobState::Cancelled => "cancelled",
    }
}

/// What that means, and what to do.
pub(super) const fn meaning(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "It is sent as soon as the printer is ready.",
        JobState::Sending => "The printer has it. It is printed when the printer says so.",
        JobState::Printed => "The printer said so, or somebody saw it.",
        JobState::Failed => {
            "It was not printed, and is not tried again by itself. See to the printer, or send it to another one."
        }
        JobState::Unknown => {
            "It was sent, and the printer did not say what became of it. Look whether it came out: if it did, say so; if it did not, send it again. Then it says that it is a copy, in case it did."
        }
        JobState::Cancelled => "Somebody did not want it any more.",
    }
}

/// What the printer lacks, or what went wrong.
pub(super) fn why(job: &PrintJob) -> String {
    let lacking = job.lacking.map(Condition::words).map(str::to_owned);
    job.cause.clone().or(lacking).unwrap_or_default()
}

/// A field of a label, as a heading.
pub(super) fn field(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}
