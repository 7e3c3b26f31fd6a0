//! The secret by which command lines of this account book through the running server.
//!
//! One file in the data directory, readable by its owner only, written anew at each start and
//! removed at the end. A secret left by a crash opens nothing: the next server makes another.

use std::io;
use std::path::PathBuf;

use mtm_platform::{Access, DataDirectory, FileError, Operation, durable};

const FILE_NAME: &str = "local.key";

/// The file of one data directory.
#[derive(Debug)]
pub(crate) struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// The file of `directory`.
    pub(crate) fn of(directory: &DataDirectory) -> Self {
        Self { path: directory.path().join(FILE_NAME) }
    }

    /// Leaves the secret of this run.
    pub(crate) fn write(&self, secret: &str) -> Result<(), FileError> {
        durable::replace(&self.path, secret.as_bytes(), Access::Private)
    }

    /// The secret, if there is one and this account may read it.
    pub(crate) fn read(&self) -> Result<Option<String>, FileError> {
        match std::fs::read_to_string(&self.path) {
            Ok(secret) => Ok(Some(secret.trim().to_owned()).filter(|secret| !secret.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(Operation::Read, &self.path, error)),
        }
    }

    /// Takes the secret away. One that stays behind opens nothing.
    pub(crate) fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
