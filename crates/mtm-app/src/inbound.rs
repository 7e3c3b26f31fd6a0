//! Messages of other systems: who may send them, how that is proved, and what they do.
//!
//! A message is signed after the Standard Webhooks specification and carries a command of the
//! movements API. It is booked as the source's own principal under the key
//! `inbound:<source>:<webhook-id>`, so that one that is sent again has one effect and is answered as it
//! was the first time.

use std::time::Duration;

pub use mtm_connect::webhook::{Incoming, Secret, sign};
use mtm_connect::webhook::{VerifyError, verify};
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_store::record::{InboundSource, KnownSource, NewSource, RotatedSecret};
use mtm_store::{Fault, IdempotencyKey, Mode, Once};
use uuid::Uuid;

use crate::App;
use crate::error::AppError;
use crate::movement::{Booked, Circumstances, MovementBody};
use crate::principal::{Principal, PrincipalKind};
use crate::vault::Vault;

/// Longest name of a source.
const NAME_MAX: usize = 40;
/// Longest identity of a message.
const ID_MAX: usize = 72;
/// Longest that a former secret counts.
pub const KEEP_MAX: Duration = Duration::from_secs(7 * 86_400);

/// Who sent a message that is signed well, and which message it is.
#[derive(Debug, Clone)]
pub struct Sender {
    source: KnownSource,
    name: String,
    message: String,
}

impl App {
    /// Makes a source. The secret is shown now and never again.
    pub async fn create_inbound_source(
        &self,
        who: &Principal,
        name: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<(InboundSource, String), AppError> {
        who.require(Deed::Administer)?;
        let name = checked_name(name)?;
        let id = self.clock().fresh_uuid();
        let (secret, sealed_secret) = self.fresh_secret(id)?;
        let new = NewSource { id, name, sealed_secret };
        let record = self.ledger().create_inbound_source(who.user, new, key).await?;
        Ok((record, secret.reveal()))
    }

    /// Has a source send, or not.
    pub async fn enable_inbound_source(
        &self,
        who: &Principal,
        id: Uuid,
        version: Option<i64>,
        enabled: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<InboundSource>, AppError> {
        who.require(Deed::Administer)?;
        Ok(self.ledger().enable_inbound_source(who.user, id, version, enabled, key).await?)
    }

    /// Gives a source another secret; the present one counts for `keep` longer.
    pub async fn rotate_inbound_secret(
        &self,
        who: &Principal,
        id: Uuid,
        keep: Duration,
        key: Option<IdempotencyKey>,
    ) -> Result<(InboundSource, String), AppError> {
        who.require(Deed::Administer)?;
        let (secret, rotated) = self.rotated_secret(id, keep)?;
        let record = self.ledger().rotate_inbound_secret(who.user, id, rotated, key).await?;
        Ok((record, secret.reveal()))
    }

    /// Removes a source: nothing of it is taken any more.
    pub async fn remove_inbound_source(
        &self,
        who: &Principal,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<InboundSource>, AppError> {
        who.require(Deed::Administer)?;
        Ok(self.ledger().remove_inbound_source(who.user, id, key).await?)
    }

    /// Who sent `message` to the address `source`. Refused alike where nobody may send there and where
    /// the signature is another's: a stranger learns nothing.
    pub async fn sender_of(&self, source: &str, message: Incoming<'_>) -> Result<Sender, AppError> {
        let now = self.clock().now();
        let known = self.ledger().known_source(source.to_owned(), now).await?;
        let secrets = match &known {
            Some(known) => self.secrets_of(known)?,
            None => Vec::new(),
        };
        verify(&secrets, message, now.micros() / 1_000_000).map_err(unbelieved)?;
        let known = known.ok_or_else(|| unbelieved(VerifyError::NoMatch))?;
        if message.id.len() > ID_MAX || !message.id.bytes().all(|byte| byte.is_ascii_graphic()) {
            let text = format!("webhook-id has 1 to {ID_MAX} visible ASCII characters");
            return Err(AppError::field("webhook-id", Code::InvalidParameter, text));
        }
        Ok(Sender { source: known, name: source.to_owned(), message: message.id.to_owned() })
    }

    /// Books what a message asks for, once.
    pub async fn take_message(
        &self,
        sender: &Sender,
        body: &MovementBody,
        traceparent: Option<String>,
    ) -> Result<Booked, AppError> {
        let taken = self.take(sender, body, traceparent).await;
        if let Err(AppError::Rejected(_) | AppError::Invalid(_)) = &taken {
            let why = taken.as_ref().err().map(ToString::to_string).unwrap_or_default();
            self.refuse_message(sender, why).await?;
        }
        taken
    }

    /// Says at the source why a message of it was not taken; whoever administers sees it there.
    pub async fn refuse_message(&self, sender: &Sender, why: String) -> Result<(), Fault> {
        let why = format!("{}: {why}", sender.message);
        self.ledger().message_refused(sender.source.row, why).await
    }

    async fn take(
        &self,
        sender: &Sender,
        body: &MovementBody,
        traceparent: Option<String>,
    ) -> Result<Booked, AppError> {
        let asked = self.movement(body)?;
        let around = Circumstances {
            route: format!("POST /api/v1/inbound/{}", sender.name),
            key: Some(format!("inbound:{}:{}", sender.name, sender.message)),
            traceparent,
            ..Circumstances::default()
        };
        let who = sender.principal();
        let submission = self.submission(&who, around, vec![asked], true, Mode::Commit)?;
        // The key makes another try harmless, also where the first one went through.
        let take = || {
            let (row, message) = (sender.source.row, sender.message.clone());
            self.ledger().take_message(row, message, submission.clone())
        };
        let answer = self.insist(take).await?;
        let replayed = answer.replayed;
        Ok(Booked { outcome: answer.into_single()?, replayed })
    }

    fn secrets_of(&self, source: &KnownSource) -> Result<Vec<Secret>, AppError> {
        let vault = self.needed_vault()?;
        let open = |sealed: &Vec<u8>| {
            let bytes =
                vault.unseal(source.id.as_bytes(), sealed).map_err(|error| broken(&error))?;
            Secret::of_bytes(bytes).map_err(|error| broken(&error))
        };
        Ok(source.sealed_secrets.iter().map(open).collect::<Result<_, _>>()?)
    }

    /// A secret made just now for what is named by `id`, and the same encrypted.
    pub(crate) fn fresh_secret(&self, id: Uuid) -> Result<(Secret, Vec<u8>), Fault> {
        let secret = Secret::fresh().map_err(|error| broken(&error))?;
        let sealed = self.needed_vault()?.seal(id.as_bytes(), secret.bytes());
        Ok((secret, sealed.map_err(|error| broken(&error))?))
    }

    /// A secret in the place of another, which counts for `keep` longer.
    pub(crate) fn rotated_secret(
        &self,
        id: Uuid,
        keep: Duration,
    ) -> Result<(Secret, RotatedSecret), AppError> {
        if keep > KEEP_MAX {
            let text = format!("the former secret counts {} hours at most", hours(KEEP_MAX));
            return Err(AppError::field("keep_hours", Code::InvalidBody, text));
        }
        let (secret, sealed_secret) = self.fresh_secret(id)?;
        let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
        let former_until = self.clock().now().plus_micros(keep);
        Ok((secret, RotatedSecret { sealed_secret, former_until }))
    }

    fn needed_vault(&self) -> Result<&Vault, Fault> {
        self.vault().ok_or_else(|| broken(&"this program keeps no secrets"))
    }
}

impl Sender {
    /// Who books.
    fn principal(&self) -> Principal {
        let user = self.source.user.clone();
        crate::auth::principal(user, PrincipalKind::Token { id: self.source.id, owns_lots: false })
    }
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    Fault::Permanent(error.to_string())
}

const fn hours(time: Duration) -> u64 {
    time.as_secs() / 3_600
}

/// What is said of a message that proves nothing.
fn unbelieved(error: VerifyError) -> AppError {
    let field = |name| AppError::field(name, Code::InvalidParameter, error.to_string());
    match error {
        VerifyError::NoId => field("webhook-id"),
        VerifyError::BadTimestamp => field("webhook-timestamp"),
        VerifyError::TooOld | VerifyError::TooNew | VerifyError::NoMatch => {
            AppError::refused(Code::Unauthenticated, error.to_string())
        }
    }
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let usable = (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| plain(byte) || b"-_.".contains(&byte))
        && name.bytes().next().is_some_and(plain);
    if usable {
        return Ok(name.to_owned());
    }
    let text = format!(
        "a source's name has 1 to {NAME_MAX} characters: a to z, 0 to 9, and after the first also - _ ."
    );
    Err(AppError::field("name", Code::InvalidBody, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_plain_step_of_an_address() {
        for name in ["erp", "erp-2.test_a", "7"] {
            assert_eq!(checked_name(name).unwrap(), name);
        }
        let long = "e".repeat(NAME_MAX + 1);
        for name in ["", "ERP", "e/r", "-e", ".", "e r", "ü", long.as_str()] {
            assert!(checked_name(name).is_err(), "{name}");
        }
    }
}
