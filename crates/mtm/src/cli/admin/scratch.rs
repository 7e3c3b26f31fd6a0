//! A directory for what is needed for a moment, gone with it.

use std::fs;
use std::path::{Path, PathBuf};

use mtm_platform::{FileError, Operation};
use uuid::Uuid;

use crate::failure::Outcome;

/// A directory that nobody else can look into: a ledger holds password hashes.
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes it where this machine keeps temporary files (`TMPDIR`).
    pub(super) fn make() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("mtm-{}", Uuid::new_v4().simple()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(|error| FileError::new(Operation::CreateDirectory, &path, error))?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "a temporary directory stays");
        }
    }
}
