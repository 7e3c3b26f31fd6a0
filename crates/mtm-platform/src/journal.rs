//! A file that only grows: records that are on the disk before anybody is told so.
//!
//! A record is one line, `<CRC-32 of the text, 8 hex digits> <text>`. [`Journal::append`] returns after the
//! disk has it. A power cut in the middle of an append leaves a torn last line, which nobody was ever told
//! about: it is cut off when the journal is opened for writing, and handed out so that it can be shown.
//! A damaged line with whole ones behind it is no torn tail: something else wrote there, and the journal is
//! refused instead of being read around the damage.
//!
//! Absent on purpose: a lock (the owner of the directory takes [`crate::OwnerLock`]), and rewriting; what is
//! done with is given up whole by [`Journal::restart`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::durable::{self, Access};
use crate::error::{FileError, Operation};

/// Characters before the text of a record: checksum and a blank.
const PREFIX: usize = 9;

/// A journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A record in the middle is not what was written.
    #[error("failed to read {}: record {record} is damaged, and whole ones follow it", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Its number, from 1.
        record: usize,
    },
    /// The file could not be used.
    #[error(transparent)]
    File(#[from] FileError),
}

impl JournalError {
    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "journal_damaged",
            Self::File(error) => error.code(),
        }
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => {
                "Keep a copy of the file: its whole lines can still be read. Then begin another journal."
            }
            Self::File(error) => error.next_step(),
        }
    }
}

/// What stands in a journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The text of every record, oldest first.
    pub records: Vec<String>,
    /// What a cut-off append left at the end, for people.
    pub torn: Option<String>,
    /// Bytes of the whole records.
    whole: u64,
}

impl Contents {
    /// Bytes of the whole records.
    pub const fn bytes(&self) -> u64 {
        self.whole
    }
}

/// A journal, open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
}

/// Reads the journal at `path`, which somebody else may be appending to. A missing one is empty.
pub fn read(path: &Path) -> Result<Contents, JournalError> {
    match fs::read(path) {
        Ok(bytes) => parse(path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contents::default()),
        Err(error) => Err(FileError::new(Operation::Read, path, error).into()),
    }
}

impl Journal {
    /// Opens the journal at `path`, or makes it, and cuts off what a power cut left torn.
    pub fn open(path: &Path) -> Result<(Self, Contents), JournalError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(FileError::at(Operation::Open, path))?;
        let contents = read(path)?;
        let journal = Self { path: path.to_path_buf(), file, length: contents.whole };
        if contents.torn.is_some() {
            journal.cut()?;
        }
        durable::sync_directory(parent(path))?;
        Ok((journal, contents))
    }

    /// Appends records, all of them in one flush. They are on the disk when this returns; after an
    /// error none of them is in the journal.
    pub fn append(&mut self, records: &[String]) -> Result<(), FileError> {
        let mut lines = Vec::new();
        for record in records {
            lines.extend_from_slice(&line(record));
        }
        let written = (&self.file)
            .write_all(&lines)
            .map_err(FileError::at(Operation::Write, &self.path))
            .and_then(|()| self.flush());
        match written {
            Ok(()) => {
                self.length += lines.len() as u64;
                Ok(())
            }
            Err(error) => {
                // What cannot be cut off now is told apart when the journal is opened again, or is
                // a whole record that nobody was told about, which does no harm.
                let _ = self.cut();
                Err(error)
            }
        }
    }

    /// Gives up everything that stands here, for one record.
    pub fn restart(self, record: &str) -> Result<Self, JournalError> {
        let path = self.path.clone();
        drop(self);
        durable::replace(&path, &line(record), Access::Private)?;
        Ok(Self::open(&path)?.0)
    }

    fn flush(&self) -> Result<(), FileError> {
        self.file.sync_data().map_err(FileError::at(Operation::Sync, &self.path))
    }

    fn cut(&self) -> Result<(), FileError> {
        let cut = OpenOptions::new().write(true).open(&self.path).and_then(|file| {
            file.set_len(self.length)?;
            file.sync_all()
        });
        cut.map_err(FileError::at(Operation::Write, &self.path))
    }
}

/// A record as it stands in the file. A line break inside would end it early.
fn line(record: &str) -> Vec<u8> {
    let text = record.replace(['\r', '\n'], " ");
    format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes())).into_bytes()
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Contents, JournalError> {
    let mut contents = Contents::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (line, behind) = match end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        match record(line).filter(|_| end.is_some()) {
            Some(text) => {
                contents.records.push(text);
                contents.whole += line.len() as u64 + 1;
                rest = behind;
            }
            None if behind.split(|byte| *byte == b'\n').any(|line| record(line).is_some()) => {
                let record = contents.records.len() + 1;
                return Err(JournalError::Damaged { path: path.to_path_buf(), record });
            }
            None => {
                contents.torn = Some(String::from_utf8_lossy(rest).into_owned());
                break;
            }
        }
    }
    Ok(contents)
}

/// The text of a line whose checksum holds.
fn record(line: &[u8]) -> Option<String> {
    let (checksum, text) = line.split_at_checked(PREFIX)?;
    let checksum = std::str::from_utf8(checksum).ok()?.strip_suffix(' ')?;
    let checksum = u32::from_str_radix(checksum, 16).ok()?;
    let text = std::str::from_utf8(text).ok()?;
    (crc32fast::hash(text.as_bytes()) == checksum).then(|| text.to_owned())
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(records: &[&str]) -> Vec<String> {
        records.iter().map(|record| (*record).to_owned()).collect()
    }

    #[test]
    fn what_was_appended_is_there_in_order_also_after_opening_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("queue.journal");
        assert_eq!(read(&path).unwrap(), Contents::default());
        let (mut journal, before) = Journal::open(&path).unwrap();
        assert_eq!(before, Contents::default());
        journal.append(&texts(&["one", "two"])).unwrap();
        journal.append(&texts(&["three, ünïcode", "", "li\nne"])).unwrap();
        let expected = texts(&["one", "two", "three, ünïcode", "", "li ne"]);
        assert_eq!(read(&path).unwrap().records, expected);
        drop(journal);
        let (journal, contents) = Journal::open(&path).unwrap();
        assert_eq!(contents.records, expected);
        assert_eq!(contents.bytes(), fs::metadata(&path).unwrap().len());
        let mut journal = journal.restart("anew").unwrap();
        journal.append(&texts(&["more"])).unwrap();
        assert_eq!(read(&path).unwrap().records, texts(&["anew", "more"]));
    }

    #[test]
    fn a_torn_tail_of_any_length_is_cut_off_and_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("queue.journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&texts(&["one", "two"])).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let first = line("one").len();
        for length in first..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, contents) = Journal::open(&path).unwrap();
            assert_eq!(contents.records, texts(&["one"]), "{length}");
            assert_eq!(contents.torn.is_some(), length > first, "{length}");
            journal.append(&texts(&["after"])).unwrap();
            assert_eq!(read(&path).unwrap().records, texts(&["one", "after"]), "{length}");
        }
    }

    #[test]
    fn damage_in_the_middle_is_refused_and_at_the_end_is_a_torn_tail() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("queue.journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&texts(&["one", "two", "three"])).unwrap();
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        changed[line("one").len() + PREFIX] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(matches!(read(&path), Err(JournalError::Damaged { record: 2, .. })));
        assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { .. })));
        assert_eq!(fs::read(&path).unwrap(), changed, "left alone");
        // Zeros, as a file system leaves them where a length got to the disk before the bytes.
        let mut zeros = whole.clone();
        zeros.extend_from_slice(&[0; 512]);
        fs::write(&path, zeros).unwrap();
        assert_eq!(read(&path).unwrap().records.len(), 3);
        assert!(read(&path).unwrap().torn.is_some());
    }

    #[test]
    fn a_missing_directory_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = Journal::open(&directory.path().join("no/queue.journal")).unwrap_err();
        assert_eq!(error.code(), "file_missing");
    }
}
