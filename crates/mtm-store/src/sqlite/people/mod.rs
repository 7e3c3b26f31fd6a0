//! People, tokens, sessions and what belongs to them: `impl Ledger` blocks.
//!
//! Every change goes through the writer like a booking: with an audit entry that names users by
//! row and holds no secret, and under an idempotency key where the caller sent one.

mod import;
mod once;
mod quick_button;
mod session;
mod setup;
mod token;
mod user;
