//! Signed messages, after the Standard Webhooks specification: who sent it, that it is whole, and
//! that it is fresh, by a secret that both sides keep.
//!
//! Signed is `id.timestamp.body`; the signature is HMAC-SHA256 in base64, with its version before it
//! (`v1,…`). Several may stand in one header, separated by blanks, while a secret is being changed.

mod secret;
mod signature;

pub use secret::{BadSecret, Secret};
pub use signature::{Headers, Incoming, VerifyError, sign, verify};

/// The header with the message's identity: receivers de-duplicate by it.
pub const ID: &str = "webhook-id";
/// The header that says when it was sent, in seconds.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";
