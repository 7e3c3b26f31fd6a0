//! What another system is told of our movements, and what it makes of that.
//!
//! A *flow* tells one system of the movements that concern it, one posting for each. [`Fact`] says all that a
//! posting may be made of, [`place`](place()) whether the movement concerns that system and where its pieces are
//! there, [`Mode`] who posts it, and [`State`] how a posting stands and what may become of it.
//!
//! A posting that was refused there undoes nothing here: our log is what happened on the floor. Somebody decides.
//!
//! Pure. Sending, keeping and showing are done elsewhere.

mod fact;
mod place;
mod prove;
mod state;

pub use self::fact::{Class, End, Fact};
pub use self::place::{Leg, Placed, legs, place};
pub use self::prove::{Expected, prove};
pub use self::state::{Deed, Mode, State};
