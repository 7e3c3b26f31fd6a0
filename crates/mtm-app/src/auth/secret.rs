//! Secrets that this server makes: 256 random bits, shown once, stored as their SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

use mtm_store::Fault;

/// A secret in the form its owner keeps. Never logged, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A fresh secret whose text starts with `prefix`, so that people and scanners of leaked
    /// secrets know what it is.
    pub fn fresh(prefix: &str) -> Result<Self, Fault> {
        let mut bytes = [0_u8; 32];
        OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| Fault::Transient(format!("no randomness: {error}")))?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text to hand over.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is stored of a secret that a caller presents. A plain hash is enough for 256 random
/// bits; only what people choose needs a slow one.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_never_print() {
        let (one, two) = (Secret::fresh("mtm_").unwrap(), Secret::fresh("mtm_").unwrap());
        assert_ne!(one, two);
        assert!(one.reveal().starts_with("mtm_") && one.reveal().len() == 47);
        assert_eq!(one.digest(), digest(one.reveal()));
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }
}
