//! Reserving pieces of a lot, and ending that.

use mtm_core::code::Code;
use mtm_core::word::ReservationId;
use mtm_store::Mode;

use super::body::{EndReservationBody, ReservationBody};
use super::book::{Asked, Booked, Circumstances};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

impl App {
    /// Keeps pieces of a lot for something.
    pub async fn reserve(
        &self,
        who: &Principal,
        around: Circumstances,
        body: &ReservationBody,
    ) -> Result<Booked, AppError> {
        self.submit_one(who, around, Asked::plain(body.parse()?), Mode::Commit).await
    }

    /// Ends a reservation.
    pub async fn end_reservation(
        &self,
        who: &Principal,
        around: Circumstances,
        id: ReservationId,
        body: &EndReservationBody,
    ) -> Result<Booked, AppError> {
        let known = self.ledger().reservation(id).await?;
        let lot = known
            .map(|known| known.lot)
            .ok_or_else(|| AppError::refused(Code::NotFound, "there is no such reservation"))?;
        let asked = Asked::plain(body.parse(id, lot)?);
        self.submit_one(who, around, asked, Mode::Commit).await
    }
}
