//! The host's side: what one edge node says, and what may be believed of it.
//!
//! Every message of an edge node but its death has a number, one more than the one before. [`Session`] takes messages in
//! the order of their numbers. One that comes too early is held, for a bounded time and in a bounded number; if what is
//! missing does not come, if an alias is not known, or if a message cannot be read, then nothing more is believed until the
//! node was born again, and that is asked of it, not more often than a given period. So a total is never taken for that of
//! another metric, and nothing goes on across a hole.
//!
//! What comes out are batches. A birth's readings are a batch with a gap: what happened before it is not known. What follows
//! it is not. **A gap concerns the tags that its batch names**, because a device's birth says nothing of other devices.
//! An empty batch says that the edge node was there and nothing changed. What a death, or a birth, no longer has is said to
//! be unavailable. The moment of a node's death is not known: its will was written when it connected.
//!
//! A metric of the node is the tag `METRIC`, one of a device `DEVICE:METRIC`. Only numbers are tags.
//!
//! **History is not counted.** What an edge node kept while it was cut off comes after its birth, under
//! `is_historical`, and is older than the birth, which has the newest total already: a total that goes back and up again
//! would look as if pieces had been made twice. Who wants to know when the pieces were made asks the edge node's own books.
//!
//! **What Sparkplug cannot tell.** Numbers go from 0 to 255: exactly 256 messages that are lost in a row, or a birth that
//! is lost just when the number of what follows is the one expected, are not seen. Messages from before a birth are known by
//! being older than it, so an edge node whose clock stands still within a millisecond has less protection.

mod effect;
mod known;
mod order;
mod session;
#[cfg(test)]
mod tests;
mod total;

pub use effect::{Effect, Owner, Why};
pub use session::{Session, Settings};
