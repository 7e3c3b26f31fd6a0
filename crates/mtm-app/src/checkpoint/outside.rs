//! The place outside: where checkpoints are kept that whoever has this machine should not be able to change.
//!
//! Nothing is ever replaced or removed there: a name holds the beginning of the hash, so that a chain
//! that was computed anew cannot take the place of what proves it. The directory is not made either: one that is
//! not there is a share that is not mounted.

use std::path::{Path, PathBuf};

use mtm_platform::{Access, DataDirectory, durable};

use super::{Checkpoint, CheckpointError, files};

/// The newest one that is there.
pub(super) fn newest(place: &Path) -> Result<Option<(PathBuf, Checkpoint)>, CheckpointError> {
    let place = DataDirectory::existing(place)?;
    let Some(path) = files(place.path()).pop() else { return Ok(None) };
    let checkpoint = Checkpoint::read(&path)?;
    Ok(Some((path, checkpoint)))
}

/// Puts `checkpoint` there; it may be there already.
pub(super) fn put(place: &Path, checkpoint: &Checkpoint) -> Result<PathBuf, CheckpointError> {
    let Checkpoint { sequence, hash, .. } = checkpoint;
    let beginning = hash.get(..8).unwrap_or_default();
    let path = place.join(format!("{sequence:012}-{beginning}.json"));
    if !path.exists() {
        // Not by the one step that fails on an existing name: shares of other systems do not have it.
        durable::replace(&path, checkpoint.text().as_bytes(), Access::Inherited)?;
    }
    Ok(path)
}
