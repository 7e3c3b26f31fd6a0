//! Once: answers that may be repetitions, and administrative writes under a key.
//!
//! Bookings keep their verdicts under a key in a form of their own; everything else is done
//! through here.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sqlite::writer::{Failure, Remembered, WriteContext};
use crate::submission::IdempotencyKey;

/// What is kept as status of an administrative answer.
const DONE: u16 = 200;

/// An answer, and whether it is the stored one of an earlier request under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once<T> {
    /// The answer.
    pub value: T,
    /// Whether nothing was done this time.
    pub replayed: bool,
}

impl<T> Once<T> {
    /// An answer to something done just now.
    pub const fn first(value: T) -> Self {
        Self { value, replayed: false }
    }
}

/// Does `work`, or gives the answer that was given before under the same key.
pub(crate) fn once<T: Serialize + DeserializeOwned>(
    context: &mut WriteContext<'_>,
    key: Option<&IdempotencyKey>,
    work: impl FnOnce(&mut WriteContext<'_>) -> Result<T, Failure>,
) -> Result<Once<T>, Failure> {
    let Some(key) = key else { return Ok(Once::first(work(context)?)) };
    if let Some(before) = context.answered(key)? {
        // What was answered then held a secret, and was not kept.
        let Some(body) = before.body.as_deref() else { return Err(shown()) };
        let value = serde_json::from_slice(body)
            .map_err(|error| Failure::Broken(format!("a kept answer cannot be read: {error}")))?;
        return Ok(Once { value, replayed: true });
    }
    let value = work(context)?;
    let body = serde_json::to_vec(&value)
        .map_err(|error| Failure::Broken(format!("an answer cannot be kept: {error}")))?;
    remember(context, key, Some(&body))?;
    Ok(Once::first(value))
}

/// Does `work`, whose caller shows a secret that is not kept: a second time under the same key is
/// refused.
pub(crate) fn once_secret<T>(
    context: &mut WriteContext<'_>,
    key: Option<&IdempotencyKey>,
    work: impl FnOnce(&mut WriteContext<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let Some(key) = key else { return work(context) };
    if context.answered(key)?.is_some() {
        return Err(shown());
    }
    let value = work(context)?;
    remember(context, key, None)?;
    Ok(value)
}

fn shown() -> Failure {
    let message = "this request was answered before, and its secret was shown then";
    Rejection::new(Code::SecretAlreadyShown, None, message).into()
}

fn remember(
    context: &mut WriteContext<'_>,
    key: &IdempotencyKey,
    body: Option<&[u8]>,
) -> Result<(), Failure> {
    let at = context.now();
    context.remember(key, Remembered { at, status: DONE, body, command: None, signature: None })
}
