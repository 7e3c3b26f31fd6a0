//! Verification that never ends: for an auditor who looks again and again while people book.
//!
//! What is looked at in a round is bounded, whatever the length of the log: the newest entries of the
//! chain ([`ChainWatch`]), and all stock against the nearest closing ([`Ledger::audit_stock`]). What is
//! older is read by a [`Sweep`], a small piece at a time, from the beginning to the end and again. Each
//! piece is a short question of its own; how long to rest between them is the caller's to say.
//!
//! Nothing of it is written down: whoever begins anew begins with the newest entries at once.

use mtm_core::audit::Hash;

use super::chain::{self, HASH, Walk};
use super::facade::Ends;
use super::present::{self, Present};
use super::{Stop, lot};
use crate::fault::Fault;
use crate::integrity::{Damage, FirstBad};
use crate::ledger::Ledger;
use crate::sql::{Connection, OptionalExtension as _, params};

/// Entries that are read again in every round.
pub const ALWAYS_AGAIN: u64 = 100_000;

/// Where a piece ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The round goes on.
    More,
    /// The round is over, and this was found.
    Round(Option<FirstBad>),
}

/// Walks the newest entries of the chain, round after round.
#[derive(Debug, Default)]
pub struct ChainWatch {
    under_way: Option<(Walk, Ends)>,
    /// Where the chain ended when it was found sound, so that a cut-off end is noticed.
    head: Option<(u64, Hash)>,
}

impl ChainWatch {
    /// Where the chain ended when a round last found it sound.
    pub fn head(&self) -> Option<u64> {
        self.head.as_ref().map(|(sequence, _)| *sequence)
    }

    /// Looks at the next piece, `entries` long. One that is given up half way begins its round anew.
    pub async fn step(&mut self, ledger: &Ledger, entries: u32) -> Result<Piece, Fault> {
        let under_way = self.under_way.take();
        let head = self.head;
        let asked = ledger.query(move |connection| {
            finding(match under_way {
                None => begin(connection, head).map(Some),
                Some((walk, ends)) => go_on(connection, walk, ends, entries),
            })
        });
        match asked.await? {
            Ok(Some((walk, ends))) if walk.next <= ends.audit => {
                self.under_way = Some((walk, ends));
                Ok(Piece::More)
            }
            Ok(walked) => {
                if let Some((walk, ends)) = walked {
                    self.head = (ends.audit > 0).then_some((ends.audit, walk.hash));
                }
                Ok(Piece::Round(None))
            }
            Err(bad) => Ok(Piece::Round(Some(bad))),
        }
    }
}

fn begin(connection: Connection<'_>, head: Option<(u64, Hash)>) -> Result<(Walk, Ends), Stop> {
    if let Some((sequence, hash)) = head {
        let stored = hash_at(connection, sequence)?;
        let message = match stored {
            Some(stored) if stored == hash => None,
            Some(_) => Some(format!("audit entry {sequence} is another one than before")),
            None => Some(format!("audit entry {sequence}, the newest of before, is gone")),
        };
        if let Some(message) = message {
            let bad = FirstBad::new(Damage::AuditEntryMissing, message);
            return Err(FirstBad { audit_sequence: Some(sequence), ..bad }.into());
        }
    }
    let ends = Ends::of_log(connection)?;
    let from = ends.audit.saturating_sub(ALWAYS_AGAIN) + 1;
    let walk = Walk::before(connection, from, false)?;
    if ends.audit == 0 {
        refuse_rest(connection, &walk, &ends)?;
    }
    Ok((walk, ends))
}

fn go_on(
    connection: Connection<'_>,
    mut walk: Walk,
    ends: Ends,
    entries: u32,
) -> Result<Option<(Walk, Ends)>, Stop> {
    if !walk.step(connection, ends.audit, entries)? {
        refuse_rest(connection, &walk, &ends)?;
    }
    Ok(Some((walk, ends)))
}

/// Refuses movements that the chain ended before.
fn refuse_rest(connection: Connection<'_>, walk: &Walk, ends: &Ends) -> Result<(), Stop> {
    if walk.next_movement <= ends.movement {
        chain::refuse_unaudited(connection, walk.next_movement)?;
    }
    Ok(())
}

/// Reads everything, however old, a small piece at a time. Where something is bad it stays and looks
/// again, until that was put right.
#[derive(Debug, Default)]
pub struct Sweep {
    at: Place,
    /// The chain up to here was read since this began.
    upto: u64,
    /// How often everything was read.
    times: u64,
}

#[derive(Debug, Clone, Default)]
enum Place {
    #[default]
    Beginning,
    Chain(Walk),
    Lots(String),
}

/// What a sweep is reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// The chain and the movements beside it.
    Chain,
    /// Lots, their movements and their stock.
    Lots,
}

impl Sweep {
    /// Up to which entry the chain was read.
    pub const fn upto(&self) -> u64 {
        self.upto
    }

    /// How often everything was read.
    pub const fn times(&self) -> u64 {
        self.times
    }

    /// What is read next.
    pub const fn reads(&self) -> Swept {
        match self.at {
            Place::Beginning | Place::Chain(_) => Swept::Chain,
            Place::Lots(_) => Swept::Lots,
        }
    }

    /// Reads the next piece: so many entries, or so many lots. Gives what is bad there.
    pub async fn step(
        &mut self,
        ledger: &Ledger,
        entries: u32,
        lots: u32,
    ) -> Result<Option<FirstBad>, Fault> {
        let at = self.at.clone();
        let read =
            ledger.query(move |connection| finding(piece(connection, at, entries, lots))).await?;
        match read {
            Ok((next, upto)) => {
                self.upto = self.upto.max(upto);
                let over = matches!((&self.at, &next), (Place::Lots(_), Place::Beginning));
                self.times += u64::from(over);
                self.at = next;
                Ok(None)
            }
            Err(bad) => Ok(Some(bad)),
        }
    }
}

/// Where the next piece begins, and up to which entry the chain was read.
fn piece(
    connection: Connection<'_>,
    at: Place,
    entries: u32,
    lots: u32,
) -> Result<(Place, u64), Stop> {
    match at {
        Place::Beginning => Ok((Place::Chain(Walk::before(connection, 1, false)?), 0)),
        Place::Chain(mut walk) => {
            let ends = Ends::of_log(connection)?;
            let more = walk.next <= ends.audit && walk.step(connection, ends.audit, entries)?;
            let upto = walk.next - 1;
            Ok((if more { Place::Chain(walk) } else { Place::Lots(String::new()) }, upto))
        }
        Place::Lots(after) => {
            let (last, _) = lot::step(connection, &after, lots)?;
            Ok((last.map_or(Place::Beginning, Place::Lots), 0))
        }
    }
}

impl Ledger {
    /// Compares all stock with the nearest closing and what happened since, in one moment. Gives the
    /// first lot that differs.
    pub async fn audit_stock(&self) -> Result<Option<FirstBad>, Fault> {
        match self.query(|connection| finding(present::check(connection))).await? {
            Ok(Present::Agrees) => Ok(None),
            Ok(Present::ClosingDiffers) => {
                tracing::warn!("a closing is not what the log makes; closings are made anew");
                self.forget_closings().await?;
                Ok(None)
            }
            Err(bad) => Ok(Some(bad)),
        }
    }

    /// The hash of an audit entry, hexadecimal.
    pub async fn audit_hash(&self, sequence: u64) -> Result<Option<String>, Fault> {
        let found = self.query(move |connection| finding(hash_at(connection, sequence))).await?;
        found.map(|hash| hash.map(|hash| hash.hex())).map_err(|bad| Fault::Unusable(bad.message))
    }
}

fn hash_at(connection: Connection<'_>, sequence: u64) -> Result<Option<Hash>, Stop> {
    let found =
        connection.query_row(HASH, params![sequence.cast_signed()], |row| row.get(0)).optional()?;
    Ok(found.map(Hash))
}

/// What was found, apart from what could not be found out.
fn finding<T>(found: Result<T, Stop>) -> Result<Result<T, FirstBad>, Fault> {
    match found {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Bad(bad)) => Ok(Err(bad)),
        Err(Stop::Failed(fault)) => Err(fault),
    }
}
