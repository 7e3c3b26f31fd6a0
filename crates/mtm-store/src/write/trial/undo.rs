//! Trying an undo out: what giving many movements back would do, newest first, without doing it.
//!
//! The verdicts come from [`decide`], some hundred movements at a time; only where it refuses are
//! they looked at one by one, so that everything that is in the way can be told at once.

use std::collections::BTreeSet;

use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::command::{Action, Command, Reverse, ReverseTarget};
use mtm_core::decide;
use mtm_core::movement::{Bucket, MovementRecord, MovementType};
use mtm_core::outcome::Outcome;
use mtm_core::posting::{Balance, Posting, Postings, Warning};
use mtm_core::rejection::Rejection;
use mtm_core::view::{Limits, ReversalFact, View};
use mtm_core::word::{LotNumber, MovementId, Note, Timestamp};

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{UNDO_SHOWN, UndoTrial};
use crate::sql::Connection;
use crate::write::facts::Facts;
use crate::write::failure::Failure;
use crate::write::known::Known;
use crate::write::undone;

/// Movements decided on together.
const TOGETHER: usize = 500;
/// Most refusals that are kept with what they say.
const MOST_REFUSED: usize = 100;
/// Most warnings that are kept.
const MOST_WARNINGS: usize = 20;

impl Ledger {
    /// What `command` would do if it gave back these movements, which are named newest first:
    /// nothing is written, and nobody waits for it.
    pub async fn try_undo(
        &self,
        command: Command,
        reason: Note,
        movements: Vec<MovementId>,
    ) -> Result<UndoTrial, Fault> {
        let (catalogue, limits, now) = (self.catalogue(), self.limits(), self.clock().now());
        self.query_along(move |connection| {
            let known = Known::default();
            let told = Told::default();
            let catalogue = &*catalogue;
            let mut undo =
                Undo { connection, catalogue, limits, now, command, reason, known, told };
            movements.chunks(TOGETHER).try_for_each(|some| undo.step(some))?;
            Ok(undo.end())
        })
        .await
    }
}

struct Undo<'c> {
    connection: Connection<'c>,
    catalogue: &'c Catalogue,
    limits: Limits,
    now: Timestamp,
    command: Command,
    reason: Note,
    known: Known,
    told: Told,
}

/// What there is to tell.
#[derive(Default)]
struct Told {
    undone: u32,
    before: u32,
    refused: u32,
    refusals: Vec<Rejection>,
    shown: Vec<Posting>,
    buckets: BTreeSet<Bucket>,
    warnings: Vec<Warning>,
}

impl Undo<'_> {
    fn step(&mut self, ids: &[MovementId]) -> Result<(), Failure> {
        let originals = undone::movements(self.connection, self.catalogue, ids)?;
        let reversals = undone::reversals(self.connection, ids)?;
        let all = originals.len();
        let stands = |it: &MovementRecord| {
            it.kind != MovementType::Reversal && !reversals.contains_key(&it.id)
        };
        let standing: Vec<MovementRecord> = originals.into_iter().filter(stands).collect();
        self.told.before += count(all - standing.len());
        let lots = undone::lots_of(&standing).into_iter().filter(|lot| !self.known.knows(lot));
        let lots: Vec<LotNumber> = lots.collect();
        self.known.read(self.connection, self.catalogue, &lots)?;
        let fact = |original| ReversalFact {
            original,
            reversed_by: None,
            later: Vec::new(),
            taken_for: None,
        };
        let facts: Vec<ReversalFact> = standing.into_iter().map(fact).collect();
        if facts.is_empty() {
            return Ok(());
        }
        match self.judge(facts.clone()) {
            Ok(postings) => self.give_back(postings),
            Err(_) => facts.into_iter().try_for_each(|fact| self.one(fact))?,
        }
        Ok(())
    }

    fn one(&mut self, fact: ReversalFact) -> Result<(), Failure> {
        let refusal = match self.judge(vec![fact.clone()]) {
            Ok(postings) => {
                self.give_back(postings);
                return Ok(());
            }
            Err(refusal) => refusal,
        };
        self.told.refused += 1;
        if self.told.refusals.len() == MOST_REFUSED {
            return Ok(());
        }
        let refusal = if refusal.code == Code::ConsumedSince {
            let later = undone::later(self.connection, self.catalogue, &fact.original)?;
            self.judge(vec![ReversalFact { later, ..fact }]).err().unwrap_or(refusal)
        } else {
            refusal
        };
        self.told.refusals.push(refusal);
        Ok(())
    }

    fn judge(&self, reversals: Vec<ReversalFact>) -> Result<Postings, Rejection> {
        let ids = reversals.iter().map(|fact| fact.original.id).collect();
        let target = ReverseTarget::Movements(ids);
        let action = Action::Reverse(Reverse { target, reason: self.reason.clone() });
        let command = Command { action, ..self.command.clone() };
        let ends = reversals.iter().flat_map(|fact| [&fact.original.from, &fact.original.to]);
        let lots: BTreeSet<&LotNumber> =
            ends.filter_map(|end| end.bucket()).map(|bucket| &bucket.lot).collect();
        let Facts { stock, lots, .. } = self.known.facts_of(lots);
        let view = View {
            now: self.now,
            catalogue: self.catalogue,
            limits: self.limits,
            stock,
            lots,
            // They stand in the way of no undo.
            reservations: Vec::new(),
            fresh_lots: Vec::new(),
            receipts: Vec::new(),
            recent: Vec::new(),
            reversals,
        };
        decide(&view, &command)
    }

    /// What was accepted is there for those that follow.
    fn give_back(&mut self, postings: Postings) {
        self.known.decided(&postings);
        let told = &mut self.told;
        told.undone += count(postings.movements.len());
        let room = UNDO_SHOWN - told.shown.len();
        for posting in postings.movements.into_iter().take(room) {
            let ends = [&posting.from, &posting.to].map(|end| end.bucket().cloned());
            told.buckets.extend(ends.into_iter().flatten());
            told.shown.push(posting);
        }
        let room = MOST_WARNINGS - told.warnings.len();
        told.warnings.extend(postings.warnings.into_iter().take(room));
    }

    fn end(self) -> UndoTrial {
        let Self { known, told, command, now, .. } = self;
        let balance = |bucket: Bucket| {
            let after = known.quantity(&bucket);
            Balance { before: after, after, bucket }
        };
        let postings = Postings {
            movements: told.shown,
            balances: told.buckets.into_iter().map(balance).collect(),
            warnings: told.warnings,
            ..Postings::default()
        };
        UndoTrial {
            undone: told.undone,
            before: told.before,
            refused: told.refused,
            refusals: told.refusals,
            outcome: Outcome::new(
                command.id,
                MovementType::Reversal.as_str(),
                &postings,
                None,
                now,
            ),
        }
    }
}

/// Movements are counted as the steps that undo them are.
fn count(movements: usize) -> u32 {
    u32::try_from(movements).unwrap_or(u32::MAX)
}
