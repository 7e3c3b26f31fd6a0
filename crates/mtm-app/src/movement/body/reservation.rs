//! Reserving pieces of a lot, and ending that.

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{EndReservation, Reserve};
use mtm_core::word::{LotNumber, ReservationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Fields;
use crate::error::FieldError;

/// Pieces of a lot are kept for a work order, or for what is said in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservationBody {
    /// The lot.
    #[serde(default)]
    pub lot: Option<String>,
    /// So many of its pieces; all of them where omitted.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// The work order that they are kept for.
    #[serde(default)]
    pub work_order: Option<String>,
    /// What they are kept for, in words.
    #[serde(default)]
    pub purpose: Option<String>,
    /// Until when; RFC 3339. Without an end where omitted.
    #[serde(default)]
    pub ends_at: Option<String>,
}

impl ReservationBody {
    /// The action asked for.
    pub fn parse(&self) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let lot = fields.required("lot", self.lot.as_deref());
        let quantity = fields.quantity("quantity", self.quantity);
        let work_order = fields.optional("work_order", self.work_order.as_deref());
        let purpose = fields.optional("purpose", self.purpose.as_deref());
        let said = [&self.work_order, &self.purpose];
        if said.iter().all(|text| text.as_ref().is_none_or(|text| text.trim().is_empty())) {
            let message = "say what it is for: a work order, or in words";
            fields.wrong("work_order", Code::InvalidBody, message);
        }
        let ends_at = self.ends_at.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let ends_at = ends_at.and_then(|text| match Timestamp::parse(text) {
            Ok(moment) => Some(moment),
            Err(error) => {
                fields.wrong("ends_at", Code::InvalidBody, error.to_string());
                None
            }
        });
        fields.finish(
            lot.map(|lot| Action::Reserve(Reserve { lot, quantity, work_order, purpose, ends_at })),
        )
    }
}

/// A reservation ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndReservationBody {
    /// Free text.
    #[serde(default)]
    pub notes: Option<String>,
}

impl EndReservationBody {
    /// The action asked for, on a reservation of `lot`.
    pub fn parse(
        &self,
        reservation: ReservationId,
        lot: LotNumber,
    ) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let notes = fields.optional("notes", self.notes.as_deref());
        fields.finish(Some(Action::EndReservation(EndReservation { reservation, lot, notes })))
    }
}
