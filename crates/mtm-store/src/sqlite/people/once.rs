//! Administrative writes under a key.

use mtm_core::Rejection;
use mtm_core::code::Code;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ledger::Ledger;
use crate::record::Once;
use crate::sqlite::writer::{Failure, Remembered, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

/// Whether the answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// With the key.
    Body,
    /// Only that it was given: it held a secret.
    Nothing,
}

impl Ledger {
    /// Runs `work` once under `key`; a repetition gets what it gave the first time.
    pub(super) async fn write_once<T, F>(
        &self,
        key: Option<IdempotencyKey>,
        kept: Kept,
        work: F,
    ) -> Result<Once<T>, PostError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: FnOnce(&mut WriteContext<'_>) -> Result<T, Failure> + Send + 'static,
    {
        self.write(move |context| Ok(once(context, key.as_ref(), kept, work)?)).await
    }
}

fn once<T, F>(
    context: &mut WriteContext<'_>,
    key: Option<&IdempotencyKey>,
    kept: Kept,
    work: F,
) -> Result<Once<T>, Failure>
where
    T: Serialize + DeserializeOwned,
    F: FnOnce(&mut WriteContext<'_>) -> Result<T, Failure>,
{
    let Some(key) = key else {
        return Ok(Once { value: work(context)?, replayed: false });
    };
    if let Some(stored) = context.answered(key)? {
        let Some(body) = stored.body else {
            return Err(Rejection::new(
                Code::SecretAlreadyShown,
                None,
                "the secret was shown with the first answer and is not kept",
            )
            .into());
        };
        let value = serde_json::from_slice(&body)
            .map_err(|error| Failure::Broken(format!("a stored answer: {error}")))?;
        return Ok(Once { value, replayed: true });
    }
    let value = work(context)?;
    let body = match kept {
        Kept::Nothing => None,
        Kept::Body => Some(
            serde_json::to_vec(&value)
                .map_err(|error| Failure::Broken(format!("an answer: {error}")))?,
        ),
    };
    let at = context.now();
    context.remember(
        key,
        Remembered { at, status: 200, body: body.as_deref(), command: None, signature: None },
    )?;
    Ok(Once { value, replayed: false })
}
