//! The checkpoints of a data directory: a file each, named by the place in the chain.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mtm_platform::{Access, DataDirectory, FileError, Operation, durable};

use super::{Checkpoint, CheckpointError};

/// All of the newest stay: those of a week of hours.
const ALL: usize = 7 * 24;
/// Of older ones the last of each day stays, so many days.
const DAYS: usize = 366;
const DAY: Duration = Duration::from_secs(86_400);

/// The checkpoints in `folder`, oldest first.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort();
    files
}

/// The newest one in `folder`, if there is any.
pub fn newest(folder: &Path) -> Result<Option<Checkpoint>, CheckpointError> {
    files(folder).last().map(|path| Checkpoint::read(path)).transpose()
}

/// Sets the checkpoints of a ledger aside that is about to be replaced by another: they tell
/// nothing about that one.
pub fn set_aside(directory: &DataDirectory) -> Result<Option<PathBuf>, FileError> {
    let folder = directory.checkpoints();
    if !folder.exists() {
        return Ok(None);
    }
    let moment = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6fZ").to_string();
    let aside = directory.path().join(format!("checkpoints-until-{moment}"));
    std::fs::rename(&folder, &aside)
        .map_err(|error| FileError::new(Operation::Publish, &aside, error))?;
    Ok(Some(aside))
}

/// Puts `checkpoint` among the others in `folder`, of which those that are not needed any more go.
pub(super) fn write(folder: &Path, checkpoint: &Checkpoint) -> Result<PathBuf, CheckpointError> {
    let folder = DataDirectory::prepare(folder)?;
    let path = folder.path().join(format!("{:012}.json", checkpoint.sequence));
    durable::replace(&path, checkpoint.text().as_bytes(), Access::Private)?;
    for old in passed(&files(folder.path()), day_of) {
        // One that stays is only older than it needs to be.
        let _ = std::fs::remove_file(old);
    }
    Ok(path)
}

/// The day on which a file was written, counted from the beginning of time.
fn day_of(path: &Path) -> u64 {
    let written = std::fs::metadata(path).and_then(|it| it.modified()).unwrap_or(UNIX_EPOCH);
    let since = SystemTime::duration_since(&written, UNIX_EPOCH).unwrap_or_default();
    since.as_secs() / DAY.as_secs()
}

/// Those of `files`, oldest first, that are not needed any more.
fn passed(files: &[PathBuf], day_of: impl Fn(&Path) -> u64) -> Vec<&PathBuf> {
    let old = &files[..files.len().saturating_sub(ALL)];
    let (mut passed, mut day, mut days) = (Vec::new(), None, 0);
    for path in old.iter().rev() {
        let of = day_of(path);
        if day != Some(of) && days < DAYS {
            (day, days) = (Some(of), days + 1);
        } else {
            passed.push(path);
        }
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_of_hours_stays_and_of_older_days_the_last_of_each_for_a_year() {
        // One each hour for 500 days.
        let files: Vec<PathBuf> =
            (0..500 * 24).map(|hour| PathBuf::from(format!("{hour:012}.json"))).collect();
        let hour =
            |path: &Path| path.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
        let gone = passed(&files, |path| hour(path) / 24);
        let stays: Vec<u64> =
            files.iter().filter(|path| !gone.contains(path)).map(|path| hour(path)).collect();
        assert_eq!(stays.len(), ALL + DAYS);
        assert_eq!(stays[DAYS..], (493 * 24..500 * 24).collect::<Vec<u64>>());
        assert!(stays[..DAYS].iter().all(|hour| hour % 24 == 23), "the last of a day");
        assert_eq!(stays[0] / 24, 493 - DAYS as u64);
        assert!(passed(&files[..ALL], |_| 0).is_empty());
    }
}
