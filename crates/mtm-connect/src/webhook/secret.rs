//! What both sides of a webhook keep.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// What every secret starts with in text.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the specification bounds them.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Bytes of a secret made here.
const FRESH: usize = 32;

/// A text that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret is `whsec_` and 24 to 64 bytes in base64")]
pub struct BadSecret;

/// A secret. Never logged; in text only for its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A fresh one from the system's randomness.
    pub fn fresh() -> Result<Self, BadSecret> {
        use ring::rand::SecureRandom as _;
        let mut bytes = vec![0; FRESH];
        ring::rand::SystemRandom::new().fill(&mut bytes).map_err(|_| BadSecret)?;
        Ok(Self(bytes))
    }

    /// The secret in a text, with or without `whsec_`.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let text = text.trim();
        let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
        Self::of_bytes(STANDARD.decode(encoded).map_err(|_| BadSecret)?)
    }

    /// The secret of these bytes.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, BadSecret> {
        if BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSecret) }
    }

    /// Its bytes, to be kept encrypted.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text to hand over.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    pub(super) fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
