//! Placing and releasing holds.

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{HoldSubject, PlaceHold, ReleaseHold};
use mtm_core::word::HoldId;
use serde::{Deserialize, Serialize};

use super::{Fields, reason};
use crate::error::FieldError;

/// Material is blocked: exactly one of `lot`, `part` and `location`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldBody {
    /// One lot.
    #[serde(default)]
    pub lot: Option<String>,
    /// Every lot of a part.
    #[serde(default)]
    pub part: Option<String>,
    /// Everything at a location.
    #[serde(default)]
    pub location: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
}

impl HoldBody {
    /// The action asked for.
    pub fn parse(&self) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let mut subjects: Vec<HoldSubject> = Vec::new();
        subjects.extend(fields.optional("lot", self.lot.as_deref()).map(HoldSubject::Lot));
        subjects.extend(fields.optional("part", self.part.as_deref()).map(HoldSubject::Part));
        subjects.extend(
            fields.optional("location", self.location.as_deref()).map(HoldSubject::Location),
        );
        if subjects.len() != 1 {
            fields.wrong("lot", Code::InvalidBody, "name one of lot, part, location");
        }
        let reason = reason(&mut fields, "reason", self.reason.as_deref());
        let notes = fields.optional("notes", self.notes.as_deref());
        let action = subjects.pop().zip(reason);
        fields.finish(
            action.map(|(subject, reason)| Action::PlaceHold(PlaceHold { subject, reason, notes })),
        )
    }
}

/// A hold ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseBody {
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
}

impl ReleaseBody {
    /// The action asked for.
    pub fn parse(&self, hold: HoldId) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let notes = fields.optional("notes", self.notes.as_deref());
        fields.finish(Some(Action::ReleaseHold(ReleaseHold { hold, notes })))
    }
}
