//! How a proof ended, and what shows it.

use std::fmt;

/// It holds, or it failed and why; and what of the output belongs into the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    failure: Option<String>,
    /// What was shown, a line each.
    pub(crate) lines: Vec<String>,
    /// Output as it was: a report, or the end of what a failed run said.
    pub(crate) verbatim: Vec<String>,
}

impl Verdict {
    /// It holds; the lines show it.
    pub(crate) fn passed(lines: Vec<String>) -> Self {
        Self { failure: None, lines, verbatim: Vec::new() }
    }

    /// It does not hold, or that it holds was not shown.
    pub(crate) fn failed(why: impl Into<String>, lines: Vec<String>) -> Self {
        Self { failure: Some(why.into()), lines, verbatim: Vec::new() }
    }

    /// With output as it was.
    pub(crate) fn with(self, verbatim: Vec<String>) -> Self {
        Self { verbatim, ..self }
    }

    /// The same, failed for another reason.
    pub(crate) fn but(self, why: String) -> Self {
        Self { failure: Some(why), ..self }
    }

    /// Whether it holds.
    pub(crate) fn holds(&self) -> bool {
        self.failure.is_none()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            None => f.write_str("passed"),
            Some(why) => write!(f, "FAILED: {why}"),
        }
    }
}
