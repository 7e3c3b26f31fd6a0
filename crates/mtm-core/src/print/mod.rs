//! What becomes of something that is to be printed, and how a printer says it is.
//!
//! A *print job* is one label for one printer. [`JobState`] says how it stands, and never more than is known: a
//! printer that did not say so has not printed. A job of which nobody knows whether it came out is
//! [`JobState::Unknown`] until a person looked; nothing sends it again by itself, because two labels of one lot
//! are two lots to whoever scans them.
//!
//! Pure. Talking to printers, keeping and showing are done elsewhere.

mod condition;
mod state;

pub use self::condition::Condition;
pub use self::state::{JobDeed, JobState};
