//! Undoing an import in steps: which movements it has, and how far its undo has come.
//!
//! A step is a command of its own under a key that says which movements it gives back
//! ([`UndoStep::key`]); the keys are the record of progress, as those of taking over are. That each
//! movement is given back at most once does not rest on them: a second reversal is refused by the
//! log itself.

use mtm_core::outcome::{Outcome, Verdict};
use mtm_core::word::{ImportId, MovementId, UserId};

use super::import::{by_id, set_state};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::read::Dialects;
use crate::record::{ImportState, UNDO_AT_ONCE, UndoStep};
use crate::sql::{Bind, Connection, Error, OptionalExtension as _, Value, moment, params, uuid};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, Remembered, replay, stored};

/// Movements of a chunk.
const CHUNK: i64 = 5_000;
/// What is kept as status of the answer.
const DONE: u16 = 201;

/// The movements of an import after one of them: each engine in the order of its index, which is
/// why it goes on from another column.
pub(crate) const MOVEMENTS: Dialects = Dialects {
    sqlite: "SELECT sequence, id FROM movement WHERE import_id = ?1 AND sequence > ?2
             ORDER BY sequence LIMIT ?3",
    mariadb: "SELECT sequence, id FROM movement FORCE INDEX (movement_by_import)
              WHERE import_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
};
pub(crate) const MORE_THAN: &str =
    "SELECT count(*) FROM (SELECT id FROM movement WHERE import_id = ?1 LIMIT ?2) AS first_ones";
const LAST_STEP: &str = "SELECT \"key\", fingerprint, recorded_at FROM idempotency_key
     WHERE \"key\" > ?1 AND \"key\" < ?2 AND substr(fingerprint, 17) = ?3
     ORDER BY \"key\" DESC LIMIT 1";

impl Ledger {
    /// Whether an import has more movements than one command undoes.
    pub async fn is_undone_in_steps(&self, id: ImportId) -> Result<bool, Fault> {
        self.query(move |connection| {
            let found: u32 = connection.query_row(
                MORE_THAN,
                params![id.0.as_bytes(), UNDO_AT_ONCE + 1],
                |row| row.get(0),
            )?;
            Ok(found > UNDO_AT_ONCE)
        })
        .await
    }

    /// Every movement of an import, newest first; `None` as long as one of them has no place in the
    /// log.
    pub async fn import_movements(&self, id: ImportId) -> Result<Option<Vec<MovementId>>, Fault> {
        self.query_along(move |connection| Ok(movements(connection, id)?)).await
    }

    /// The answer to an undo that was kept under `key`.
    pub async fn kept_undo(&self, key: IdempotencyKey) -> Result<Option<Outcome>, PostError> {
        self.query(move |connection| {
            let kept = crate::write::once::answered(connection, &key)?;
            Ok::<_, PostError>(kept.map(|kept| outcome(&kept)).transpose()?)
        })
        .await
    }

    /// Every movement of an import is given back: says so, and keeps the answer under `key`.
    pub async fn finish_undo(
        &self,
        by: UserId,
        id: ImportId,
        key: Option<IdempotencyKey>,
        answer: Outcome,
    ) -> Result<Outcome, PostError> {
        self.write(move |context| {
            if let Some(key) = &key
                && let Some(kept) = context.answered(key)?
            {
                return Ok::<_, PostError>(outcome(&kept)?);
            }
            let state = by_id(context.sql(), id)?.map(|import| import.state);
            // Two share the work, and one of them is here first.
            if let Some(from @ (ImportState::Committed | ImportState::Failed)) = state {
                set_state(context, by, id, from, ImportState::Undone)?;
            }
            if let Some(key) = &key {
                let body = stored::encode(&[Verdict::Accepted(answer.clone())])?;
                let (at, body) = (context.now(), Some(body.as_slice()));
                let kept = Remembered { at, status: DONE, body, command: None, signature: None };
                context.remember(key, kept)?;
            }
            Ok(answer)
        })
        .await
    }
}

fn outcome(kept: &crate::write::once::StoredAnswer) -> Result<Outcome, Failure> {
    let answer = replay(kept)?;
    let [Verdict::Accepted(outcome)] = answer.verdicts.as_slice() else {
        return Err(Failure::Broken("a kept undo is no single answer".to_owned()));
    };
    Ok(outcome.clone())
}

fn movements(connection: Connection<'_>, id: ImportId) -> Result<Option<Vec<MovementId>>, Error> {
    let mut all: Vec<(i64, MovementId)> = Vec::new();
    let mut statement = connection.prepare_cached(MOVEMENTS.on(&connection))?;
    let place = |sequence: i64, id: [u8; 16]| match connection {
        Connection::Sqlite(_) => Value::Int(sequence),
        Connection::MariaDb(_) => Value::Blob(id.to_vec().into()),
    };
    let mut after = place(0, [0; 16]);
    loop {
        let found = statement
            .query_all(&[id.0.as_bytes().bind(), after.bind(), CHUNK.bind()], |row| {
                Ok::<_, Error>((row.get::<Option<i64>>(0)?, MovementId(uuid(row, 1)?)))
            })?;
        let met = found.len();
        for (sequence, id) in found {
            let Some(sequence) = sequence else { return Ok(None) };
            after = place(sequence, id.0.into_bytes());
            all.push((sequence, id));
        }
        if i64::try_from(met).is_ok_and(|met| met < CHUNK) {
            break;
        }
    }
    all.sort_unstable_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
    Ok(Some(all.into_iter().map(|(_, id)| id).collect()))
}

/// The last step that the undo of an import took.
pub(super) fn last_step(
    connection: Connection<'_>,
    id: ImportId,
) -> Result<Option<UndoStep>, Error> {
    let first = UndoStep::prefix(id);
    // The character after `#`.
    let last = first.replace('#', "$");
    let read = |row: &crate::sql::Row<'_>| {
        let (key, fingerprint) = (row.text(0)?, row.get(1)?);
        UndoStep::of(key, fingerprint, moment(row, 2)?)
            .ok_or_else(|| Error::shape(0, format!("{key} is no step of an undo")))
    };
    connection.query_row(LAST_STEP, params![first, last, id.0.as_bytes()], read).optional()
}
