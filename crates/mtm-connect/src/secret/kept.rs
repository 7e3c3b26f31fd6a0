//! A secret that is kept, and read again when it was changed where it is.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{Reference, Secret, SecretError};

/// How a file looks from outside: when it was changed, how long it is, and which it is.
pub(crate) type Look = Option<(SystemTime, u64, u64)>;

/// How the file at `path` looks; nothing where it cannot be seen.
pub(crate) fn look(path: &Path) -> Look {
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len(), number(&found)))
}

/// Another file of the same length, made within the same tick of the clock, has another number.
#[cfg(unix)]
fn number(found: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}

/// A secret and where it is. A look at its file goes before each use: that costs a microsecond, and a
/// changed one counts at once.
#[derive(Debug)]
pub struct Kept {
    reference: Reference,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    secret: Option<Secret>,
    look: Look,
    /// Which one it is, counted from 1.
    number: u64,
    /// Why what is there now is not it.
    failed: Option<SecretError>,
}

impl Kept {
    /// The secret at `reference`; it is read when it is used.
    pub fn new(reference: Reference) -> Self {
        Self { reference, known: Mutex::default() }
    }

    /// Where it is.
    pub const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The secret as it is there now, and which one it is. One that cannot be read leaves the one before.
    pub fn current(&self) -> Result<(Secret, u64), SecretError> {
        let mut known = self.known();
        let look = self.reference.path().and_then(|path| look(&path));
        if known.secret.is_none() || look != known.look || known.failed.is_some() {
            self.read(&mut known, look);
        }
        match (&known.secret, &known.failed) {
            (Some(secret), _) => Ok((secret.clone(), known.number)),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Err(SecretError::Empty(self.reference.clone())),
        }
    }

    /// Whether another one than `number` is there now: read in any case, because somebody did not take it.
    pub fn is_other_than(&self, number: u64) -> bool {
        let mut known = self.known();
        let look = self.reference.path().and_then(|path| look(&path));
        self.read(&mut known, look);
        known.number != number
    }

    /// Why what is there now is not used, where the one before counts on.
    pub fn trouble(&self) -> Option<SecretError> {
        self.known().failed.clone()
    }

    fn read(&self, known: &mut Known, look: Look) {
        match self.reference.read() {
            Ok(secret) => {
                if known.secret.as_ref() != Some(&secret) {
                    known.number += 1;
                    known.secret = Some(secret);
                }
                (known.look, known.failed) = (look, None);
            }
            Err(error) => known.failed = Some(error),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing in there panics half way.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_counts_at_once_and_one_that_is_half_there_leaves_the_one_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let replace = |text: &str| {
            let fresh = directory.path().join("fresh");
            std::fs::write(&fresh, text).unwrap();
            std::fs::rename(fresh, &path).unwrap();
        };
        let kept = Kept::new(Reference::File(path.clone()));
        assert!(matches!(kept.current(), Err(SecretError::Unreadable { .. })));
        replace("one");
        assert_eq!(kept.current(), Ok((Secret::of(b"one"), 1)));
        replace("two");
        assert_eq!(kept.current(), Ok((Secret::of(b"two"), 2)));
        std::fs::write(&path, "").unwrap();
        assert_eq!(kept.current(), Ok((Secret::of(b"two"), 2)));
        assert!(matches!(kept.trouble(), Some(SecretError::Empty(_))));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(kept.current(), Ok((Secret::of(b"two"), 2)));
        replace("two");
        assert_eq!((kept.current(), kept.trouble()), (Ok((Secret::of(b"two"), 2)), None));
        assert!(!kept.is_other_than(2));
        replace("six");
        assert!(kept.is_other_than(2));
    }
}
