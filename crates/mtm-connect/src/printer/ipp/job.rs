//! How a job is, by its attributes (RFC 8011, 5.3.7 to 5.3.18), and what that says of what was to be printed.

use mtm_core::print::Condition;

use super::super::Lost;
use super::standing::lacking;
use super::wire::Group;

/// What it is asked for.
pub(super) const WANTED: &[&str] = &[
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-state-message",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "job-printer-state-reasons",
    "time-at-processing",
];

const HELD: i32 = 4;
const STOPPED: i32 = 6;
const CANCELLED: i32 = 7;
const ABORTED: i32 = 8;
const COMPLETED: i32 = 9;

/// How a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not over. What it lacks, by its own account, where it lacks something.
    UnderWay(Option<Condition>),
    /// It is printed.
    Printed,
    /// Nothing of it is out, for this reason.
    NotPrinted(String),
    /// It is over, and nobody knows what is out.
    Lost(Lost),
}

/// Its number.
pub(super) fn number(group: Group<'_>) -> Option<i32> {
    group.number("job-id").filter(|id| *id > 0)
}

/// Whether it is the one of this name. What stands behind the name may have been cut off.
pub(super) fn is_called(group: Group<'_>, name: &str) -> bool {
    let own = name.split(' ').next().unwrap_or_default();
    group.text("job-name").is_some_and(|it| it.split(' ').next() == Some(own))
}

/// Whether it can be the one of this name: it says no name, or that one, or what was left of it when it was cut off.
pub(super) fn may_be_called(group: Group<'_>, name: &str) -> bool {
    let own = name.split(' ').next().unwrap_or_default();
    group.text("job-name").is_none_or(|it| {
        it.split(' ')
            .next()
            .is_some_and(|said| said == own || (it == said && own.starts_with(said)))
    })
}

/// How it is; nothing where it does not say so.
pub(super) fn standing(group: Group<'_>) -> Option<Standing> {
    let state = group.number("job-state")?;
    let reasons = group.words("job-state-reasons");
    let says = |word: &str| reasons.iter().any(|it| it == word);
    Some(match state {
        COMPLETED if says("job-completed-with-errors") => Standing::Lost(Lost::WithErrors),
        COMPLETED if says("queued-in-device") => Standing::Lost(Lost::HandedOn),
        COMPLETED => Standing::Printed,
        CANCELLED | ABORTED => ended(group, state, &reasons),
        3..=STOPPED => {
            let said = lacking(&group.words("job-printer-state-reasons"), true);
            let by_state = match state {
                HELD => Some(Condition::JobHeld),
                STOPPED => Some(Condition::Stopped),
                _ => None,
            };
            Standing::UnderWay(said.or(by_state))
        }
        _ => return None,
    })
}

/// What is out of a job that ended otherwise than by being printed. That nothing is, is certain where it never began;
/// how many pages it counts is not: many count none, whatever came out.
fn ended(group: Group<'_>, state: i32, reasons: &[String]) -> Standing {
    if group.is_empty("time-at-processing") {
        let what = if state == CANCELLED {
            "it was cancelled at the printer before it began with it"
        } else {
            "the printer gave it up before it began with it"
        };
        return Standing::NotPrinted(because(what, group, reasons));
    }
    let counts = ["job-impressions-completed", "job-media-sheets-completed"];
    let counted = counts.into_iter().filter_map(|name| group.number(name)).max();
    let counted = counted.and_then(|pages| u32::try_from(pages).ok()).filter(|pages| *pages > 0);
    Standing::Lost(if state == CANCELLED {
        Lost::Cancelled(counted)
    } else {
        Lost::Aborted(counted)
    })
}

fn because(what: &str, group: Group<'_>, reasons: &[String]) -> String {
    let words: Vec<&str> = reasons.iter().map(String::as_str).filter(|it| *it != "none").collect();
    match (group.text("job-state-message"), words.is_empty()) {
        (Some(message), _) => format!("{what}: {message}"),
        (None, false) => format!("{what}: {}", words.join(", ")),
        (None, true) => what.to_owned(),
    }
}
