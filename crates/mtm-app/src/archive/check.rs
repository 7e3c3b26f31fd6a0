//! Is an archive what was written?

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mtm_core::audit::Hash;
use mtm_platform::{FileError, Operation};
use sha2::{Digest as _, Sha256};

use super::line::{self, Entry, FORMAT, Head, Line, Seal, statement};
use super::packing::{Source, text_of};
use super::walk::Walk;
use super::{ArchiveError, ArchiveReport, BadRow};
use crate::checkpoint::{Checkpoint, PublicKey};

/// A line that is as it was written.
pub(super) enum Piece<'p> {
    /// The first one, or the one after the last entry.
    Frame(&'p str),
    /// An entry's.
    Entry(&'p Entry),
}

/// Proves the archive at `path` by itself: every entry follows the one before, from the hash that it begins
/// with; notes are those their entry has the hash of; with the movements, the pieces that it begins with
/// make those that it ends with; and all of it is signed by one of the `trusted` keys, or by any where none is
/// named. `told` hears how many entries are read.
pub fn check(
    path: &Path,
    trusted: &[PublicKey],
    mut told: impl FnMut(u64),
) -> Result<ArchiveReport, ArchiveError> {
    let mut read = 0;
    let each = |piece: &Piece<'_>| {
        read += u64::from(matches!(piece, Piece::Entry(_)));
        if read % 10_000 == 0 {
            told(read);
        }
        Ok(())
    };
    Ok(prove(path, open(path)?, trusted, each)?.0)
}

pub(super) fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|error| FileError::new(Operation::Open, path, error))
}

/// Proves the archive that `read` gives; `each` sees its lines, before the end of it is proved. Gives what the
/// seal said, too.
pub(super) fn prove(
    path: &Path,
    read: impl Read,
    trusted: &[PublicKey],
    mut each: impl FnMut(&Piece<'_>) -> Result<(), ArchiveError>,
) -> Result<(ArchiveReport, Seal), ArchiveError> {
    let mut lines = Lines { path, source: Source::of(read), number: 0, signed: Sha256::new() };
    let (text, head) = lines.head()?;
    each(&Piece::Frame(&text))?;
    let mut walk = lines.beginning(&head)?;
    let end = loop {
        let text = lines.next(&walk)?;
        match Line::read(&text) {
            Some(Line::Entry(entry)) => {
                walk.pass(&entry).map_err(|bad| lines.altered(bad))?;
                if entry.tells() {
                    lines.sign(&line::text(&entry.bare()));
                } else {
                    lines.sign(&text);
                }
                each(&Piece::Entry(&entry))?;
            }
            Some(Line::End(end)) => {
                lines.sign(&text);
                each(&Piece::Frame(&text))?;
                break end;
            }
            None => {
                let next = walk.next;
                let message = format!("where entry {next} should be stands what is none");
                return Err(lines.altered(row(Some(next), message)));
            }
        }
    };
    if end.checkpoint.sequence >= walk.next {
        let message = format!("entry {} is not there, but the end in its place", walk.next);
        return Err(lines.altered(row(Some(walk.next), message)));
    }
    if let Some(message) = walk.ends_otherwise(&end) {
        return Err(lines.altered(row(None, message.to_owned())));
    }
    let seal = lines.end(&end.checkpoint)?;
    let signature = end.checkpoint.signature(trusted, true);
    let signature =
        signature.map_err(|flaw| ArchiveError::NotVouchedFor { path: path.to_owned(), flaw })?;
    let (previous, after) = (head.previous, head.after);
    let report =
        ArchiveReport::of(path.to_owned(), &walk, previous, after, end.checkpoint, signature);
    Ok((report, seal))
}

fn row(sequence: Option<u64>, message: String) -> BadRow {
    BadRow { line: None, sequence, movement: None, lot: None, message }
}

/// The lines of a file on their way.
struct Lines<'p, R: Read> {
    path: &'p Path,
    source: Source<R>,
    /// Lines that were read.
    number: u64,
    /// What of them is signed.
    signed: Sha256,
}

impl<R: Read> Lines<'_, R> {
    fn path(&self) -> PathBuf {
        self.path.to_owned()
    }

    fn sign(&mut self, line: &str) {
        self.signed.update(line.as_bytes());
    }

    /// It is bad in the line that was read last.
    fn altered(&self, bad: BadRow) -> ArchiveError {
        let bad = BadRow { line: Some(self.number), ..bad };
        ArchiveError::Altered { path: self.path(), bad: Box::new(bad) }
    }

    /// It is bad as a whole.
    fn altered_whole(&self, message: &str) -> ArchiveError {
        let bad = Box::new(row(None, message.to_owned()));
        ArchiveError::Altered { path: self.path(), bad }
    }

    /// The first line.
    fn head(&mut self) -> Result<(String, Head), ArchiveError> {
        let not_one = |message: &dyn std::fmt::Display| ArchiveError::NotOne {
            path: self.path.to_owned(),
            message: message.to_string(),
        };
        let text = match self.source.line() {
            Ok(Some(text)) => text,
            Ok(None) => return Err(not_one(&"it is empty")),
            Err(error) if error.raw_os_error().is_some() => return Err(self.failed(error)),
            Err(error) => return Err(not_one(&format!("it cannot be unpacked ({error})"))),
        };
        let head: Head = serde_json::from_str(&text).map_err(|error| not_one(&error))?;
        if head.format != FORMAT {
            let message = format!("its form {:?} is none that this version reads", head.format);
            return Err(not_one(&message));
        }
        self.number = 1;
        if line::text(&head) != text {
            return Err(self.altered(row(None, "its first line was altered".to_owned())));
        }
        self.sign(&text);
        Ok((text, head))
    }

    /// Where its entries begin.
    fn beginning(&self, head: &Head) -> Result<Walk, ArchiveError> {
        let after = head.after.as_ref();
        // Who signed that one does not matter: who signed this one vouches for it.
        let is_whole = after.is_none_or(|after| after.signature(&[], true).is_ok());
        let walk = Walk::after(after).filter(|walk| {
            is_whole && (walk.from, walk.hash.hex()) == (head.from, head.previous.clone())
        });
        walk.ok_or_else(|| {
            let message = "it does not begin where the checkpoint that it begins with ends";
            self.altered(row(None, message.to_owned()))
        })
    }

    /// The next line, which must be there.
    fn next(&mut self, walk: &Walk) -> Result<String, ArchiveError> {
        let line = self.source.line();
        self.number += 1;
        match line {
            Ok(Some(text)) => Ok(text),
            Ok(None) => {
                let message = format!("it ends before entry {}, without its end", walk.next);
                Err(self.altered(row(Some(walk.next), message)))
            }
            Err(error) if error.raw_os_error().is_some() => Err(self.failed(error)),
            Err(error) => {
                let message = format!("from entry {} on it cannot be unpacked: {error}", walk.next);
                Err(self.altered(row(Some(walk.next), message)))
            }
        }
    }

    fn failed(&self, error: io::Error) -> ArchiveError {
        FileError::new(Operation::Read, self.path, error).into()
    }

    /// After the line with `checkpoint`: that nothing else comes but the seal, and that all of it is what was
    /// sealed.
    fn end(mut self, checkpoint: &Checkpoint) -> Result<Seal, ArchiveError> {
        match self.source.line() {
            Ok(None) => {}
            Ok(Some(_)) => return Err(self.altered_whole("it goes on after its end")),
            Err(error) if error.raw_os_error().is_some() => return Err(self.failed(error)),
            Err(error) => {
                return Err(self.altered_whole(&format!("its end cannot be unpacked: {error}")));
            }
        }
        let Self { path, source, signed, .. } = self;
        let altered = |message: &str| ArchiveError::Altered {
            path: path.to_owned(),
            bad: Box::new(row(None, message.to_owned())),
        };
        let (packed, rest) =
            source.rest().map_err(|error| FileError::new(Operation::Read, path, error))?;
        let seal: Option<Seal> = text_of(&rest).and_then(line::read);
        let seal = seal.ok_or_else(|| altered("it is not sealed, or its seal was altered"))?;
        if seal.packed != packed.hex() {
            return Err(altered("its packed bytes are not those that were sealed"));
        }
        let lines = statement(&Hash(signed.finalize().into()));
        let Some(signed) = &checkpoint.signed else {
            return Err(altered("the checkpoint at its end is not signed"));
        };
        if !signed.key.has_signed(&lines, &seal.signature) {
            return Err(altered("its lines are not those that were signed"));
        }
        Ok(seal)
    }
}
