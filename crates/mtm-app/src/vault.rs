//! Secrets of other systems: kept in the database encrypted, under a key that is not in it.
//!
//! The key is a file that only this account can read. Whoever has the database (a backup, a copy, a
//! report's login) has no secret by it. Servers that share a database share the key file; whoever
//! loses it makes every webhook anew.
//!
//! Each secret is bound to what it is for, so that a row cannot be given the secret of another one.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mtm_platform::{Access, Cause, FileError, Operation, durable};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

/// What the file begins with: what it is, and for which form of secrets.
const HEAD: &str = "mtm-secrets-1:";
/// Bytes of the key.
const KEY: usize = 32;
/// Bytes by which a secret says which key it was kept under.
const MARK: usize = 4;

/// Why secrets cannot be kept, or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key file holds no key.
    #[error("{} is no key file; restore it, or move it away to have a new one made", .0.display())]
    NoKey(PathBuf),
    /// It was kept under another key.
    #[error(
        "the secret was kept under another key file; restore that file, or remove the webhook and make it anew"
    )]
    OtherKey,
    /// It is not what was kept.
    #[error(
        "the kept secret was changed, or belongs to something else; remove the webhook and make it anew"
    )]
    Changed,
    /// No randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

/// Keeps secrets.
pub struct Vault {
    key: LessSafeKey,
    mark: [u8; MARK],
    path: PathBuf,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// The vault of the key file at `path`, which is made where there is none.
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        if let Some(vault) = Self::read(path)? {
            return Ok(vault);
        }
        let mut key = [0_u8; KEY];
        OsRng.try_fill_bytes(&mut key).map_err(|_| VaultError::NoRandomness)?;
        let text = format!("{HEAD}{}\n", STANDARD.encode(key));
        match durable::create(path, text.as_bytes(), Access::Private) {
            // Another program was faster: its key counts.
            Err(error) if error.cause() != Cause::AlreadyExists => Err(error.into()),
            _ => Self::read(path)?.ok_or_else(|| VaultError::NoKey(path.to_owned())),
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, VaultError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::new(Operation::Read, path, error).into()),
        };
        let encoded = text.trim().strip_prefix(HEAD);
        let key = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        let vault = key.and_then(|key| Self::of_key(&key, path));
        vault.map(Some).ok_or_else(|| VaultError::NoKey(path.to_owned()))
    }

    /// Where the key is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the key file is still the one that was opened: the next start needs it.
    pub fn intact(&self) -> Result<(), VaultError> {
        match Self::read(&self.path)? {
            Some(found) if found.mark == self.mark => Ok(()),
            Some(_) => Err(VaultError::OtherKey),
            None => {
                let gone = io::Error::from(io::ErrorKind::NotFound);
                Err(FileError::new(Operation::Read, &self.path, gone).into())
            }
        }
    }

    fn of_key(key: &[u8], path: &Path) -> Option<Self> {
        let digest = Sha256::digest(key);
        let mark = digest.first_chunk().copied()?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).ok()?;
        Some(Self { key: LessSafeKey::new(key), mark, path: path.to_owned() })
    }

    /// Encrypts `secret` for what is named by `owner`.
    pub fn seal(&self, owner: &[u8], secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0_u8; NONCE_LEN];
        OsRng.try_fill_bytes(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
        let mut sealed = secret.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner),
                &mut sealed,
            )
            .map_err(|_| VaultError::Changed)?;
        Ok([&self.mark, &nonce[..], &sealed].concat())
    }

    /// The secret that was sealed for `owner`.
    pub fn unseal(&self, owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (mark, rest) = sealed.split_first_chunk::<MARK>().ok_or(VaultError::Changed)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::Changed)?;
        if *mark != self.mark {
            return Err(VaultError::OtherKey);
        }
        let mut secret = rest.to_vec();
        let length = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(owner), &mut secret)
            .map_err(|_| VaultError::Changed)?
            .len();
        secret.truncate(length);
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_back_under_the_same_key_and_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        let sealed = Vault::open(&path).unwrap().seal(b"one", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        let again = Vault::open(&path).unwrap();
        assert_eq!(again.unseal(b"one", &sealed).unwrap(), b"secret");
        assert_ne!(again.seal(b"one", b"secret").unwrap(), sealed, "never the same twice");
        assert!(matches!(again.unseal(b"two", &sealed), Err(VaultError::Changed)));
        for at in MARK..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(matches!(again.unseal(b"one", &changed), Err(VaultError::Changed)), "{at}");
        }
        for length in 0..sealed.len() {
            assert!(again.unseal(b"one", &sealed[..length]).is_err(), "{length}");
        }
        again.intact().unwrap();
        std::fs::rename(&path, directory.path().join("kept.key")).unwrap();
        assert!(matches!(again.intact(), Err(VaultError::File(_))));
        Vault::open(&path).unwrap();
        assert!(matches!(again.intact(), Err(VaultError::OtherKey)));
        let other = Vault::open(&directory.path().join("other.key")).unwrap();
        assert!(matches!(other.unseal(b"one", &sealed), Err(VaultError::OtherKey)));
    }

    #[cfg(unix)]
    #[test]
    fn only_this_account_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        Vault::open(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_file_is_named_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        for text in ["", "mtm-secrets-1:", "mtm-secrets-1:AAAA", "mtm-secrets-2:AAAA"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Vault::open(&path), Err(VaultError::NoKey(_))), "{text:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
