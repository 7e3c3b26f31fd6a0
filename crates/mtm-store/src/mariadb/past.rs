//! What plausibility and the intent guard compare a command with. The embedded engine remembers
//! it; here other servers book as well, and the tables are asked.

use mtm_core::catalogue::Catalogue;
use mtm_core::command::Command;
use mtm_core::intent::{self, RecentCommand};
use mtm_core::plausibility::HISTORY;
use mtm_core::view::Needs;
use mtm_core::word::{CommandId, Quantity, Timestamp};
use uuid::Uuid;

use crate::sql::{Connection, params, quantity, uuid};
use crate::write::Failure;

/// Receipts that were not undone: the newest sealed ones and those not sealed yet, in no order.
const RECEIPTS: &str = "(SELECT id, quantity FROM movement AS receipt
      WHERE part_id = ?1 AND sequence IS NULL AND type = 'in'
        AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id))
     UNION ALL
     (SELECT id, quantity FROM movement AS receipt
       WHERE part_id = ?1 AND sequence IS NOT NULL AND type = 'in'
         AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id)
       ORDER BY sequence DESC LIMIT ?2)";

/// The newest command that looks the same and was not undone. A command's movements are its own
/// identity with their position in the last two bytes.
const RECENT: &str = "SELECT twin.command_id, twin.recorded_at FROM idempotency_key AS twin
      WHERE twin.user_id = ?1 AND twin.recorded_at > ?2 AND twin.signature = ?3
        AND twin.command_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM movement
                         WHERE reverses BETWEEN twin.command_id
                                            AND concat(left(twin.command_id, 14), x'FFFF'))
      ORDER BY twin.recorded_at DESC LIMIT 1";

/// Quantities of the part's last receipts, newest first.
pub(super) fn receipts(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    needs: &Needs<'_>,
) -> Result<Vec<Quantity>, Failure> {
    let Some(part) = needs.receipts_of.and_then(|code| catalogue.part(code)) else {
        return Ok(Vec::new());
    };
    let most = i64::try_from(HISTORY).unwrap_or(i64::MAX);
    let mut found: Vec<(Uuid, Quantity)> =
        connection.prepare_cached(RECEIPTS)?.query_all(params![part.row.0, most], |row| {
            Ok::<_, Failure>((uuid(row, 0)?, quantity(row, 1)?))
        })?;
    // A movement's id begins with its time.
    found.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
    found.truncate(HISTORY);
    Ok(found.into_iter().map(|(_, quantity)| quantity).collect())
}

/// The command of the same principal that the intent guard compares with: the newest that looks
/// the same, is young enough and was not undone.
pub(super) fn recent(
    connection: Connection<'_>,
    needs: &Needs<'_>,
    command: &Command,
    now: Timestamp,
) -> Result<Vec<RecentCommand>, Failure> {
    let window = command.context.intent_window.filter(|window| *window > 0 && needs.recent);
    let (Some(window), Some(signature)) = (window, intent::signature(&command.action)) else {
        return Ok(Vec::new());
    };
    let oldest = now.plus_micros(-i64::from(window) * 1_000_000);
    connection.prepare_cached(RECENT)?.query_all(
        params![command.context.actor.id.0, oldest.micros(), signature.0],
        |row| {
            let recorded_at = Timestamp::from_micros(row.get(1)?);
            Ok::<_, Failure>(RecentCommand { id: CommandId(uuid(row, 0)?), signature, recorded_at })
        },
    )
}
