//! Commands that look the same, for the intent guard. The embedded engine remembers them; here
//! other servers book as well, and the kept answers are asked.

use std::collections::HashMap;

use mtm_core::intent::RecentCommand;
use mtm_core::word::{CommandId, Timestamp, UserId};

use crate::sql::{Connection, Value, params, uuid};
use crate::write::{Failure, Look};

/// Whether a command was undone, or a part of it. Its movements are its own identity with their
/// position in the last two bytes. Asked for one after the other: in one statement the range
/// would be another one for each row, and the server would scan.
const UNDONE: &str = "SELECT 1 FROM movement WHERE reverses BETWEEN ?1 AND ?2 LIMIT 1";

/// How many commands that look the same are looked at.
const MOST_ALIKE: usize = 20;
/// Looks asked for in one question.
const TOGETHER: usize = 16;

/// The commands that look like each of `looks`, with a window in seconds: the newest that was not
/// undone, where it is young enough at `now`.
pub(super) fn alike(
    connection: Connection<'_>,
    looks: &HashMap<Look, u32>,
    now: Timestamp,
) -> Result<Vec<(Look, Vec<RecentCommand>)>, Failure> {
    let asked: Vec<(Look, Timestamp)> = looks
        .iter()
        .map(|(look, window)| (*look, now.plus_micros(-i64::from(*window) * 1_000_000)))
        .collect();
    let mut answers = Vec::with_capacity(asked.len());
    for some in asked.chunks(TOGETHER) {
        let mut found = youngest(connection, some)?;
        for (look, _) in some {
            let commands = found.remove(look).unwrap_or_default();
            answers.push((*look, standing(connection, commands)?));
        }
    }
    Ok(answers)
}

/// Commands by what they look like, newest first.
fn youngest(
    connection: Connection<'_>,
    looks: &[(Look, Timestamp)],
) -> Result<HashMap<Look, Vec<RecentCommand>>, Failure> {
    // One after the other where there are more than anybody would look at: none takes the others'
    // place in the answer.
    let most = MOST_ALIKE * looks.len();
    let conditions = (0..looks.len()).map(|n| {
        let [user, look, oldest] = [1, 2, 3].map(|column| 3 * n + column);
        format!("(user_id = ?{user} AND signature = ?{look} AND recorded_at > ?{oldest})")
    });
    let conditions: Vec<String> = conditions.collect();
    let sql = format!(
        "SELECT user_id, signature, command_id, recorded_at FROM idempotency_key
          WHERE ({}) AND command_id IS NOT NULL ORDER BY recorded_at DESC LIMIT {most}",
        conditions.join(" OR ")
    );
    let values = looks.iter().flat_map(|((user, signature), oldest)| {
        let look = Value::Blob(signature.0.as_slice().into());
        [Value::Int(user.0), look, Value::Int(oldest.micros())]
    });
    let values: Vec<Value<'_>> = values.collect();
    let mut found: HashMap<Look, Vec<RecentCommand>> = HashMap::new();
    let rows = connection.prepare_cached(&sql)?.query_all(&values, |row| {
        let signature = mtm_core::intent::Signature(row.get(1)?);
        let recorded_at = Timestamp::from_micros(row.get(3)?);
        let command = RecentCommand { id: CommandId(uuid(row, 2)?), signature, recorded_at };
        Ok::<_, Failure>(((UserId(row.get(0)?), signature), command))
    })?;
    if rows.len() >= most && looks.len() > 1 {
        for look in looks {
            found.extend(youngest(connection, std::slice::from_ref(look))?);
        }
        return Ok(found);
    }
    for (look, command) in rows {
        found.entry(look).or_default().push(command);
    }
    Ok(found)
}

/// The first of `commands` that was not undone.
fn standing(
    connection: Connection<'_>,
    commands: Vec<RecentCommand>,
) -> Result<Vec<RecentCommand>, Failure> {
    for command in commands.into_iter().take(MOST_ALIKE) {
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
