//! Messages of other systems: who may send them, and which had their effect.
//!
//! A source has a secret of its own and a principal of its own, so that the log says who it was. A
//! message is booked by the one posting path, under a key made of source and message, and its row in
//! the inbox is written in the transaction of its effect ([`message`]): it is there if and only if the
//! movement is, whoever sends it how often, and whatever is killed in between. The inbox outlives the
//! key, so that a message is not taken anew when its key was forgotten.

mod message;
mod source;
