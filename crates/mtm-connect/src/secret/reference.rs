//! Where a secret is.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Secret;

/// Longest secret, in bytes; keys in PEM are the longest.
const LONGEST: usize = 64 * 1024;

/// The directory in which systemd lays a service's credentials.
const DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In a variable of the environment.
    Environment(String),
    /// In a file.
    File(PathBuf),
    /// Among the credentials that the service manager hands over.
    Credential(String),
}

/// A text that says not where a secret is. What it says is not repeated: it may be the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place; write env:NAME, file:PATH or credential:NAME, and put the secret there")]
pub struct ReferenceError;

/// Why there is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the variable {0} is not set")]
    NotSet(String),
    /// The service was handed over no credentials.
    #[error("this service was handed over no credentials, and so not {0}")]
    NoCredentials(String),
    /// The file is not there, or cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// Nothing is there.
    #[error("{0} is empty")]
    Empty(Reference),
    /// It is longer than any secret.
    #[error("{0} holds more than {LONGEST} bytes; is it the right file?")]
    TooLong(Reference),
    /// It is no text that can be sent.
    #[error("{0} holds characters that cannot be sent; it is to be one line of ASCII")]
    Unsendable(Reference),
}

impl SecretError {
    /// What to do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::NotSet(_) => "Set the variable where the server is started, and start it again.",
            Self::NoCredentials(_) => {
                "Hand it over with LoadCredential= or LoadCredentialEncrypted= in the service's unit."
            }
            Self::Unreadable { .. } => {
                "Put the secret there, readable for the account of the server and nobody else."
            }
            Self::Empty(_) | Self::TooLong(_) | Self::Unsendable(_) => {
                "Put the secret there, and nothing else."
            }
        }
    }
}

impl Reference {
    /// The place that a text names; relative paths count from `directory`.
    pub fn parse(text: &str, directory: Option<&Path>) -> Result<Self, ReferenceError> {
        let (kind, place) = text.trim().split_once(':').ok_or(ReferenceError)?;
        let plain = |it: &str| {
            !it.is_empty()
                && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        match kind {
            "env" if plain(place) => Ok(Self::Environment(place.to_owned())),
            // A name, so that it leads nowhere else.
            "credential" if plain(place) && !place.starts_with('.') => {
                Ok(Self::Credential(place.to_owned()))
            }
            "file" if !place.trim().is_empty() => {
                let path = Path::new(place);
                Ok(Self::File(directory.map_or_else(|| path.to_owned(), |it| it.join(path))))
            }
            _ => Err(ReferenceError),
        }
    }

    /// The file that it is in, where it is in one.
    pub(super) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Environment(_) => None,
            Self::File(path) => Some(path.clone()),
            Self::Credential(name) => {
                std::env::var_os(DIRECTORY).map(|it| PathBuf::from(it).join(name))
            }
        }
    }

    /// What is there now, without blanks and line ends around it.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let bytes = match self {
            Self::Environment(name) => {
                let value = std::env::var(name).map_err(|_| SecretError::NotSet(name.clone()))?;
                value.into_bytes()
            }
            Self::File(path) => self.bytes_of(path)?,
            Self::Credential(name) => {
                let path = self.path().ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
                self.bytes_of(&path)?
            }
        };
        match bytes.trim_ascii() {
            [] => Err(SecretError::Empty(self.clone())),
            bytes => Ok(Secret::of(bytes)),
        }
    }

    fn bytes_of(&self, path: &Path) -> Result<Vec<u8>, SecretError> {
        let unreadable = |error: std::io::Error| SecretError::Unreadable {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() > LONGEST {
            return Err(SecretError::TooLong(self.clone()));
        }
        Ok(bytes)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_and_a_secret_in_its_stead_is_neither_taken_nor_repeated() {
        let parse = |text: &str| Reference::parse(text, Some(Path::new("/etc/mtm")));
        assert_eq!(parse("env:ERP_KEY"), Ok(Reference::Environment("ERP_KEY".to_owned())));
        assert_eq!(parse("file:erp.key"), Ok(Reference::File("/etc/mtm/erp.key".into())));
        assert_eq!(parse("file:/run/erp"), Ok(Reference::File("/run/erp".into())));
        assert_eq!(parse("credential:erp"), Ok(Reference::Credential("erp".to_owned())));
        for wrong in ["geheim", "env:", "env:A B", "file: ", "credential:../key", "https://geheim"]
        {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn what_is_not_there_says_what_to_do() {
        let gone = Reference::File("/no/such/secret".into()).read().unwrap_err();
        assert!(gone.to_string().contains("/no/such/secret"), "{gone}");
        let unset = Reference::Environment("MTM_NO_SUCH_VARIABLE".to_owned()).read().unwrap_err();
        assert_eq!(unset, SecretError::NotSet("MTM_NO_SUCH_VARIABLE".to_owned()));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let at = Reference::File(path.clone());
        std::fs::write(&path, " \n").unwrap();
        assert_eq!(at.read(), Err(SecretError::Empty(at.clone())));
        std::fs::write(&path, vec![b'x'; LONGEST + 1]).unwrap();
        assert_eq!(at.read(), Err(SecretError::TooLong(at.clone())));
        std::fs::write(&path, "geheim\r\n").unwrap();
        let secret = at.read().unwrap();
        assert_eq!(
            (secret.bytes(), format!("{secret:?}").contains("geheim")),
            (&b"geheim"[..], false)
        );
    }
}
