//! Completing an operation.

use mtm_core::Action;
use mtm_core::command::{Complete, Pick, PickRule};
use mtm_core::word::LotNumber;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fields, PickBody};
use crate::error::FieldError;

/// An operation is finished.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompleteBody {
    /// Part number.
    pub part: Option<String>,
    /// The operation that was finished.
    pub operation: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// The lot, where several stand there.
    pub lot: Option<String>,
    /// How to choose among several lots; without it several are a refusal.
    pub pick: Option<PickBody>,
    /// Pieces that go on.
    pub good: Option<i64>,
    /// Pieces scrapped.
    pub scrap: Option<i64>,
    /// Pieces to be worked on again.
    pub rework: Option<i64>,
    /// The operation good pieces go to; the next of the part's routing where omitted.
    pub to_operation: Option<String>,
    /// The location good pieces go to. Where omitted: the routing's, if it chose the operation and
    /// names one, else the source's.
    pub to_location: Option<String>,
    /// The operation rework goes to; it stays where omitted.
    pub rework_operation: Option<String>,
    /// The location rework goes to; it stays where omitted.
    pub rework_location: Option<String>,
    /// Why pieces were scrapped.
    pub scrap_reason: Option<String>,
    /// Free text.
    pub notes: Option<String>,
    /// When it happened, where captured earlier; RFC 3339.
    pub occurred_at: Option<String>,
    /// Scan session it belongs to.
    pub session_id: Option<Uuid>,
    /// Confirmable refusals the caller insists on.
    #[serde(default)]
    pub confirm: Vec<String>,
}

impl CompleteBody {
    /// The action asked for.
    pub fn parse(&self) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let lot = fields.optional::<LotNumber>("lot", self.lot.as_deref());
        let mut named = |field: &str, text: Option<&str>| match &lot {
            Some(_) => text.map(str::to_owned),
            None => fields.required::<String>(field, text),
        };
        let (part, operation, location) = (
            named("part", self.part.as_deref()),
            named("operation", self.operation.as_deref()),
            named("location", self.location.as_deref()),
        );
        let pick = Pick {
            part: fields.optional("part", part.as_deref()),
            operation: fields.optional("operation", operation.as_deref()),
            location: fields.optional("location", location.as_deref()),
            lot,
            rule: if self.pick.is_some() { PickRule::Fifo } else { PickRule::Exact },
        };
        let good = fields.required_quantity("good", self.good);
        let scrap = fields.quantity("scrap", Some(self.scrap.unwrap_or(0)));
        let rework = fields.quantity("rework", Some(self.rework.unwrap_or(0)));
        let to_operation = fields.optional("to_operation", self.to_operation.as_deref());
        let to_location = fields.optional("to_location", self.to_location.as_deref());
        let rework_operation =
            fields.optional("rework_operation", self.rework_operation.as_deref());
        let rework_location = fields.optional("rework_location", self.rework_location.as_deref());
        let scrap_reason = fields.optional("scrap_reason", self.scrap_reason.as_deref());
        let notes = fields.optional("notes", self.notes.as_deref());
        let action = (|| {
            Some(Action::Complete(Complete {
                pick,
                good: good?,
                scrap: scrap?,
                rework: rework?,
                to_operation,
                to_location,
                rework_operation,
                rework_location,
                scrap_reason,
                notes,
            }))
        })();
        fields.finish(action)
    }
}
