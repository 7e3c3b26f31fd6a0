//! Webhooks: who is told of events, and what became of each.
//!
//! The outbox stays what it is: a log that only grows. A webhook has a position in it, and moving on
//! does one thing: it lays out a row for every event that concerns the webhook ([`lay_out`]), in the
//! transaction that moves the position. From then on each row has its own fate ([`due`]): a receiver
//! that refuses one event keeps no other from being sent, but for those about the same lot, which wait
//! a while so that they arrive in order.
//!
//! Sending is not done here. A program that is killed between sending and writing down what came of it
//! sends again: at least once, under the event's own id, by which receivers de-duplicate.

pub(crate) mod due;
mod lay_out;
mod letter;
mod subscription;
