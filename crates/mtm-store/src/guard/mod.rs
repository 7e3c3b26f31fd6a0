//! The way to other systems, as far as it outlives a server: what somebody decided about it.
//!
//! How calls end is counted by the server that sends, in memory; it writes down how the way stands when
//! that changes, for the servers that do not send. What a person decided is read by it again and again.

mod hold;
mod told;
