//! What principals booked a moment ago: the memory of the intent guard.
//!
//! Bounded in time by the longest window in use and in number, and rebuilt from the kept answers
//! when the ledger is opened.

use std::collections::{HashMap, VecDeque};

use mtm_core::intent::{RecentCommand, Signature};
use mtm_core::word::{CommandId, Timestamp, UserId};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::write::Failure;

/// Commands remembered at most; beyond it the oldest go first.
const MOST: usize = 200_000;
/// The longest window that is honoured, in seconds.
const LONGEST: u32 = 600;
/// The shortest time for which commands are remembered, in seconds.
const SHORTEST: u32 = 10;

type Key = (UserId, Signature);

/// Accepted, unreversed commands of the last moments, by who made them and what they looked like.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    by_look: HashMap<Key, Vec<RecentCommand>>,
    by_id: HashMap<CommandId, Key>,
    /// Oldest first; entries that were forgotten early stay until their time.
    order: VecDeque<(Timestamp, CommandId)>,
    window: u32,
    /// What the transaction under way changed.
    journal: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Added(CommandId),
    Removed(Key, RecentCommand),
}

impl Recent {
    /// Rebuilds the memory from the answers kept with their keys.
    pub(crate) fn read(connection: &Connection, latest: Timestamp) -> Result<Self, Failure> {
        let longest: Option<u32> = connection.query_row(
            "SELECT max(intent_window) FROM user WHERE intent_window > 0",
            [],
            |row| row.get(0),
        )?;
        let window = longest.unwrap_or(0).clamp(SHORTEST, LONGEST);
        let oldest = latest.plus_micros(-i64::from(window) * 1_000_000);
        let mut recent = Self { window, ..Self::default() };
        let mut statement = connection.prepare_cached(
            "SELECT user_id, recorded_at, command_id, signature FROM idempotency_key
             ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([i64::try_from(MOST).unwrap_or(i64::MAX)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let recorded_at = Timestamp::from_micros(row.get(1)?);
            if recorded_at <= oldest {
                break;
            }
            let (command, signature): (Option<[u8; 16]>, Option<[u8; 16]>) =
                (row.get(2)?, row.get(3)?);
            let (Some(command), Some(signature)) = (command, signature) else { continue };
            let id = CommandId(Uuid::from_bytes(command));
            let signature = Signature(signature);
            found.push((UserId(row.get(0)?), RecentCommand { id, signature, recorded_at }));
        }
        for (user, command) in found.into_iter().rev() {
            if !reversed(connection, command.id)? {
                recent.add(user, command, 0);
            }
        }
        recent.keep();
        Ok(recent)
    }

    /// The commands of `user` that look like `signature`.
    pub(crate) fn of(&self, user: UserId, signature: Signature) -> &[RecentCommand] {
        self.by_look.get(&(user, signature)).map_or(&[], Vec::as_slice)
    }

    /// Remembers an accepted command whose guard has `window` seconds.
    pub(crate) fn add(&mut self, user: UserId, command: RecentCommand, window: u32) {
        self.window = self.window.max(window.min(LONGEST));
        let key = (user, command.signature);
        self.by_look.entry(key).or_default().push(command);
        self.by_id.insert(command.id, key);
        self.order.push_back((command.recorded_at, command.id));
        self.journal.push(Change::Added(command.id));
    }

    /// Forgets a command that was undone, wholly or in part.
    pub(crate) fn forget(&mut self, id: CommandId) {
        if let Some((key, command)) = self.take(id) {
            self.journal.push(Change::Removed(key, command));
        }
    }

    fn take(&mut self, id: CommandId) -> Option<(Key, RecentCommand)> {
        let key = self.by_id.remove(&id)?;
        let commands = self.by_look.get_mut(&key)?;
        let at = commands.iter().position(|command| command.id == id)?;
        let command = commands.swap_remove(at);
        if commands.is_empty() {
            self.by_look.remove(&key);
        }
        Some((key, command))
    }

    /// How many changes the transaction under way made so far.
    pub(crate) fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Undoes the changes after `mark`.
    pub(crate) fn undo_to(&mut self, mark: usize) {
        while self.journal.len() > mark {
            match self.journal.pop() {
                Some(Change::Added(id)) => {
                    self.take(id);
                    if self.order.back().is_some_and(|(_, last)| *last == id) {
                        self.order.pop_back();
                    }
                }
                Some(Change::Removed(key, command)) => {
                    self.by_look.entry(key).or_default().push(command);
                    self.by_id.insert(command.id, key);
                }
                None => {}
            }
        }
    }

    /// Keeps the changes and lets go of what is too old.
    pub(crate) fn keep(&mut self) {
        self.journal.clear();
        let Some((latest, _)) = self.order.back() else { return };
        let oldest = latest.plus_micros(-i64::from(self.window) * 1_000_000);
        while let Some(&(at, id)) = self.order.front()
            && (at <= oldest || self.order.len() > MOST)
        {
            self.order.pop_front();
            self.take(id);
        }
    }
}

fn reversed(connection: &Connection, command: CommandId) -> Result<bool, Failure> {
    let (first, last) = command.movement_range();
    Ok(connection
        .prepare_cached("SELECT 1 FROM movement WHERE reverses BETWEEN ?1 AND ?2 LIMIT 1")?
        .exists(params![first.0.as_bytes(), last.0.as_bytes()])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(n: u128, at: i64) -> RecentCommand {
        RecentCommand {
            id: CommandId::from_fresh(Uuid::from_u128(n << 16)),
            signature: Signature([1; 16]),
            recorded_at: Timestamp::from_micros(at * 1_000_000),
        }
    }

    #[test]
    fn what_a_transaction_changed_is_undone_with_it() {
        let user = UserId(7);
        let mut recent = Recent { window: 10, ..Recent::default() };
        recent.add(user, command(1, 0), 10);
        recent.keep();
        let mark = recent.mark();
        recent.add(user, command(2, 1), 10);
        recent.forget(command(1, 0).id);
        assert_eq!(recent.of(user, Signature([1; 16])), [command(2, 1)]);
        recent.undo_to(mark);
        assert_eq!(recent.of(user, Signature([1; 16])), [command(1, 0)]);
        assert!(recent.of(UserId(8), Signature([1; 16])).is_empty());
    }

    #[test]
    fn the_old_and_the_undone_are_let_go() {
        let user = UserId(7);
        let mut recent = Recent { window: 10, ..Recent::default() };
        for n in 0..30 {
            recent.add(user, command(n, i64::try_from(n).unwrap()), 10);
            recent.keep();
        }
        assert_eq!(recent.of(user, Signature([1; 16])).len(), 10);
        for n in 20..30 {
            recent.forget(command(n, 0).id);
        }
        recent.keep();
        assert!(recent.by_look.is_empty() && recent.by_id.is_empty());
        assert!(recent.order.len() <= 10);
    }
}
