//! The bodies of bookings, as every door takes them: HTTP, command line, imports.
//!
//! Texts stay texts until `parse`, which reports everything that is wrong at once and gives the
//! core's [`Action`](mtm_core::Action).

mod complete;
mod hold;
mod lot;
mod movement;
mod reservation;
mod reverse;

pub use complete::CompleteBody;
pub use hold::{HoldBody, ReleaseBody};
pub use lot::{LotPatchBody, MergeBody, SplitBody};
pub use movement::{BatchBody, BookingType, MovementBody, PickBody};
pub use reservation::{EndReservationBody, ReservationBody};
pub use reverse::ReverseBody;

use mtm_core::code::Code;
use mtm_core::command::Confirmations;
use mtm_core::word::ReasonCode;

use super::field::Fields;
use crate::error::FieldError;

fn reason(fields: &mut Fields, field: &str, text: Option<&str>) -> Option<ReasonCode> {
    if text.is_none_or(|text| text.trim().is_empty()) {
        fields.wrong(field, Code::ReasonRequired, "a reason is needed");
        return None;
    }
    fields.optional(field, text)
}

/// Reads a list of confirmations.
pub(crate) fn confirmations(codes: &[String]) -> Result<Confirmations, Vec<FieldError>> {
    let mut confirm = Confirmations::default();
    for code in codes {
        if !confirm.add(code) {
            let message = format!("{code} cannot be confirmed");
            return Err(vec![FieldError::new("confirm", Code::InvalidBody, message)]);
        }
    }
    Ok(confirm)
}
