//! Walking along the chain, from whichever side the entries come.

use std::collections::BTreeMap;

use mtm_core::audit::{self, Hash, MovementTold};

use super::BadRow;
use super::line::{End, Entry, bytes};
use crate::checkpoint::Checkpoint;

/// How far the walk is, and what there is then.
pub(super) struct Walk {
    /// Place of the first entry.
    pub(super) from: u64,
    /// Place of the next one.
    pub(super) next: u64,
    /// Hash of the one before that.
    pub(super) hash: Hash,
    /// Place of the newest movement.
    pub(super) movement: u64,
    /// Movements walked over.
    pub(super) movements: u64,
    /// Those of them that have notes.
    pub(super) notes: u64,
    /// Notes that are not told.
    pub(super) removed: u64,
    /// 10⁻⁶ pieces by part, also of those of which there are none any more.
    totals: BTreeMap<i64, i64>,
}

impl Walk {
    /// Begins after a checkpoint with totals, or at the beginning. Nothing where it cannot go on from there.
    pub(super) fn after(checkpoint: Option<&Checkpoint>) -> Option<Self> {
        let mut walk = Self {
            from: 1,
            next: 1,
            hash: Hash::GENESIS,
            movement: 0,
            movements: 0,
            notes: 0,
            removed: 0,
            totals: BTreeMap::new(),
        };
        let Some(checkpoint) = checkpoint else { return Some(walk) };
        let units = |pieces: i64| pieces.checked_mul(PIECE);
        for total in checkpoint.totals.as_ref()? {
            walk.totals.insert(total.id, units(total.quantity)?);
        }
        walk.from = checkpoint.sequence.checked_add(1)?;
        walk.next = walk.from;
        walk.hash = Hash(bytes(&checkpoint.hash)?);
        walk.movement = checkpoint.stock.as_ref()?.movement;
        checkpoint.holds(walk.totals()).then_some(walk)
    }

    /// 10⁻⁶ pieces by part, in the order of the parts' rows.
    pub(super) fn totals(&self) -> impl Iterator<Item = (i64, i64)> + Clone + '_ {
        self.totals.iter().map(|(id, units)| (*id, *units)).filter(|(_, units)| *units != 0)
    }

    /// Goes over an entry, which must be the next one.
    pub(super) fn pass(&mut self, entry: &Entry) -> Result<(), BadRow> {
        let told = audit::movement_told(&entry.text);
        let hash = self.follows(entry, told.as_ref()).map_err(|message| BadRow {
            line: None,
            sequence: Some(self.next),
            movement: told.as_ref().map(|told| told.sequence),
            lot: told.as_ref().and_then(|told| told.lot.clone()),
            message,
        })?;
        self.hash = hash;
        self.next += 1;
        let Some(told) = told else { return Ok(()) };
        self.movement = told.sequence;
        self.movements += 1;
        self.notes += u64::from(told.notes.is_some());
        self.removed += u64::from(told.notes.is_some() && !entry.tells());
        let total = self.totals.entry(told.part).or_default();
        *total = total.wrapping_add(told.adds);
        Ok(())
    }

    /// The hash of an entry that is the next one.
    fn follows(&self, entry: &Entry, told: Option<&MovementTold>) -> Result<Hash, String> {
        let Self { next, movement, .. } = self;
        if entry.sequence != *next {
            let there = entry.sequence;
            return Err(format!("entry {next} is not there, but entry {there} in its place"));
        }
        let hash = audit::chain(&self.hash, entry.text.as_bytes());
        if hash.hex() != entry.hash {
            return Err(format!("entry {next} is not what was hashed after entry {}", next - 1));
        }
        if entry.tells() && entry.notes_hash().as_ref() != told.and_then(|told| told.notes.as_ref())
        {
            return Err(format!("the notes of entry {next} are not those it has the hash of"));
        }
        match told {
            Some(told) if told.sequence != movement + 1 => Err(format!(
                "entry {next} is about movement {}, and movement {} is not there",
                told.sequence,
                movement + 1
            )),
            _ => Ok(hash),
        }
    }

    /// What a checkpoint says otherwise than the entries up to it.
    pub(super) fn differs(&self, checkpoint: &Checkpoint) -> Option<&'static str> {
        let movement = checkpoint.stock.as_ref().map(|stock| stock.movement);
        if checkpoint.sequence + 1 != self.next || checkpoint.hash != self.hash.hex() {
            return Some("the checkpoint is not that of the last entry");
        }
        if movement != Some(self.movement) || !checkpoint.holds(self.totals()) {
            return Some("the movements do not make the pieces of the checkpoint");
        }
        None
    }

    /// What the line after the last entry says otherwise than the entries.
    pub(super) fn ends_otherwise(&self, end: &End) -> Option<&'static str> {
        if (end.entries, end.movements) != (self.next - self.from, self.movements) {
            return Some("there are not as many entries as it says");
        }
        if end.checkpoint.totals.is_none() {
            return Some("the checkpoint does not say how many pieces there were of which part");
        }
        self.differs(&end.checkpoint)
    }
}

/// 10⁻⁶ pieces of a piece.
pub(super) const PIECE: i64 = 1_000_000;
