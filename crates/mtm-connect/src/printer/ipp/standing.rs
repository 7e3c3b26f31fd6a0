//! How a printer of documents is, by its attributes (RFC 8011, 5.4.11 to 5.4.13 and 5.4.22).

use mtm_core::print::Condition;

use super::wire::Group;

/// What it is asked for.
pub(super) const WANTED: &[&str] = &[
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "print-scaling-supported",
];

/// What is printed.
pub(super) const FORMAT: &str = "application/pdf";

const IDLE: i32 = 3;
const PROCESSING: i32 = 4;
const STOPPED: i32 = 5;

/// What somebody has to see to, the most telling first, by the words that printers have for it. A word of the list stands for
/// those that go on behind it as well, such as `cover-open` for `cover-open-error`.
const REASONS: &[(&str, Condition)] = &[
    ("media-jam", Condition::MediaJam),
    ("cover-open", Condition::CoverOpen),
    ("door-open", Condition::CoverOpen),
    ("interlock-open", Condition::CoverOpen),
    ("media-empty", Condition::PaperOut),
    ("media-needed", Condition::PaperOut),
    ("input-tray-missing", Condition::TrayMissing),
    ("output-tray-missing", Condition::TrayMissing),
    ("toner-empty", Condition::TonerOut),
    ("marker-supply-empty", Condition::TonerOut),
    ("marker-supply-missing", Condition::TonerOut),
    ("developer-empty", Condition::TonerOut),
    ("opc-life-over", Condition::TonerOut),
    ("marker-waste-full", Condition::OutputFull),
    ("output-area-full", Condition::OutputFull),
    ("fuser-over-temp", Condition::Temperature),
    ("fuser-under-temp", Condition::Temperature),
    ("offline", Condition::Offline),
    ("shutdown", Condition::Offline),
    ("timed-out", Condition::Offline),
    ("connecting-to-device", Condition::Offline),
    ("cups-missing-filter", Condition::NoPdf),
    ("cups-insecure-filter", Condition::NoPdf),
    ("spool-area-full", Condition::Rejecting),
    ("hold-new-jobs", Condition::Paused),
    ("moving-to-paused", Condition::Paused),
    ("paused", Condition::Paused),
];

/// How a printer is, and how it prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// How it is.
    pub(super) condition: Condition,
    /// Whether it can leave the size of a page alone.
    pub(super) keeps_size: bool,
}

impl Standing {
    /// How it is for something that is about to be sent to it. One that prints for somebody else has a queue.
    pub(super) fn of(group: Option<Group<'_>>) -> Self {
        let Some(group) = group else {
            return Self { condition: Condition::NotUnderstood, keeps_size: false };
        };
        let keeps_size = group.words("print-scaling-supported").iter().any(|it| it == "none");
        Self { condition: before(group), keeps_size }
    }
}

fn before(group: Group<'_>) -> Condition {
    let said = (group.number("printer-state"), group.flag("printer-is-accepting-jobs"));
    let (Some(state @ (IDLE | PROCESSING | STOPPED)), Some(is_accepting)) = said else {
        return Condition::NotUnderstood;
    };
    // What only warns, or only reports, is in nobody's way, unless it is why the printer stands.
    if let Some(lacking) = lacking(&group.words("printer-state-reasons"), state == STOPPED) {
        return lacking;
    }
    let formats = group.words("document-format-supported");
    if state == STOPPED {
        Condition::Stopped
    } else if !is_accepting {
        Condition::Rejecting
    } else if formats.iter().any(|it| it.eq_ignore_ascii_case(FORMAT)) {
        Condition::Ready
    } else {
        Condition::NoPdf
    }
}

/// How it is for whoever waits for what it has: whatever it says is worth telling.
pub(super) fn meanwhile(group: Option<Group<'_>>) -> Option<Condition> {
    let group = group?;
    let state = group.number("printer-state")?;
    let reasons = group.words("printer-state-reasons");
    let by_state = if state == STOPPED { Condition::Stopped } else { Condition::Ready };
    Some(lacking(&reasons, true).unwrap_or(by_state))
}

/// The first of what it lacks. `all`: also what it says by way of warning or report.
pub(super) fn lacking(reasons: &[String], all: bool) -> Option<Condition> {
    let says = |reason: &str, word: &str| match reason.strip_prefix(word) {
        Some("" | "-error") => true,
        Some("-warning" | "-report") => all,
        _ => false,
    };
    let known = REASONS.iter().find(|(word, _)| reasons.iter().any(|reason| says(reason, word)));
    known.map(|(_, condition)| *condition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn what_somebody_has_to_see_to_comes_before_what_follows_from_it() {
        for (reasons, condition) in [
            (&["none"][..], None),
            (&["media-empty"], Some(Condition::PaperOut)),
            (&["paused", "media-empty-error"], Some(Condition::PaperOut)),
            (&["paused", "cover-open-error", "media-jam-error"], Some(Condition::MediaJam)),
            (&["marker-supply-empty-error"], Some(Condition::TonerOut)),
            (&["paused"], Some(Condition::Paused)),
            // Something is low, and nothing is missing.
            (&["media-low", "toner-low-warning", "marker-supply-low-report"], None),
            (&["com.example-odd-error", "media-emptying"], None),
        ] {
            assert_eq!(lacking(&words(reasons), false), condition, "{reasons:?}");
        }
    }

    /// One of several trays is empty: it prints from another one.
    #[test]
    fn a_warning_stops_nothing_and_is_told_while_something_waits() {
        let reasons = words(&["media-empty-warning"]);
        assert_eq!(lacking(&reasons, false), None);
        assert_eq!(lacking(&reasons, true), Some(Condition::PaperOut));
        assert_eq!(lacking(&words(&["offline-report"]), true), Some(Condition::Offline));
    }
}
