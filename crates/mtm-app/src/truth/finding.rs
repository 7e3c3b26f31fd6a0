//! What a look at an invariant gives.

use mtm_store::integrity::FirstBad;
use serde::{Deserialize, Serialize};

use super::light::Light;

/// What breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OffendingKey {
    /// What kind of thing: `lot`, `movement`, `audit_entry`, `webhook`, `path`, …
    pub kind: String,
    /// Which one.
    pub key: String,
}

impl OffendingKey {
    /// The `kind` named `key`.
    pub fn new(kind: &str, key: impl std::fmt::Display) -> Self {
        Self { kind: kind.to_owned(), key: format!("{key}") }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How the invariant is.
    pub light: Light,
    /// What was found, in a sentence.
    pub message: String,
    /// What breaks it.
    pub keys: Vec<OffendingKey>,
    /// What a person can do about it.
    pub next_step: Option<String>,
}

impl Finding {
    /// It holds.
    pub fn green(message: impl Into<String>) -> Self {
        Self { light: Light::Green, message: message.into(), keys: Vec::new(), next_step: None }
    }

    /// It could not be found out.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self { light: Light::Unknown, ..Self::green(message) }
    }

    /// The question could not be asked. That the database is away is told by an invariant of its own.
    pub fn unasked(error: &dyn std::fmt::Display) -> Self {
        Self::unknown(format!("It could not be found out: {error}."))
    }

    /// It holds, and something should be done.
    pub fn yellow(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        let next_step = Some(next_step.into());
        Self { light: Light::Yellow, next_step, ..Self::green(message) }
    }

    /// It does not hold.
    pub fn red(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { light: Light::Red, ..Self::yellow(message, next_step) }
    }

    /// The same about `keys`.
    pub fn about(self, keys: Vec<OffendingKey>) -> Self {
        Self { keys, ..self }
    }

    /// The ledger is not what it was told.
    pub(super) fn of_ledger(bad: &FirstBad) -> Self {
        let mut keys = Vec::new();
        let mut name = |kind, key: Option<String>| {
            keys.extend(key.map(|key| OffendingKey::new(kind, key)));
        };
        name("lot", bad.lot.as_ref().map(ToString::to_string));
        name("movement", bad.movement_id.map(|id| id.to_string()));
        name("sequence", bad.sequence.map(|sequence| sequence.to_string()));
        name("audit_entry", bad.audit_sequence.map(|sequence| sequence.to_string()));
        Self::red(
            sentence(&bad.message),
            "Keep a copy of the database as it is, look who had access to it, run `mtm verify`, and \
             compare with a backup before anything is put right.",
        )
        .about(keys)
    }
}

/// A message as sentences have it.
fn sentence(text: &str) -> String {
    let mut words = text.chars();
    let first: String = words.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{stop}", words.as_str())
}
