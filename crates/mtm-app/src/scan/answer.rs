//! What is answered about a scan.

use serde::Serialize;

/// One thing that the code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanCandidate {
    /// What it is.
    pub kind: &'static str,
    /// The word, as bookings take it.
    pub value: String,
    /// What tells it apart: a part's description, a location's building, a lot's part.
    pub detail: Option<String>,
    /// The identifier that says so on the label (`P`, `01`), where one does.
    pub identifier: Option<String>,
}

/// A field of a label, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanField {
    /// Its identifier: an application identifier of GS1, a data identifier, a name.
    pub identifier: String,
    /// What it is, in words; empty where this program does not know.
    pub meaning: String,
    /// Its text; a measure with its decimals and its unit.
    pub value: String,
    /// What it names here, where it names something.
    pub kind: Option<&'static str>,
    /// The day it says (`2026-03-19`), or the month (`2026-03`), where it is a date.
    pub date: Option<String>,
}

/// What somebody should know about a scan that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanWarning {
    /// Stable name: `codes_disagree`, `other_unit`, `unusable`, `not_here`, `ambiguous`, `incomplete`,
    /// `not_strict`.
    pub code: &'static str,
    /// What it is about, where it is about something of ours.
    pub kind: Option<&'static str>,
    /// The identifier on the label, where it is about one.
    pub identifier: Option<String>,
    /// What is the matter, and what to do.
    pub message: String,
}

/// What a scan is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanAnswer {
    /// The likeliest kind, `label` for what says several things at once, or `unknown`: nothing of that
    /// text exists.
    pub kind: &'static str,
    /// Its word, where known. A label has `words`.
    pub value: Option<String>,
    /// The content of the symbol without what scanners add.
    pub text: String,
    /// Everything of that text that exists, likeliest first; more than one is for a person to
    /// choose from.
    pub candidates: Vec<ScanCandidate>,
    /// What a label says and exists here, at most one of a kind. All of them hold together.
    pub words: Vec<ScanCandidate>,
    /// Everything that a label says.
    pub fields: Vec<ScanField>,
    /// What a label is written in: `gs1`, `gs1_digital_link`, `iso_15434`, `part_serial_operation` or
    /// `site_pattern`.
    pub standard: Option<&'static str>,
    /// What somebody should know before this is used.
    pub warnings: Vec<ScanWarning>,
    /// Why it cannot be used, where it cannot.
    pub message: Option<String>,
}

impl ScanAnswer {
    /// Any of these, the first likeliest; nothing that exists here, where there is none.
    pub(super) fn any_of(text: String, candidates: Vec<ScanCandidate>) -> Self {
        let first = candidates.first();
        Self {
            kind: first.map_or("unknown", |it| it.kind),
            value: first.map(|it| it.value.clone()),
            text,
            candidates,
            words: Vec::new(),
            fields: Vec::new(),
            standard: None,
            warnings: Vec::new(),
            message: None,
        }
    }

    /// Nothing that exists here.
    pub(super) fn unknown(text: String, message: String) -> Self {
        Self { message: Some(message), ..Self::any_of(text, Vec::new()) }
    }
}
