//! Brokers: how far each was told of the outbox.
//!
//! A broker is told everything, in the order of the outbox, and has one position: everything up to it
//! was acknowledged, or is a dead letter ([`letter`]) because the broker will never take it. Moving on is
//! one statement that says from where ([`position`]), so that of two servers that believe they send, one
//! moves it and the other looks again.
//!
//! Sending is not done here. A program that is killed between sending and moving on sends again: at
//! least once, under the event's own id, by which consumers de-duplicate.

mod letter;
pub(crate) mod position;
