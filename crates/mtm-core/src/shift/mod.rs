//! Shifts of the site: a week of named shifts, in versions that only grow, and which of them a
//! moment falls into.
//!
//! A shift is one stretch of time, from one local time to another, and belongs to the day it
//! started on. Shifts never overlap, so a moment is in one at most; between them there may be gaps.
//! Which shift a movement was booked in is written down when it is booked and never worked out
//! again, so another calendar holds for later bookings only.

mod calendar;
mod change;
mod key;
mod time;
mod week;

pub use calendar::{ShiftCalendar, ShiftTime, ShiftVersion, Stretch};
pub use change::{MOST_SHIFTS, ShiftFault, ShiftsDraft, stands, version};
pub use key::{ShiftKey, ShiftKeyError};
pub use time::{QUARTER_MICROS, TimeOfDay, TimeOfDayError, Weekday, next_quarter};
pub use week::{Shift, ShiftPattern, Week};

#[cfg(test)]
mod tests;
