//! What is wrong with a mapping file, and why a fact is not mapped by one that is right.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with a mapping file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MappingFault {
    /// The line, from 1.
    pub line: usize,
    /// The member, by the way to it: `postings.receipt.path`.
    pub at: String,
    /// What is wrong with it.
    pub what: String,
    /// What would be right.
    pub next_step: String,
}

impl fmt::Display for MappingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at, what, next_step } = self;
        if at.is_empty() {
            write!(f, "line {line}: {what}. {next_step}")
        } else {
            write!(f, "line {line}, {at}: {what}. {next_step}")
        }
    }
}

/// Why no posting can be made of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {why}")]
pub struct NotMapped {
    /// A stable name.
    pub code: &'static str,
    /// The member of the fact that it is about.
    pub field: String,
    /// What is in the way.
    pub why: String,
    /// What to do about it.
    pub next_step: String,
}

impl NotMapped {
    /// The fact has no such member, and the mapping wants it.
    pub(super) fn missing(field: &str) -> Self {
        let next_step = match field.rsplit('.').next() {
            Some("warehouse" | "place") => {
                "Say which place of the other system our location is, then try again.".to_owned()
            }
            _ => format!("Write {{{field}?}} in the mapping if it may be left out."),
        };
        let why = "the movement has none".to_owned();
        Self { code: "value_missing", field: field.to_owned(), why, next_step }
    }

    /// A table of the mapping does not list what the fact says.
    pub(super) fn not_listed(field: &str, table: &str, value: &str) -> Self {
        Self {
            code: "value_not_listed",
            field: field.to_owned(),
            why: format!("{value} is not in [{table}] of the mapping"),
            next_step: format!("Add it to [{table}], or say there what holds for the others."),
        }
    }

    /// A value cannot be written where it is to stand.
    pub(super) fn unfit(field: &str, why: impl Into<String>, next: impl Into<String>) -> Self {
        let (field, why) = (field.to_owned(), why.into());
        Self { code: "value_unfit", field, why, next_step: next.into() }
    }
}
