//! Splitting a lot, and changing what it carries.

use mtm_core::Action;
use mtm_core::command::{ChangeLot, LotChanges, Patch, Pick, PickRule, Split};
use mtm_core::word::LotNumber;
use serde::{Deserialize, Deserializer, Serialize};

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
