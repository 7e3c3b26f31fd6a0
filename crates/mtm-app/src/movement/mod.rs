//! Booking: from what a caller sends to the one posting path, and back.

pub mod body;
mod book;
mod field;
mod fingerprint;
mod reserve;
mod rows;

pub(crate) use body::confirmations;
pub use body::{
    BatchBody, BookingType, CompleteBody, EndReservationBody, HoldBody, LotPatchBody, MergeBody,
    MovementBody, PickBody, ReleaseBody, ReservationBody, ReverseBody, SplitBody,
};
pub use book::{BatchBooked, Booked, Circumstances, UNDO_GOES_ON};
pub(crate) use field::Fields;
pub(crate) use rows::AskedRow;
