//! Writing one, piece by piece, each proved before it is written.

use std::path::{Path, PathBuf};

use mtm_core::word::Timestamp;
use mtm_store::Ledger;
use mtm_store::entries::ChainEntry;
use mtm_store::totals::ChainPlace;

use super::line::{End, Entry, FORMAT, Head, Seal, statement, text};
use super::packing::Sink;
use super::walk::{PIECE, Walk};
use super::{ArchiveError, ArchiveReport, BadRow};
use crate::checkpoint::{Checkpoint, Signature, SigningKey, Total};

/// Entries of one question.
const CHUNK: u32 = 5_000;

/// What goes into an archive.
#[derive(Debug)]
pub struct Extent<'a> {
    /// The checkpoint that the archive before ended with; none for the first one.
    pub after: Option<&'a Checkpoint>,
    /// Place of the last entry.
    pub upto: u64,
    /// Whether notes go in, too.
    pub notes: bool,
}

/// Writes the entries of `extent` to `path`, where nothing may be, signed with `key`. `told` hears how many
/// are written.
pub async fn write(
    ledger: &Ledger,
    key: &SigningKey,
    path: &Path,
    extent: &Extent<'_>,
    mut told: impl FnMut(u64),
) -> Result<ArchiveReport, ArchiveError> {
    let (after, upto) = (extent.after, extent.upto);
    let from = after.map_or(1, |after| after.sequence.saturating_add(1));
    let end = ledger.chain_place(upto).await?.filter(|_| from <= upto);
    let end = end.ok_or(ArchiveError::Nothing { from })?;
    let mut writer = Writer::begin(path, after, extent.notes)?;
    let mut next = from;
    while next <= upto {
        let entries = ledger.chain_entries(next, upto, CHUNK).await?;
        if entries.is_empty() {
            return Err(broken(format!("entry {next} is not there"), next));
        }
        for entry in entries {
            writer.entry(entry)?;
            next += 1;
        }
        told(next - from);
    }
    let catalogue = ledger.catalogue();
    let code = |id| catalogue.parts.by_id(id).map(|part| part.code.to_string());
    writer.end(end, code, key, ledger.clock().now())
}

fn broken(message: String, sequence: u64) -> ArchiveError {
    let sequence = Some(sequence);
    let bad = BadRow { line: None, sequence, movement: None, lot: None, message };
    ArchiveError::Broken { bad: Box::new(bad) }
}

/// An archive that is being written.
pub(super) struct Writer {
    path: PathBuf,
    after: Option<Checkpoint>,
    previous: String,
    notes: bool,
    walk: Walk,
    sink: Sink,
}

impl Writer {
    pub(super) fn begin(
        path: &Path,
        after: Option<&Checkpoint>,
        notes: bool,
    ) -> Result<Self, ArchiveError> {
        let message = "its checkpoint does not say how many pieces there were";
        let walk = Walk::after(after).ok_or_else(|| ArchiveError::NotOne {
            path: path.to_owned(),
            message: message.to_owned(),
        })?;
        let (after, previous) = (after.cloned(), walk.hash.hex());
        let format = FORMAT.to_owned();
        let head =
            Head { format, from: walk.from, previous: previous.clone(), after: after.clone() };
        let (head, mut sink) = (text(&head), Sink::begin(path)?);
        sink.line(&head, &head)?;
        Ok(Self { path: path.to_owned(), after, previous, notes, walk, sink })
    }

    pub(super) fn entry(&mut self, entry: ChainEntry) -> Result<(), ArchiveError> {
        let entry = Entry::of(entry);
        let bad = match self.walk.pass(&entry) {
            Ok(()) => return self.put(&entry),
            Err(bad) => bad,
        };
        Err(ArchiveError::Broken { bad: Box::new(bad) })
    }

    fn put(&mut self, entry: &Entry) -> Result<(), ArchiveError> {
        if !entry.tells() {
            let line = text(entry);
            return Ok(self.sink.line(&line, &line)?);
        }
        let bare = text(&entry.bare());
        if self.notes {
            return Ok(self.sink.line(&text(entry), &bare)?);
        }
        self.walk.removed += 1;
        Ok(self.sink.line(&bare, &bare)?)
    }

    /// Ends it at `place` with a checkpoint signed at `now`; parts are called by their codes.
    pub(super) fn end(
        self,
        place: ChainPlace,
        code: impl Fn(i64) -> Option<String>,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<ArchiveReport, ArchiveError> {
        let Self { path, after, previous, walk, mut sink, .. } = self;
        let total =
            |(id, units)| Total { id, part: code(id).unwrap_or_default(), quantity: units / PIECE };
        let checkpoint = Checkpoint::at(place, walk.totals().map(total).collect()).sign(key, now);
        if let Some(message) = walk.differs(&checkpoint) {
            return Err(broken(message.to_owned(), checkpoint.sequence));
        }
        let (entries, movements) = (walk.next - walk.from, walk.movements);
        let end = text(&End { entries, movements, checkpoint: checkpoint.clone() });
        sink.line(&end, &end)?;
        sink.end(|lines, packed| {
            let signature = key.sign(&statement(&lines));
            text(&Seal { packed: packed.hex(), signature })
        })?;
        let signature = Signature::Trusted(key.public());
        Ok(ArchiveReport::of(path, &walk, previous, after, checkpoint, signature))
    }
}

impl ArchiveReport {
    pub(super) fn of(
        path: PathBuf,
        walk: &Walk,
        previous: String,
        after: Option<Checkpoint>,
        checkpoint: Checkpoint,
        signature: Signature,
    ) -> Self {
        let stock = checkpoint.stock.as_ref();
        Self {
            path,
            from: walk.from,
            previous,
            to: checkpoint.sequence,
            hash: checkpoint.hash.clone(),
            recorded_at: checkpoint.recorded_at,
            entries: walk.next - walk.from,
            movements: walk.movements,
            notes: walk.notes,
            notes_removed: walk.removed,
            parts: stock.map_or(0, |stock| stock.parts),
            pieces: stock.map_or(0, |stock| stock.pieces),
            checkpoint,
            after,
            signature,
        }
    }
}
