//! Secrets by which this program is known to others: named by where they are, read when they are needed,
//! and never shown.
//!
//! A configuration names a secret by a [`Reference`]: a variable of the environment, a file, or a
//! credential that the service manager hands over (systemd's `LoadCredential=`, which lies decrypted in a
//! directory that only this service sees). [`Kept`] reads it, and reads it again when it was changed there,
//! so that it is rotated without a restart. While a new one cannot be read (a file that is being replaced)
//! the one before counts on.
//!
//! Absent on purpose: keyrings of a desktop session, which a service does not have.

mod kept;
mod reference;

use std::fmt;
use std::sync::Arc;

pub use kept::Kept;
pub(crate) use kept::{Look, look};
pub use reference::{Reference, ReferenceError, SecretError};

/// A secret. It has no text but where it is handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

impl Secret {
    /// The secret of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its text, where it may stand in a header: visible ASCII, with blanks inside.
    pub fn text(&self) -> Option<&str> {
        let fits = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        std::str::from_utf8(&self.0).ok().filter(|text| text.bytes().all(|byte| fits(&byte)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
