//! Splitting and merging lots, and changing what one carries.

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{ChangeLot, LotChanges, Merge, Patch, Pick, PickRule, Split};
use mtm_core::word::LotNumber;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::Fields;
use crate::error::FieldError;

/// Part of a lot becomes a lot of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SplitBody {
    /// Pieces of the new lot.
    pub quantity: Option<i64>,
    /// Where, when the lot stands in several places.
    #[serde(default)]
    pub operation: Option<String>,
    /// Where, when the lot stands in several places.
    #[serde(default)]
    pub location: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
    /// Confirmable refusals the caller insists on.
    #[serde(default)]
    pub confirm: Vec<String>,
}

impl SplitBody {
    /// The action asked for.
    pub fn parse(&self, lot: LotNumber) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let pick = Pick {
            lot: Some(lot),
            part: None,
            operation: fields.optional("operation", self.operation.as_deref()),
            location: fields.optional("location", self.location.as_deref()),
            rule: PickRule::Exact,
        };
        let quantity = fields.required_quantity("quantity", self.quantity);
        let notes = fields.optional("notes", self.notes.as_deref());
        fields.finish(quantity.map(|quantity| Action::Split(Split { pick, quantity, notes })))
    }
}

/// Whole lots become part of another one, where they stand.
///
/// A merge takes all that a lot has in that place. Of part of a lot: split it, and merge what was
/// split off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergeBody {
    /// The lots that become part of the other, 1 to 100.
    #[serde(default)]
    pub lots: Vec<String>,
    /// The lot that they become part of; it keeps its number and what it carries.
    #[serde(default)]
    pub into: Option<String>,
    /// Where, when a lot stands in several places.
    #[serde(default)]
    pub operation: Option<String>,
    /// Where, when a lot stands in several places.
    #[serde(default)]
    pub location: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
    /// When it happened, where captured earlier; RFC 3339.
    #[serde(default)]
    pub occurred_at: Option<String>,
    /// Scan session it belongs to.
    #[serde(default)]
    pub session_id: Option<Uuid>,
    /// Confirmable refusals the caller insists on.
    #[serde(default)]
    pub confirm: Vec<String>,
}

impl MergeBody {
    /// The action asked for.
    pub fn parse(&self) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        if self.lots.is_empty() || self.lots.len() > Merge::MOST {
            let message = format!("lots names 1 to {} lots", Merge::MOST);
            fields.wrong("lots", Code::InvalidBody, message);
        }
        let lots = self.lots.iter().take(Merge::MOST);
        let lots: Vec<LotNumber> =
            lots.filter_map(|lot| fields.required("lots", Some(lot.as_str()))).collect();
        let into = fields.required("into", self.into.as_deref());
        let operation = fields.optional("operation", self.operation.as_deref());
        let location = fields.optional("location", self.location.as_deref());
        let notes = fields.optional("notes", self.notes.as_deref());
        fields.finish(
            into.map(|into| Action::Merge(Merge { lots, into, operation, location, notes })),
        )
    }
}

/// A field that may be absent (keep), null (clear) or a text (set).
#[expect(clippy::option_option, reason = "absent, null and text are three different wishes")]
fn mentioned<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// Attributes of a lot change; a field left out stays, null clears.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotPatchBody {
    /// Item type.
    #[serde(deserialize_with = "mentioned", skip_serializing_if = "Option::is_none")]
    pub item_type: Option<Option<String>>,
    /// Work order.
    #[serde(deserialize_with = "mentioned", skip_serializing_if = "Option::is_none")]
    pub work_order: Option<Option<String>>,
    /// Colour.
    #[serde(deserialize_with = "mentioned", skip_serializing_if = "Option::is_none")]
    pub color_code: Option<Option<String>>,
    /// Notes.
    #[serde(deserialize_with = "mentioned", skip_serializing_if = "Option::is_none")]
    pub notes: Option<Option<String>>,
}

impl LotPatchBody {
    /// The action asked for, on `version` of `lot`.
    pub fn parse(&self, lot: LotNumber, version: i64) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let changes = LotChanges {
            item_type: patch(&mut fields, "item_type", self.item_type.as_ref()),
            work_order: patch(&mut fields, "work_order", self.work_order.as_ref()),
            color_code: patch(&mut fields, "color_code", self.color_code.as_ref()),
            notes: patch(&mut fields, "notes", self.notes.as_ref()),
        };
        fields.finish(Some(Action::ChangeLot(ChangeLot { lot, version, changes })))
    }
}

fn patch<T>(fields: &mut Fields, field: &str, wish: Option<&Option<String>>) -> Patch<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    match wish {
        None => Patch::Keep,
        Some(None) => Patch::Clear,
        Some(Some(text)) => fields.optional(field, Some(text)).map_or(Patch::Clear, Patch::Set),
    }
}
