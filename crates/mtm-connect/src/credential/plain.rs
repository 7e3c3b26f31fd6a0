//! What is the same for every request: a key in a header, or a name and a password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{CredentialError, Proof};
use crate::outgoing::Header;
use crate::secret::{Kept, Secret, SecretError};

/// A header made of a secret.
#[derive(Debug)]
pub struct Plain {
    kept: Kept,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Key { header: String, prefix: Option<String> },
    Password { user: String },
}

impl Plain {
    pub(super) const fn key(header: String, prefix: Option<String>, kept: Kept) -> Self {
        Self { kept, way: Way::Key { header, prefix } }
    }

    pub(super) const fn password(user: String, kept: Kept) -> Self {
        Self { kept, way: Way::Password { user } }
    }

    pub(super) fn prove(&self) -> Result<Proof, CredentialError> {
        let (secret, number) = self.kept.current()?;
        let header = match &self.way {
            Way::Key { header, prefix } => {
                let key = self.text(&secret)?;
                let value =
                    prefix.as_ref().map_or_else(|| key.to_owned(), |it| format!("{it} {key}"));
                Header::secret(header, value)
            }
            Way::Password { user } => {
                let pair = [user.as_bytes(), b":", secret.bytes()].concat();
                Header::secret("authorization", format!("Basic {}", STANDARD.encode(pair)))
            }
        };
        Ok(Proof { headers: vec![header], number })
    }

    pub(super) const fn kept(&self) -> &Kept {
        &self.kept
    }

    fn text<'s>(&self, secret: &'s Secret) -> Result<&'s str, SecretError> {
        secret.text().ok_or_else(|| SecretError::Unsendable(self.kept.reference().clone()))
    }
}
