//! The edge node's side: telling by Sparkplug what this plant has.
//!
//! A [`Node`] says what is to be published, and never talks itself. Before each connection it gives the will by which the
//! broker says that it died, and a number (`bdSeq`) by which a late will of an earlier connection is known. Once connected
//! it is born: it names every metric it ever had, with its newest value, and an alias that stands for the name from then on.
//! What changes later goes out as data, numbered without a hole. A host that misses something asks for another birth.
//!
//! With a *primary host* it speaks only while that host says that it is there (`STATE`). When the host says that it is
//! gone, the node dies and leaves, and waits on the next connection.
//!
//! What changes while nobody listens is kept, in a bounded number, and told after the next birth as history; the oldest
//! are dropped, and counted. Sparkplug sends without an answer: what was on its way when a connection broke is lost to
//! history, and the next birth has its newest value.
//!
//! Deliberately absent: being commanded anything but a rebirth; several brokers.

mod change;
mod node;
mod owned;
#[cfg(test)]
mod tests;

pub use change::{Change, ChangeError};
pub use node::{Effect, Node, Settings};
