//! Signing and checking.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::Secret;

/// The version of signatures by a shared secret.
const VERSION: &str = "v1";
/// How far a message's time may be from ours, in seconds, either way.
const TOLERANCE: u64 = 5 * 60;

/// What is sent beside a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
}

/// A message that came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'m> {
    /// `webhook-id`.
    pub id: &'m str,
    /// `webhook-timestamp`.
    pub timestamp: &'m str,
    /// `webhook-signature`.
    pub signature: &'m str,
    /// The body as it came, byte by byte.
    pub body: &'m [u8],
}

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It has no identity: nobody could tell it from a repetition.
    #[error("webhook-id is missing")]
    NoId,
    /// Its time is none.
    #[error("webhook-timestamp is not a number of seconds")]
    BadTimestamp,
    /// It was sent too long ago; it may be a repetition by somebody who listened.
    #[error("the message is older than {TOLERANCE} s")]
    TooOld,
    /// It says that it is sent later than now.
    #[error("the message is from the future; one of the clocks is wrong")]
    TooNew,
    /// No signature of it is by a secret that is known.
    #[error("no signature fits the message and the secret")]
    NoMatch,
}

/// Signs a message sent at `seconds`, with every secret that its receiver may know it by.
pub fn sign(secrets: &[Secret], id: &str, seconds: i64, body: &[u8]) -> Headers {
    let timestamp = seconds.to_string();
    let text = signed(id, &timestamp, body);
    let signature = |secret: &Secret| {
        format!("{VERSION},{}", STANDARD.encode(hmac::sign(&secret.key(), &text)))
    };
    let signature = secrets.iter().map(signature).collect::<Vec<_>>().join(" ");
    Headers { timestamp, signature }
}

/// Checks a message that came in at `now`, in seconds, against the secrets it may be signed with.
pub fn verify(secrets: &[Secret], message: Incoming<'_>, now: i64) -> Result<(), VerifyError> {
    if message.id.is_empty() {
        return Err(VerifyError::NoId);
    }
    let sent: i64 = message.timestamp.parse().map_err(|_| VerifyError::BadTimestamp)?;
    if sent.abs_diff(now) > TOLERANCE {
        return Err(if sent < now { VerifyError::TooOld } else { VerifyError::TooNew });
    }
    let text = signed(message.id, message.timestamp, message.body);
    let fits = |signature: &[u8]| {
        // Every secret is tried, and compared in constant time.
        secrets.iter().any(|secret| hmac::verify(&secret.key(), &text, signature).is_ok())
    };
    let signatures = message.signature.split(' ').filter_map(|it| it.split_once(','));
    let ours = signatures.filter(|(version, _)| *version == VERSION);
    let matched = ours.filter_map(|(_, it)| STANDARD.decode(it).ok()).any(|it| fits(&it));
    if matched { Ok(()) } else { Err(VerifyError::NoMatch) }
}

fn signed(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}
