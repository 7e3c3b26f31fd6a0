//! The rows of an import: kept before anything is booked, taken over step by step, let go of.
//!
//! A step books some rows in one transaction under a key of its own ([`ImportStep::key`]); the
//! keys are the record of how far an import has come. There is no other, so that nothing can be
//! out of step with the ledger. Keys outlive every import that may still be taken over.

use mtm_core::outcome::Verdict;
use mtm_core::rejection::Rejection;
use mtm_core::word::{ImportId, Timestamp};
use uuid::Uuid;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{ImportBlock, ImportStep};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, moment, params};
use crate::write::{Failure, stored};

/// Steps whose answers are read together.
const STEPS: i64 = 20;

/// The steps of one import: its keys, which are those between two others, and whose fingerprints
/// end with its identity, so that nobody's own key can be taken for one.
macro_rules! steps {
    ($columns:literal, $tail:literal) => {
        concat!(
            "SELECT \"key\", fingerprint, recorded_at",
            $columns,
            " FROM idempotency_key
              WHERE \"key\" > ?1 AND \"key\" < ?2 AND substr(fingerprint, 17) = ?3 ",
            $tail
        )
    };
}

impl Ledger {
    /// Keeps rows of the import of this identity, in a transaction of its own.
    pub async fn keep_import_rows(&self, id: ImportId, block: ImportBlock) -> Result<(), Fault> {
        self.write(move |context| {
            context.sql().execute(
                "INSERT INTO import_block (import_id, first_row, row_count, body)
                 VALUES (?1, ?2, ?3, ?4)",
                params![
                    id.0.as_bytes(),
                    block.rows.start,
                    block.rows.end - block.rows.start,
                    block.body
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The kept rows among which is `row`, counted from 0.
    pub async fn import_rows(&self, id: ImportId, row: u32) -> Result<Option<ImportBlock>, Fault> {
        self.query(move |connection| Ok(block(connection, id, row)?)).await
    }

    /// How many rows of an import are kept.
    pub async fn kept_import_rows(&self, id: ImportId) -> Result<u32, Fault> {
        self.query(move |connection| {
            let sql = "SELECT coalesce(sum(row_count), 0) FROM import_block WHERE import_id = ?1";
            Ok(connection.query_row(sql, params![id.0.as_bytes()], |row| row.get::<i64>(0))?)
        })
        .await
        .map(|rows| u32::try_from(rows).unwrap_or(u32::MAX))
    }

    /// The rows that the steps of an import refused, counted from 0 among the accepted ones.
    pub async fn rows_refused_in_steps(
        &self,
        id: ImportId,
    ) -> Result<Vec<(u32, Rejection)>, Fault> {
        self.query(move |connection| Ok(refused(connection, id)?)).await
    }

    /// Lets go of the rows of an import, in small steps between which others book.
    pub async fn forget_import_rows(&self, id: ImportId) -> Result<(), Fault> {
        self.forget_blocks(id.0, id.0).await
    }

    /// Lets go of the rows of all imports that were looked at before `oldest`.
    pub async fn purge_import_rows(&self, oldest: Timestamp) -> Result<(), Fault> {
        // Identities begin with their time, in milliseconds.
        let millis = u128::try_from(oldest.micros() / 1_000).unwrap_or(0);
        self.forget_blocks(Uuid::nil(), Uuid::from_u128(millis << 80)).await
    }

    async fn forget_blocks(&self, first: Uuid, last: Uuid) -> Result<(), Fault> {
        loop {
            let forgotten = self
                .write(move |context| Ok::<_, Fault>(forget_one(context.sql(), first, last)?))
                .await?;
            if forgotten == 0 {
                return Ok(());
            }
        }
    }
}

fn block(connection: Connection<'_>, id: ImportId, row: u32) -> Result<Option<ImportBlock>, Error> {
    let sql = "SELECT first_row, row_count, body FROM import_block
               WHERE import_id = ?1 AND first_row <= ?2 ORDER BY first_row DESC LIMIT 1";
    let found = connection.query_row(sql, params![id.0.as_bytes(), row], |found| {
        let (first, count): (u32, u32) = (found.get(0)?, found.get(1)?);
        Ok::<_, Error>(ImportBlock {
            rows: first..first.saturating_add(count),
            body: found.get(2)?,
        })
    });
    Ok(found.optional()?.filter(|block| block.rows.contains(&row)))
}

fn forget_one(connection: Connection<'_>, first: Uuid, last: Uuid) -> Result<usize, Error> {
    let sql = "SELECT import_id, first_row FROM import_block
               WHERE import_id >= ?1 AND import_id <= ?2
               ORDER BY import_id, first_row LIMIT 1";
    let found = connection
        .query_row(sql, params![first.as_bytes(), last.as_bytes()], |row| {
            Ok::<_, Error>((row.get::<[u8; 16]>(0)?, row.get::<i64>(1)?))
        })
        .optional()?;
    let Some((id, row)) = found else { return Ok(0) };
    connection.execute(
        "DELETE FROM import_block WHERE import_id = ?1 AND first_row = ?2",
        params![id, row],
    )
}

/// The keys of an import stand between these two.
fn between(id: ImportId) -> [String; 2] {
    let prefix = ImportStep::prefix(id);
    // The character after `#`.
    let end = prefix.replace('#', "$");
    [prefix, end]
}

/// The last step that an import took.
pub(super) fn last_step(
    connection: Connection<'_>,
    id: ImportId,
) -> Result<Option<ImportStep>, Error> {
    let [first, last] = between(id);
    let sql = steps!("", "ORDER BY \"key\" DESC LIMIT 1");
    connection.query_row(sql, params![first, last, id.0.as_bytes()], step).optional()
}

fn step(row: &Row<'_>) -> Result<ImportStep, Error> {
    let (key, fingerprint) = (row.text(0)?, row.get(1)?);
    ImportStep::of(key, fingerprint, moment(row, 2)?)
        .ok_or_else(|| Error::shape(0, format!("{key} is no step of an import")))
}

fn refused(connection: Connection<'_>, id: ImportId) -> Result<Vec<(u32, Rejection)>, Failure> {
    let [mut after, last] = between(id);
    let sql = steps!(", body", "ORDER BY \"key\" LIMIT ?4");
    let mut all = Vec::new();
    loop {
        let answers = connection
            .prepare_cached(sql)?
            .query_all(params![after, last, id.0.as_bytes(), STEPS], |row| {
                Ok::<_, Failure>((row.text(0)?.to_owned(), step(row)?, row.get(3)?))
            })?;
        let Some((newest, ..)) = answers.last() else { return Ok(all) };
        after.clone_from(newest);
        for (_, step, body) in answers {
            let body: Option<Vec<u8>> = body;
            let verdicts = refusals(body.as_deref().unwrap_or_default())?;
            let refused = step.rows.zip(verdicts);
            all.extend(refused.filter_map(|(row, refusal)| Some((row, refusal?))));
        }
    }
}

/// What a step said of its rows: bookings keep verdicts, master data only what was refused.
fn refusals(body: &[u8]) -> Result<Vec<Option<Rejection>>, Failure> {
    if body.first() == Some(&b'[') {
        return serde_json::from_slice(body)
            .map_err(|error| Failure::Broken(format!("a step's answer: {error}")));
    }
    let refusal = |verdict| match verdict {
        Verdict::Refused(rejection) => Some(rejection),
        Verdict::Accepted(_) => None,
    };
    Ok(stored::decode(body)?.into_iter().map(refusal).collect())
}
