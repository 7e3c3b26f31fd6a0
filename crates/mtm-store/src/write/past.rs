//! What plausibility and the intent guard compare commands with, as far as it was read, and what
//! was decided since.

use std::collections::{BTreeSet, HashMap, VecDeque};

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::intent::{RecentCommand, Signature};
use mtm_core::movement::MovementType;
use mtm_core::plausibility::HISTORY;
use mtm_core::posting::Postings;
use mtm_core::view::{Needs, needs};
use mtm_core::word::{PartId, Quantity, Timestamp, UserId};

use super::book::{look, watched};

/// Who booked something, and what it looked like.
pub(crate) type Look = (UserId, Signature);

/// The last receipts of parts, and commands of the last moments.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Newest first.
    receipts: HashMap<PartId, VecDeque<Quantity>>,
    recent: HashMap<Look, Vec<RecentCommand>>,
}

impl Past {
    /// The parts whose receipts the commands are compared with and nobody read.
    pub(crate) fn unknown_parts(
        &self,
        catalogue: &Catalogue,
        commands: &[&Command],
    ) -> Vec<PartId> {
        let parts = commands.iter().filter_map(|command| part(catalogue, &needs(&command.action)));
        let unknown = parts.filter(|part| !self.receipts.contains_key(part));
        unknown.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Remembers the last receipts of a part, newest first.
    pub(crate) fn add_receipts(&mut self, part: PartId, receipts: Vec<Quantity>) {
        self.receipts.insert(part, receipts.into());
    }

    /// What the commands look like, and the longest window in seconds in which such a one is
    /// watched, where nobody looked for others.
    pub(crate) fn unknown_looks(&self, commands: &[&Command]) -> HashMap<Look, u32> {
        let mut unknown = HashMap::new();
        for command in commands {
            let (Some(window), Some(signature)) = (watched(command), look(command)) else {
                continue;
            };
            let look = (command.context.actor.id, signature);
            if !self.recent.contains_key(&look) {
                let longest: &mut u32 = unknown.entry(look).or_default();
                *longest = window.max(*longest);
            }
        }
        unknown
    }

    /// Remembers the accepted commands that look so and were not undone.
    pub(crate) fn add_recent(&mut self, look: Look, recent: Vec<RecentCommand>) {
        self.recent.insert(look, recent);
    }

    /// Quantities of the part's last receipts, newest first.
    pub(crate) fn receipts(&self, catalogue: &Catalogue, needs: &Needs<'_>) -> Vec<Quantity> {
        let known = part(catalogue, needs).and_then(|part| self.receipts.get(&part));
        known.into_iter().flatten().copied().collect()
    }

    /// The commands of the same principal that the intent guard compares with.
    pub(crate) fn recent(&self, command: &Command) -> Vec<RecentCommand> {
        let look = look(command).map(|signature| (command.context.actor.id, signature));
        look.and_then(|look| self.recent.get(&look)).cloned().unwrap_or_default()
    }

    /// Takes in what was decided at `at`.
    pub(crate) fn decided(&mut self, command: &Command, postings: &Postings, at: Timestamp) {
        for receipt in postings.movements.iter().filter(|it| it.kind == MovementType::In) {
            if let Some(known) = self.receipts.get_mut(&receipt.part.id) {
                known.truncate(HISTORY - 1);
                known.push_front(receipt.quantity);
            }
        }
        if let Some(signature) = look(command)
            && let Some(known) = self.recent.get_mut(&(command.context.actor.id, signature))
        {
            known.push(RecentCommand { id: command.id, signature, recorded_at: at });
        }
    }
}

fn part(catalogue: &Catalogue, needs: &Needs<'_>) -> Option<PartId> {
    Some(catalogue.part(needs.receipts_of?)?.row)
}
