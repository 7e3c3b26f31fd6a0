//! What is sent about counts.

use std::fmt::Display;
use std::str::FromStr;

use mtm_core::code::Code;
use mtm_core::word::{Note, Quantity, Timestamp};
use mtm_store::record::{CountEntry, CountFilter, CountSpot, CountTarget};
use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// A count to plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanBody {
    /// What people call it.
    pub name: String,
    /// What it covers: a line is frozen for every bucket that stands there now.
    pub filter: CountFilter,
    /// So many pieces off, a first count is believed.
    #[serde(default)]
    pub tolerance_pieces: i64,
    /// So many hundredths of what is expected off, a first count is believed. Either bound is enough.
    #[serde(default)]
    pub tolerance_percent: u8,
    /// Whether somebody else must count again what is further off. They do unless told otherwise.
    #[serde(default = "yes")]
    pub other_person: bool,
}

const fn yes() -> bool {
    true
}

/// What somebody counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntriesBody {
    /// One for each line, at most 500; all are entered, or none.
    pub entries: Vec<EntryBody>,
}

/// What was counted of one line, or of a bucket that is not on the list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryBody {
    /// The line. Without it part, operation and location are needed.
    #[serde(default)]
    pub line: Option<u32>,
    /// Part number.
    #[serde(default)]
    pub part: Option<String>,
    /// Operation.
    #[serde(default)]
    pub operation: Option<String>,
    /// Location.
    #[serde(default)]
    pub location: Option<String>,
    /// The lot; none where nobody knows it: such material becomes a lot of its own.
    #[serde(default)]
    pub lot: Option<String>,
    /// Whole pieces that were there.
    pub counted: i64,
    /// When they were counted; now where it is left out. Movements since are no difference.
    #[serde(default)]
    pub counted_at: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
}

/// Lines to be counted again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecountBody {
    /// Their numbers, at most 500.
    pub lines: Vec<u32>,
}

/// How to post.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostBody {
    /// Say what would be booked; book nothing.
    pub preview: bool,
    /// Close the count although lines were not counted: they are left as they are.
    pub leave_uncounted: bool,
    /// Codes of refusals that were seen and are insisted on: `on_hold`, `implausible_quantity`.
    pub confirm: Vec<String>,
}

impl EntriesBody {
    /// The entries, or everything that is wrong with them.
    pub(super) fn parse(&self) -> Result<Vec<CountEntry>, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut entries = Vec::with_capacity(self.entries.len());
        for (index, entry) in self.entries.iter().enumerate() {
            match entry.parse() {
                Ok(entry) => entries.push(entry),
                Err(wrong) => errors.extend(wrong.into_iter().map(|error| FieldError {
                    field: format!("entries[{index}].{}", error.field),
                    ..error
                })),
            }
        }
        if errors.is_empty() { Ok(entries) } else { Err(errors) }
    }
}

impl EntryBody {
    fn parse(&self) -> Result<CountEntry, Vec<FieldError>> {
        let mut errors = Vec::new();
        let target = self.target(&mut errors);
        let counted = match Quantity::pieces(self.counted) {
            Ok(counted) => Some(counted),
            Err(error) => {
                errors.push(FieldError::new(
                    "counted",
                    Code::QuantityOutOfRange,
                    error.to_string(),
                ));
                None
            }
        };
        let counted_at = match self.counted_at.as_deref().filter(|it| !it.trim().is_empty()) {
            Some(text) => Timestamp::parse(text)
                .map_err(|error| {
                    errors.push(FieldError::new(
                        "counted_at",
                        Code::InvalidBody,
                        error.to_string(),
                    ));
                })
                .ok(),
            None => None,
        };
        let notes = optional::<Note>(&mut errors, "notes", self.notes.as_deref());
        match (target, counted) {
            (Some(target), Some(counted)) if errors.is_empty() => {
                Ok(CountEntry { target, counted, counted_at, notes })
            }
            _ => Err(errors),
        }
    }

    fn target(&self, errors: &mut Vec<FieldError>) -> Option<CountTarget> {
        if let Some(line) = self.line {
            let also = [
                ("part", &self.part),
                ("operation", &self.operation),
                ("location", &self.location),
                ("lot", &self.lot),
            ];
            for (field, _) in also.into_iter().filter(|(_, text)| text.is_some()) {
                let message = format!("{field} means nothing beside the number of a line");
                errors.push(FieldError::new(field, Code::InvalidBody, message));
            }
            return Some(CountTarget::Line(line));
        }
        let part = required(errors, "part", self.part.as_deref());
        let operation = required(errors, "operation", self.operation.as_deref());
        let location = required(errors, "location", self.location.as_deref());
        let lot = optional(errors, "lot", self.lot.as_deref());
        Some(CountTarget::Spot(CountSpot {
            part: part?,
            operation: operation?,
            location: location?,
            lot,
        }))
    }
}

fn optional<T>(errors: &mut Vec<FieldError>, field: &str, text: Option<&str>) -> Option<T>
where
    T: FromStr,
    T::Err: Display,
{
    let text = text.filter(|text| !text.trim().is_empty())?;
    text.parse()
        .map_err(|error: T::Err| {
            errors.push(FieldError::new(field, Code::InvalidBody, error.to_string()));
        })
        .ok()
}

fn required<T>(errors: &mut Vec<FieldError>, field: &str, text: Option<&str>) -> Option<T>
where
    T: FromStr,
    T::Err: Display,
{
    if text.is_none_or(|text| text.trim().is_empty()) {
        let message = format!("{field} is needed for what is not on the list");
        errors.push(FieldError::new(field, Code::InvalidBody, message));
        return None;
    }
    optional(errors, field, text)
}
