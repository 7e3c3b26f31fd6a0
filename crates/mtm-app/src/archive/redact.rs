//! Taking notes out of an archive: words of people that must not be kept any longer.
//!
//! An entry holds only the salted hash of the notes, and only entries are signed. So what is left is
//! proved as before, by the same signature; from the hash alone nobody can tell what the words were.

use std::collections::BTreeSet;
use std::path::Path;

use super::check::{Piece, open, prove};
use super::line::{Seal, text};
use super::packing::Sink;
use super::{ArchiveError, ArchiveReport};
use crate::checkpoint::PublicKey;

/// Whose notes are taken out.
#[derive(Debug, Clone)]
pub enum Redaction {
    /// All.
    All,
    /// Those of the movements of these audit entries.
    Of(BTreeSet<u64>),
}

/// Copies the archive at `from` to `to`, where nothing may be, without some of its notes. Only one that is
/// proved is copied. Gives what the new one holds.
pub fn redact(
    from: &Path,
    to: &Path,
    trusted: &[PublicKey],
    redaction: &Redaction,
) -> Result<ArchiveReport, ArchiveError> {
    let mut sink = Sink::begin(to)?;
    let mut removed = BTreeSet::new();
    let mut count = 0;
    let each = |piece: &Piece<'_>| {
        let entry = match piece {
            Piece::Frame(line) => return Ok(sink.line(line, line)?),
            Piece::Entry(entry) => entry,
        };
        let bare = text(&entry.bare());
        let goes = match redaction {
            Redaction::All => true,
            Redaction::Of(sequences) => sequences.contains(&entry.sequence),
        };
        if !entry.tells() || !goes {
            return Ok(sink.line(&text(entry), &bare)?);
        }
        count += 1;
        if matches!(redaction, Redaction::Of(_)) {
            removed.insert(entry.sequence);
        }
        Ok(sink.line(&bare, &bare)?)
    };
    let (report, seal) = prove(from, open(from)?, trusted, each)?;
    if let Redaction::Of(sequences) = redaction
        && let Some(sequence) = sequences.difference(&removed).next()
    {
        return Err(ArchiveError::NoNotes { path: from.to_owned(), sequence: *sequence });
    }
    let Seal { signature, .. } = seal;
    sink.end(|_, packed| text(&Seal { packed: packed.hex(), signature }))?;
    let notes_removed = report.notes_removed + count;
    Ok(ArchiveReport { path: to.to_owned(), notes_removed, ..report })
}
