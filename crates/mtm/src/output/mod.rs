//! What people and machines see: answers on standard output, everything else on standard error.
//!
//! With `--json` an answer is one JSON value and nothing else. A reader that goes away in the
//! middle (`mtm history | head`) is no failure.

mod progress;
mod table;

use std::io::{self, IsTerminal, Write};

use mtm_core::word::Timestamp;
use serde::Serialize;

pub(crate) use progress::Progress;
pub(crate) use table::{Column, Table};

use crate::failure::{Failure, Outcome};

/// Where a command writes to.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of two streams")]
pub(crate) struct Console {
    json: bool,
    quiet: bool,
    color: bool,
    error_color: bool,
    error_terminal: bool,
}

impl Console {
    /// The console as the options and the terminals ask for it.
    pub(crate) fn new(json: bool, quiet: bool, no_color: bool) -> Self {
        let allowed =
            !no_color && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let error_terminal = io::stderr().is_terminal();
        Self {
            json,
            quiet,
            color: allowed && !json && io::stdout().is_terminal(),
            error_color: allowed && error_terminal,
            error_terminal,
        }
    }

    /// Whether answers are JSON.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Gives the answer: `value` to machines, `human` to people.
    pub(crate) fn answer<T: Serialize>(self, value: &T, human: impl FnOnce() -> String) -> Outcome {
        if self.json {
            let text = serde_json::to_string_pretty(value)
                .map_err(|error| Failure::new("internal", 1, error.to_string()))?;
            return self.write(&text);
        }
        self.write(human().trim_end_matches('\n'))
    }

    /// A table as it fits this console.
    pub(crate) fn table(self, table: &Table) -> String {
        table.render(self.color)
    }

    /// Writes lines to standard output as they are.
    #[expect(clippy::unused_self, reason = "where to write is the console's to know")]
    pub(crate) fn write(self, text: &str) -> Outcome {
        let mut out = io::stdout().lock();
        written(writeln!(out, "{text}").and_then(|()| out.flush()))
    }

    /// Tells people something that is not the answer.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            // Standard error is gone only when nobody reads it.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Warns people; quiet does not silence it.
    pub(crate) fn warn(self, text: &str) {
        let label = paint(self.error_color, "33;1", "warning:");
        let _ = writeln!(io::stderr(), "{label} {text}");
    }

    /// Shows how far work has come, to people only. `total` is `None` where nobody knows it beforehand.
    pub(crate) fn progress(self, what: &'static str, total: Option<u64>) -> Progress {
        Progress::start(what, total, self.error_terminal, self.quiet || self.json)
    }

    /// Tells why a command did not do what it was asked to.
    pub(crate) fn fail(self, failure: &Failure) {
        let mut err = io::stderr().lock();
        if self.json {
            let text = serde_json::json!({ "error": failure });
            let _ = writeln!(err, "{text:#}");
            return;
        }
        let _ = write!(err, "{}", explain(failure, self.error_color));
    }
}

/// A moment for people: to the second, in this computer's zone.
pub(crate) fn moment(at: Timestamp) -> String {
    match at.civil() {
        Some(civil) => {
            civil.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        None => at.to_string(),
    }
}

/// "What, why, next step", as people read it.
fn explain(failure: &Failure, color: bool) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let mut line = |style: &str, label: &str, words: &str| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{} {words}", paint(color, style, label));
    };
    line("31;1", "error:", &failure.message);
    for wrong in failure.errors.iter().filter(|wrong| *wrong.message != *failure.message) {
        line("1", "      ", &format!("{}: {}", wrong.field, wrong.message));
    }
    if let Some(why) = &failure.why {
        line("1", "why:  ", &format!("{why} ({})", failure.code));
    }
    for detail in details(&failure.details) {
        line("1", "      ", &detail);
    }
    if let Some(next) = &failure.next_step {
        line("1", "next: ", next);
    }
    text
}

/// Candidates, stock and later movements, a line each.
fn details(details: &serde_json::Value) -> Vec<String> {
    let Some(object) = details.as_object() else { return Vec::new() };
    let rows = object.values().filter_map(serde_json::Value::as_array).flatten();
    rows.filter_map(serde_json::Value::as_object)
        .map(|row| {
            let cells = row.iter().map(|(name, value)| match value.as_str() {
                Some(text) => format!("{name} {text}"),
                None => format!("{name} {value}"),
            });
            cells.collect::<Vec<_>>().join(", ")
        })
        .collect()
}

/// A reader that goes away has seen enough.
fn written(result: io::Result<()>) -> Outcome {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("failed to write the answer: {error}");
            Err(Failure::new("output_failed", 1, message))
        }
        _ => Ok(()),
    }
}

fn paint(color: bool, style: &str, text: &str) -> String {
    if color { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mtm_core::code::Code;

    #[test]
    fn a_failure_says_what_why_and_what_next() {
        let failure = Failure {
            details: Box::new(
                serde_json::json!({ "available": [{ "lot": "0000000001", "quantity": 30 }] }),
            ),
            ..Failure::of(Code::InsufficientStock, "31 wanted, 30 there")
        };
        assert_eq!(
            explain(&failure, false),
            "error: 31 wanted, 30 there\n\
             why:   There are fewer pieces than that. (insufficient_stock)\n\
             \u{20}      lot 0000000001, quantity 30\n\
             next:  Look at what stands there now, then take at most that, or count.\n"
        );
    }

    #[test]
    fn colour_appears_only_when_asked_for() {
        let failure = Failure::usage("x");
        assert!(!explain(&failure, false).contains('\u{1b}'));
        assert!(explain(&failure, true).contains("\u{1b}[31;1merror:\u{1b}[0m x"));
    }
}
