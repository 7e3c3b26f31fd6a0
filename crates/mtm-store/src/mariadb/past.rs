//! What plausibility and the intent guard compare a command with. The embedded engine remembers
//! it; here other servers book as well, and the tables are asked.

use std::collections::HashMap;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::intent::{self, RecentCommand, Signature};
use mtm_core::movement::MovementType;
use mtm_core::plausibility::HISTORY;
use mtm_core::posting::Postings;
use mtm_core::view::Needs;
use mtm_core::word::{CommandId, PartId, Quantity, Timestamp, UserId};

use super::receipts::Receipts;
use crate::sql::{Connection, params, uuid};
use crate::write::{Failure, look};

/// The newest commands that look the same.
const ALIKE: &str = "SELECT command_id, recorded_at FROM idempotency_key
      WHERE user_id = ?1 AND recorded_at > ?2 AND signature = ?3 AND command_id IS NOT NULL
      ORDER BY recorded_at DESC LIMIT ?4";

/// Whether a command was undone, or a part of it. Its movements are its own identity with their
/// position in the last two bytes. Asked for one after the other: in one statement the range
/// would be another one for each row, and the server would scan.
const UNDONE: &str = "SELECT 1 FROM movement WHERE reverses BETWEEN ?1 AND ?2 LIMIT 1";

/// How many commands that look the same are looked at.
const MOST_ALIKE: i64 = 20;

/// The past of several commands that are decided one on the other before any of them is written.
#[derive(Debug, Default)]
pub(super) struct Past {
    receipts: HashMap<PartId, Vec<Quantity>>,
    recent: Vec<(UserId, RecentCommand)>,
}

impl Past {
    /// Quantities of the part's last receipts, newest first.
    pub(super) fn receipts(
        &mut self,
        connection: Connection<'_>,
        catalogue: &Catalogue,
        shared: &Receipts,
        needs: &Needs<'_>,
    ) -> Result<Vec<Quantity>, Failure> {
        let Some(part) = needs.receipts_of.and_then(|code| catalogue.part(code)) else {
            return Ok(Vec::new());
        };
        if let Some(known) = self.receipts.get(&part.row) {
            return Ok(known.clone());
        }
        let found = shared.of(connection, part.row)?;
        self.receipts.insert(part.row, found.clone());
        Ok(found)
    }

    /// The commands of the same principal that the intent guard compares with: the newest that
    /// look the same, are young enough and were not undone.
    pub(super) fn recent(
        &self,
        connection: Connection<'_>,
        needs: &Needs<'_>,
        command: &Command,
        now: Timestamp,
    ) -> Result<Vec<RecentCommand>, Failure> {
        let window = command.context.intent_window.filter(|window| *window > 0 && needs.recent);
        let (Some(window), Some(signature)) = (window, intent::signature(&command.action)) else {
            return Ok(Vec::new());
        };
        let actor = command.context.actor.id;
        let oldest = now.plus_micros(-i64::from(window) * 1_000_000);
        let mut found = recent(connection, actor, signature, oldest)?;
        found.extend(self.recent.iter().filter(|(user, _)| *user == actor).map(|(_, it)| *it));
        Ok(found)
    }

    /// Takes in what was decided at `at`.
    pub(super) fn decided(&mut self, command: &Command, postings: &Postings, at: Timestamp) {
        for posting in &postings.movements {
            if posting.kind == MovementType::In
                && let Some(known) = self.receipts.get_mut(&posting.part.id)
            {
                known.insert(0, posting.quantity);
                known.truncate(HISTORY);
            }
        }
        if let Some(signature) = look(command) {
            let recent = RecentCommand { id: command.id, signature, recorded_at: at };
            self.recent.push((command.context.actor.id, recent));
        }
    }

    /// Nothing is remembered any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The newest command that looks the same and was not undone.
fn recent(
    connection: Connection<'_>,
    actor: UserId,
    signature: Signature,
    oldest: Timestamp,
) -> Result<Vec<RecentCommand>, Failure> {
    let alike = connection.prepare_cached(ALIKE)?.query_all(
        params![actor.0, oldest.micros(), signature.0, MOST_ALIKE],
        |row| {
            let recorded_at = Timestamp::from_micros(row.get(1)?);
            Ok::<_, Failure>(RecentCommand { id: CommandId(uuid(row, 0)?), signature, recorded_at })
        },
    )?;
    for command in alike {
        let (first, last) = command.id.movement_range();
        let undone = connection
            .prepare_cached(UNDONE)?
            .query_all(params![first.0.as_bytes(), last.0.as_bytes()], |_| Ok::<_, Failure>(()))?;
        if undone.is_empty() {
            return Ok(vec![command]);
        }
    }
    Ok(Vec::new())
}
