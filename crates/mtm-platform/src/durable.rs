//! Files that survive a power cut whole.
//!
//! A file is written under a temporary name in the target's own directory, forced to disk,
//! moved into place in one step, and the directory entry is forced to disk too. A reader, and a
//! machine that lost power at any moment, sees the complete old file or the complete new one.
//!
//! A crash can leave a temporary file behind; [`remove_leftovers`] clears them, called by whoever
//! owns the directory. Absent on purpose: a variant without the flushes. What need not survive
//! does not need this module.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{FileError, Operation};

/// Ends the name of every unfinished file of this module.
const SUFFIX: &str = ".mtm-unfinished";

/// Who may read a file this module makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever the account's defaults and the directory let in; a replaced file keeps the
    /// permissions it had.
    Inherited,
    /// Only the account that runs the program (keys, secrets).
    Private,
}

/// Replaces the file at `path` with `contents`, or makes it. On any error the old file is still
/// there, untouched. A symbolic link is followed: its target is replaced, the link stays.
pub fn replace(path: &Path, contents: &[u8], access: Access) -> Result<(), FileError> {
    let mut draft = Draft::begin(path, access)?;
    draft.write_all(contents)?;
    draft.replace()
}

/// Makes the file at `path` with `contents`; refuses with [`crate::Cause::AlreadyExists`] when
/// anything has that name. Of many concurrent callers exactly one succeeds.
pub fn create(path: &Path, contents: &[u8], access: Access) -> Result<(), FileError> {
    let mut draft = Draft::begin(path, access)?;
    draft.write_all(contents)?;
    draft.create()
}

/// Moves the file at `path` into `directory` of the same file system, under `name` or one that is
/// free there ([`free_in`]); gives where it is then.
pub fn move_into(path: &Path, directory: &Path, name: &OsStr) -> Result<PathBuf, FileError> {
    let target = free_in(directory, name);
    move_to(path, &target)?;
    Ok(target)
}

/// Moves the file at `path` to `target` on the same file system, whatever is there.
pub fn move_to(path: &Path, target: &Path) -> Result<(), FileError> {
    fs::rename(path, target).map_err(FileError::at(Operation::Publish, target))?;
    sync_directory(parent(target))?;
    sync_directory(parent(path))
}

/// A path in `directory` that nothing has: `name`, or `name` with a number before its ending. It stays
/// free where nobody else puts files of such names.
pub fn free_in(directory: &Path, name: &OsStr) -> PathBuf {
    (1..=u32::MAX)
        .map(|number| directory.join(numbered(name, number)))
        .find(|target| fs::symlink_metadata(target).is_err())
        .unwrap_or_else(|| directory.join(name))
}

/// The name for the `number`th file that is called so.
fn numbered(name: &OsStr, number: u32) -> OsString {
    if number == 1 {
        return name.to_owned();
    }
    let (name, tail) = (Path::new(name), format!("-{number}"));
    let mut numbered = name.file_stem().unwrap_or_default().to_owned();
    numbered.push(tail);
    if let Some(ending) = name.extension() {
        numbered.push(".");
        numbered.push(ending);
    }
    numbered
}

/// Forces a directory's entries (names made, moved or removed in it) to disk.
#[cfg(unix)]
pub fn sync_directory(directory: &Path) -> Result<(), FileError> {
    File::open(directory)
        .and_then(|handle| handle.sync_all())
        .map_err(FileError::at(Operation::Sync, directory))
}

/// Forces a directory's entries to disk: Windows journals them itself and opens no directory
/// for flushing, so there is nothing to do.
#[cfg(not(unix))]
pub fn sync_directory(_directory: &Path) -> Result<(), FileError> {
    Ok(())
}

/// Removes what crashed writers left in `directory` and returns how many files that were. Only
/// the owner of the directory may call it: an unfinished file of a living writer goes too.
pub fn remove_leftovers(directory: &Path) -> Result<usize, FileError> {
    let entries = fs::read_dir(directory).map_err(FileError::at(Operation::Read, directory))?;
    let mut removed = 0;
    for entry in entries {
        let entry = entry.map_err(FileError::at(Operation::Read, directory))?;
        if entry.file_name().to_string_lossy().ends_with(SUFFIX) {
            let path = entry.path();
            fs::remove_file(&path).map_err(FileError::at(Operation::Remove, &path))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// A file being written, invisible under its final name until [`Draft::replace`] or
/// [`Draft::create`]; dropped before that, it disappears. For contents too large for memory, or
/// written by somebody who wants a path (a database backup).
#[derive(Debug)]
pub struct Draft {
    target: PathBuf,
    path: PathBuf,
    file: File,
    published: bool,
}

impl Draft {
    /// Opens an empty draft beside `target`.
    pub fn begin(target: &Path, access: Access) -> Result<Self, FileError> {
        let target = resolve(target)?;
        let (path, file) = open_unfinished(&target, access)?;
        let draft = Self { target, path, file, published: false };
        if access == Access::Inherited {
            draft.keep_permissions()?;
        }
        Ok(draft)
    }

    /// Where the unfinished file is, for writers that want a path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends to the draft.
    pub fn write_all(&mut self, contents: &[u8]) -> Result<(), FileError> {
        self.file.write_all(contents).map_err(FileError::at(Operation::Write, &self.path))
    }

    /// Puts the draft in the target's place, whether or not that exists.
    pub fn replace(mut self) -> Result<(), FileError> {
        self.flush()?;
        fs::rename(&self.path, &self.target)
            .map_err(FileError::at(Operation::Publish, &self.target))?;
        self.published = true;
        sync_directory(parent(&self.target))
    }

    /// Puts the draft in place only if nothing has the target's name.
    pub fn create(self) -> Result<(), FileError> {
        self.flush()?;
        // A hard link is the one portable step that makes a complete file and fails on an
        // existing name. The draft's own name is removed by the drop.
        fs::hard_link(&self.path, &self.target)
            .map_err(FileError::at(Operation::Publish, &self.target))?;
        let directory = parent(&self.target).to_path_buf();
        drop(self);
        sync_directory(&directory)
    }

    fn flush(&self) -> Result<(), FileError> {
        // Opened again because a writer that was given the path may have replaced the file.
        OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|file| file.sync_all())
            .map_err(FileError::at(Operation::Sync, &self.path))
    }

    fn keep_permissions(&self) -> Result<(), FileError> {
        match fs::metadata(&self.target) {
            Ok(metadata) => fs::set_permissions(&self.path, metadata.permissions())
                .map_err(FileError::at(Operation::Write, &self.path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(FileError::new(Operation::Inspect, &self.target, error)),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nothing useful can be done about a failure here; `remove_leftovers` comes later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Follows a symbolic link, so that the link itself survives a replacement.
fn resolve(target: &Path) -> Result<PathBuf, FileError> {
    match fs::symlink_metadata(target) {
        Ok(metadata) if metadata.is_symlink() => {
            fs::canonicalize(target).map_err(FileError::at(Operation::Inspect, target))
        }
        Ok(metadata) if metadata.is_dir() => Err(FileError::new(
            Operation::Open,
            target,
            io::Error::from(io::ErrorKind::IsADirectory),
        )),
        _ => Ok(target.to_path_buf()),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Opens a file nobody else has, in the target's directory: a rename across file systems would
/// not be one step.
fn open_unfinished(target: &Path, access: Access) -> Result<(PathBuf, File), FileError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = target.file_name().unwrap_or(OsStr::new("file"));
    loop {
        let mut unfinished = OsString::from(".");
        unfinished.push(name);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        unfinished.push(format!(".{}-{number}{SUFFIX}", std::process::id()));
        let path = parent(target).join(unfinished);
        match options(access).open(&path) {
            Ok(file) => return Ok((path, file)),
            // Left by a crashed process that had this process's number: take the next name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(FileError::new(Operation::Open, target, error)),
        }
    }
}

fn options(access: Access) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = access;
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replace_makes_and_replaces_and_leaves_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mtm.toml");
        for contents in ["first", "second, longer", "3"] {
            replace(&path, contents.as_bytes(), Access::Inherited).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        }
        assert_eq!(names(directory.path()), ["mtm.toml"]);
    }

    #[test]
    fn create_refuses_an_existing_name_and_keeps_its_contents() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        create(&path, b"one", Access::Private).unwrap();
        let error = create(&path, b"two", Access::Private).unwrap_err();
        assert_eq!(error.cause(), Cause::AlreadyExists);
        assert_eq!(error.path(), path);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(directory.path()), ["key"]);
    }

    #[test]
    fn what_is_moved_replaces_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        for (name, text, moved) in
            [("a.csv", "1", "a.csv"), ("a.csv", "2", "a-2.csv"), ("b", "3", "b"), ("b", "4", "b-2")]
        {
            fs::write(from.join(name), text).unwrap();
            assert_eq!(move_into(&from.join(name), &to, name.as_ref()).unwrap(), to.join(moved));
            assert_eq!(fs::read_to_string(to.join(moved)).unwrap(), text);
        }
        assert!(names(&from).is_empty());
        let error = move_into(&from.join("gone"), &to, "gone".as_ref()).unwrap_err();
        assert_eq!(error.cause(), Cause::Missing);
    }

    #[test]
    fn of_many_creators_one_wins_and_its_contents_are_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let attempts: Vec<(u8, bool)> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..8_u8)
                .map(|number| {
                    let path = &path;
                    scope.spawn(move || {
                        (number, create(path, &vec![number; 65_536], Access::Private).is_ok())
                    })
                })
                .collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        let winners: Vec<u8> =
            attempts.into_iter().filter(|(_, won)| *won).map(|(number, _)| number).collect();
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(fs::read(&path).unwrap(), vec![winners[0]; 65_536]);
    }

    #[test]
    fn a_dropped_draft_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        replace(&path, b"old", Access::Inherited).unwrap();
        let mut draft = Draft::begin(&path, Access::Inherited).unwrap();
        draft.write_all(b"half of the ne").unwrap();
        drop(draft);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["report.json"]);
    }

    #[test]
    fn a_missing_directory_and_a_directory_in_the_way_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("no/such/file");
        assert_eq!(replace(&missing, b"", Access::Inherited).unwrap_err().cause(), Cause::Missing);
        let error = replace(directory.path(), b"", Access::Inherited).unwrap_err();
        assert_eq!(error.cause(), Cause::IsADirectory);
    }

    #[test]
    fn leftovers_of_a_crash_are_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mtm.db");
        replace(&path, b"data", Access::Inherited).unwrap();
        // A crash never runs the drop.
        std::mem::forget(Draft::begin(&path, Access::Inherited).unwrap());
        assert_eq!(names(directory.path()).len(), 2);
        assert_eq!(remove_leftovers(directory.path()).unwrap(), 1);
        assert_eq!(names(directory.path()), ["mtm.db"]);
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[test]
        fn private_files_are_for_the_owner_and_replaced_files_keep_their_mode() {
            let directory = tempfile::tempdir().unwrap();
            let key = directory.path().join("key");
            create(&key, b"k", Access::Private).unwrap();
            assert_eq!(mode(&key), 0o600);

            let shared = directory.path().join("shared");
            fs::write(&shared, b"old").unwrap();
            fs::set_permissions(&shared, fs::Permissions::from_mode(0o640)).unwrap();
            replace(&shared, b"new", Access::Inherited).unwrap();
            assert_eq!(mode(&shared), 0o640);
        }

        #[test]
        fn a_symbolic_link_survives_the_replacement_of_its_target() {
            let directory = tempfile::tempdir().unwrap();
            let real = directory.path().join("real.toml");
            let link = directory.path().join("mtm.toml");
            fs::write(&real, b"old").unwrap();
            symlink(&real, &link).unwrap();
            replace(&link, b"new", Access::Inherited).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read(&real).unwrap(), b"new");
        }
    }
}
