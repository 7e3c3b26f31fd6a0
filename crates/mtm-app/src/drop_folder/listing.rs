//! Which files lie in a directory, and which of them nobody writes to any more.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mtm_platform::{FileError, Operation};
use tokio::time::Instant;

/// Most files of a directory that are looked at; the others have their turn when these are gone.
const MOST: usize = 10_000;

/// How names end that programs use while they write.
const UNFINISHED: [&str; 5] = [".part", ".tmp", ".filepart", ".crdownload", ".mtm-unfinished"];

/// A file as it stood at one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Bytes and moment of the last change: what grows changes one of them.
    pub(super) size: u64,
    pub(super) changed: SystemTime,
    /// When it came to where it is, as far as the file system says.
    pub(super) moved: SystemTime,
}

/// The files of `directory` by name. Left out: hidden ones, unfinished ones, and what is no file itself,
/// so that no link leads out of the folder.
pub(super) fn files(directory: &Path) -> Result<Vec<Found>, FileError> {
    let wrong = || FileError::at(Operation::Read, directory);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(wrong())?.take(MOST) {
        let entry = entry.map_err(wrong())?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if name.starts_with('.') || UNFINISHED.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        // Whoever left it may take it back meanwhile.
        let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
        if !metadata.is_file() {
            continue;
        }
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let moved = arrived(&metadata).unwrap_or(changed);
        found.push(Found { path: entry.path(), size: metadata.len(), changed, moved });
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// A move changes no content: where the system keeps the moment of the last change of the entry, that
/// says when.
#[cfg(unix)]
fn arrived(metadata: &fs::Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt as _;
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(not(unix))]
fn arrived(_metadata: &fs::Metadata) -> Option<SystemTime> {
    None
}

/// What was seen at the last look, and since when it has been so.
#[derive(Debug, Default)]
pub(super) struct Watched {
    seen: HashMap<PathBuf, (Found, Instant)>,
}

impl Watched {
    /// Those of `files`, all that lie in `directory` at `now`, that have been the same for `settle`.
    pub(super) fn settled(
        &mut self,
        directory: &Path,
        files: Vec<Found>,
        settle: Duration,
        now: Instant,
    ) -> Vec<PathBuf> {
        let mut before = std::mem::take(&mut self.seen);
        let elsewhere = before.extract_if(|path, _| path.parent() != Some(directory));
        self.seen = elsewhere.collect();
        let mut settled = Vec::new();
        for file in files {
            let since = match before.remove(&file.path) {
                Some((same, since)) if same == file => since,
                _ => now,
            };
            if now.duration_since(since) >= settle {
                settled.push(file.path);
            } else {
                self.seen.insert(file.path.clone(), (file, since));
            }
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_unfinished_files_links_and_folders_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        for name in ["b.csv", "a.CSV", ".hidden", "c.csv.part", "d.TMP"] {
            fs::write(at(name), "x").unwrap();
        }
        fs::create_dir(at("folder")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", at("link.csv")).unwrap();
        let found = files(directory.path()).unwrap();
        let paths: Vec<_> = found.into_iter().map(|found| found.path).collect();
        assert_eq!(paths, [at("a.CSV"), at("b.csv")]);
    }

    #[test]
    fn a_file_is_whole_when_it_has_not_changed_for_a_while() {
        let (directory, path) = (Path::new("in"), PathBuf::from("in/a.csv"));
        let file = |size| Found {
            path: path.clone(),
            size,
            changed: SystemTime::UNIX_EPOCH,
            moved: SystemTime::UNIX_EPOCH,
        };
        let (start, settle) = (Instant::now(), Duration::from_secs(2));
        let mut watched = Watched::default();
        let mut look = |seconds, size| {
            let now = start + Duration::from_secs(seconds);
            watched.settled(directory, vec![file(size)], settle, now)
        };
        assert!(look(0, 1).is_empty());
        assert!(look(1, 1).is_empty());
        assert!(look(2, 9).is_empty(), "it grew");
        assert!(look(3, 9).is_empty());
        assert_eq!(look(4, 9), std::slice::from_ref(&path));
        // Another folder's files are not forgotten by a look at this one.
        let other = Path::new("other");
        watched.settled(directory, vec![file(1)], settle, start);
        watched.settled(other, Vec::new(), settle, start);
        let later = start + settle;
        assert_eq!(watched.settled(directory, vec![file(1)], settle, later).len(), 1);
    }
}
