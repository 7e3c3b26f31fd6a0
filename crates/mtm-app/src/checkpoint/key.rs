//! The keys of checkpoints: Ed25519, one pair for each data directory.
//!
//! The private one is a file that only this account can read, made when it is first needed. Whoever is to
//! check checkpoints is given the public one, once, on a way that the machine's owner cannot change later.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mtm_platform::{Access, Cause, FileError, Operation, durable};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What the private file begins with: what it is, and for which form of checkpoints.
const HEAD: &str = "mtm-checkpoint-1:";
/// What a public key begins with.
const KIND: &str = "ed25519:";
/// Bytes of either.
const LENGTH: usize = 32;
/// What stands before the key in the form that other programs read (RFC 8410).
const DER: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file holds no key.
    #[error("{} is no key of checkpoints; restore it, or move it away to have a new one made", .0.display())]
    NoKey(PathBuf),
    /// No randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

/// Signs checkpoints.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// The key in the file at `path`, which is made where there is none.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        if let Some(key) = Self::existing(path)? {
            return Ok(key);
        }
        let mut seed = [0_u8; LENGTH];
        OsRng.try_fill_bytes(&mut seed).map_err(|_| KeyError::NoRandomness)?;
        let text = format!("{HEAD}{}\n", STANDARD.encode(seed));
        match durable::create(path, text.as_bytes(), Access::Private) {
            // Another program was faster: its key counts.
            Err(error) if error.cause() != Cause::AlreadyExists => Err(error.into()),
            _ => Self::existing(path)?.ok_or_else(|| KeyError::NoKey(path.to_owned())),
        }
    }

    /// The key in the file at `path`, if there is one.
    pub fn existing(path: &Path) -> Result<Option<Self>, KeyError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::new(Operation::Read, path, error).into()),
        };
        let encoded = text.trim().strip_prefix(HEAD);
        let seed = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        let pair = seed.and_then(|seed| Ed25519KeyPair::from_seed_unchecked(&seed).ok());
        pair.map(|pair| Some(Self { pair })).ok_or_else(|| KeyError::NoKey(path.to_owned()))
    }

    /// The key that its signatures are checked with.
    pub fn public(&self) -> PublicKey {
        let mut key = [0_u8; LENGTH];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// The signature of `statement`, in base64.
    pub(crate) fn sign(&self, statement: &str) -> String {
        STANDARD.encode(self.pair.sign(statement.as_bytes()))
    }
}

/// Checks signatures: `ed25519:` and 32 bytes in base64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; LENGTH]);

impl PublicKey {
    /// Whether `signature`, in base64, is the one of `statement` by this key.
    pub(crate) fn has_signed(&self, statement: &str, signature: &str) -> bool {
        STANDARD.decode(signature).is_ok_and(|signature| {
            UnparsedPublicKey::new(&ED25519, &self.0)
                .verify(statement.as_bytes(), &signature)
                .is_ok()
        })
    }

    /// As other programs read it, such as `openssl pkeyutl -verify`.
    pub fn pem(&self) -> String {
        let der = STANDARD.encode([&DER[..], &self.0].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KIND}{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a public key is `ed25519:` and 32 bytes in base64, as `mtm checkpoint key` prints it")]
pub struct NoPublicKey;

impl FromStr for PublicKey {
    type Err = NoPublicKey;

    fn from_str(text: &str) -> Result<Self, NoPublicKey> {
        let encoded = text.trim().strip_prefix(KIND).ok_or(NoPublicKey)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NoPublicKey)?;
        bytes.try_into().map(Self).map_err(|_| NoPublicKey)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_one_of_its_text_by_its_key_only() {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::open(&directory.path().join("a.key")).unwrap();
        let other = SigningKey::open(&directory.path().join("b.key")).unwrap();
        let signature = key.sign("text");
        assert!(key.public().has_signed("text", &signature));
        assert!(!key.public().has_signed("texts", &signature));
        assert!(!other.public().has_signed("text", &signature));
        for wrong in ["", "AAAA", "no base64", &other.sign("text")] {
            assert!(!key.public().has_signed("text", wrong), "{wrong}");
        }
        let again = SigningKey::open(&directory.path().join("a.key")).unwrap();
        assert_eq!(again.public(), key.public());
        assert_ne!(other.public(), key.public());
    }

    #[test]
    fn a_public_key_is_read_as_it_is_printed() {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::open(&directory.path().join("a.key")).unwrap().public();
        assert_eq!(key.to_string().parse(), Ok(key));
        for wrong in ["", "ed25519:", "ed25519:AAAA", "rsa:AAAA", &key.to_string()[8..]] {
            assert_eq!(wrong.parse::<PublicKey>(), Err(NoPublicKey), "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_this_account_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("checkpoint.key");
        SigningKey::open(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_file_is_named_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("checkpoint.key");
        for text in ["", "mtm-checkpoint-1:", "mtm-checkpoint-1:AAAA", "mtm-secrets-1:AAAA"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(SigningKey::open(&path), Err(KeyError::NoKey(_))), "{text:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
