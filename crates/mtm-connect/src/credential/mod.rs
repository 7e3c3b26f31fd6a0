//! How another system is told who asks: one module for each kind.
//!
//! [`Settings`] say which kind, and where its secrets are; a [`Credential`] gives each request its
//! [`Proof`] and is told when a proof was not taken. A secret is read where it is at that moment, so that
//! one that was rotated counts at once; what was made of the one before is tried again once.
//!
//! No error holds a secret or a word of the other side that could be one.

mod error;
mod hmac;
pub mod oauth2;
mod plain;
pub mod signature;

use std::sync::Arc;

use mtm_core::word::Timestamp;

pub use self::error::{CredentialError, Denial};
use crate::guard::{Guard, Moments};
use crate::outgoing::{Header, Message, Rotating};
use crate::secret::{Kept, Reference, SecretError};

/// How another system is told who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// Not at all, or by a certificate of ours alone.
    Nothing,
    /// A key in a header.
    ApiKey {
        /// The header.
        header: String,
        /// What stands before the key, with a blank between.
        prefix: Option<String>,
        /// The key.
        secret: Reference,
    },
    /// A name and a password (RFC 7617).
    Basic {
        /// The name.
        user: String,
        /// The password.
        secret: Reference,
    },
    /// A signature of each request by a shared secret (RFC 9421, `hmac-sha256`).
    Hmac {
        /// The name of the secret.
        key_id: String,
        /// The secret.
        secret: Reference,
    },
    /// A token of an authorization server (RFC 6749, §4.4).
    OAuth2(oauth2::Settings),
}

impl Settings {
    /// The name of the kind, as the configuration has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::ApiKey { .. } => "api_key",
            Self::Basic { .. } => "basic",
            Self::Hmac { .. } => "hmac",
            Self::OAuth2(settings) => settings.proof.kind(),
        }
    }
}

/// What a request shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Headers to be sent along.
    pub headers: Vec<Header>,
    /// Which secret or token it is made of.
    pub(crate) number: u64,
}

/// Gives requests their proof.
#[derive(Debug)]
pub enum Credential {
    /// Nothing is shown.
    Nothing,
    /// What is the same for every request.
    Plain(plain::Plain),
    /// A signature of each request.
    Hmac(hmac::Hmac),
    /// A token.
    OAuth2(Arc<oauth2::Client>),
}

impl Credential {
    /// The credential that `settings` say. Tokens are asked for by `way`, under `guard`.
    pub fn of(
        settings: &Settings,
        way: Rotating,
        guard: Guard,
        moments: &Moments,
        seed: u64,
    ) -> Self {
        match settings.clone() {
            Settings::Nothing => Self::Nothing,
            Settings::ApiKey { header, prefix, secret } => {
                Self::Plain(plain::Plain::key(header, prefix, Kept::new(secret)))
            }
            Settings::Basic { user, secret } => {
                Self::Plain(plain::Plain::password(user, Kept::new(secret)))
            }
            Settings::Hmac { key_id, secret } => {
                Self::Hmac(hmac::Hmac::new(key_id, Kept::new(secret)))
            }
            Settings::OAuth2(settings) => {
                let client = oauth2::Client::new(settings, way, guard, Arc::clone(moments), seed);
                Self::OAuth2(Arc::new(client))
            }
        }
    }

    /// What `message` is to show at `now`.
    pub async fn prove(&self, message: &Message, now: Timestamp) -> Result<Proof, CredentialError> {
        match self {
            Self::Nothing => Ok(Proof::default()),
            Self::Plain(plain) => plain.prove(),
            Self::Hmac(hmac) => hmac.prove(message, now),
            Self::OAuth2(client) => client.prove().await,
        }
    }

    /// `proof` was not taken; whether there is, or may be had, another one that is worth a try.
    pub fn refused(&self, proof: &Proof) -> bool {
        match self {
            Self::Nothing => false,
            Self::Plain(plain) => plain.kept().is_other_than(proof.number),
            Self::Hmac(hmac) => hmac.kept().is_other_than(proof.number),
            Self::OAuth2(client) => client.refused(proof.number),
        }
    }

    /// How its token stands, where it has any.
    pub fn token(&self) -> Option<oauth2::Standing> {
        match self {
            Self::OAuth2(client) => Some(client.standing()),
            _ => None,
        }
    }

    /// Why a rotated secret is not used, where the one before counts on.
    pub fn trouble(&self) -> Option<SecretError> {
        match self {
            Self::Nothing => None,
            Self::Plain(plain) => plain.kept().trouble(),
            Self::Hmac(hmac) => hmac.kept().trouble(),
            Self::OAuth2(client) => client.kept().trouble(),
        }
    }
}
