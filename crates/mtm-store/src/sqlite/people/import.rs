//! Imports: what was previewed, committed, undone.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::event::EventType;
use mtm_core::word::{ImportId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{ImportRecord, ImportState};
use crate::sqlite::catalogue::named;
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::PostError;

const SELECT: &str = "SELECT id, kind, file_name, source_hash, state, created_by, created_at,
                             finished_at, rows, refused, detail FROM import";

fn read(row: &Row<'_>) -> rusqlite::Result<ImportRecord> {
    let detail: String = row.get(10)?;
    Ok(ImportRecord {
        id: ImportId(uuid::Uuid::from_bytes(row.get(0)?)),
        kind: row.get(1)?,
        file_name: row.get(2)?,
        source_hash: row.get(3)?,
        state: named(row, 4, ImportState::from_name)?,
        created_by: UserId(row.get(5)?),
        created_at: Timestamp::from_micros(row.get(6)?),
        finished_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_micros),
        rows: row.get(8)?,
        refused: row.get(9)?,
        detail: serde_json::from_str(&detail).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                10,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
    })
}

impl Ledger {
    /// Keeps a previewed import, replacing a preview of the same id.
    pub async fn keep_import(&self, import: ImportRecord) -> Result<(), PostError> {
        self.write(move |context| Ok(keep(context, &import)?)).await
    }

    /// The import of this id.
    pub async fn import(&self, id: ImportId) -> Result<Option<ImportRecord>, Fault> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE id = ?1"))?
                .query_row([id.0.as_bytes()], read)
                .optional()
                .map_err(Fault::from)
        })
        .await
    }

    /// The latest imports, newest first, at most `limit`.
    pub async fn imports(&self, limit: u16) -> Result<Vec<ImportRecord>, Fault> {
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached(&format!("{SELECT} ORDER BY id DESC LIMIT ?1"))?;
            let imports = statement.query_map([limit], read)?;
            imports.collect::<Result<Vec<_>, _>>().map_err(Fault::from)
        })
        .await
    }

    /// Moves an import from one state to another; refused where it is not in the first.
    pub async fn move_import(
        &self,
        by: UserId,
        id: ImportId,
        from: ImportState,
        to: ImportState,
    ) -> Result<(), PostError> {
        self.write(move |context| Ok(change_state(context, by, id, from, to)?)).await
    }
}

fn keep(context: &mut WriteContext<'_>, import: &ImportRecord) -> Result<(), Failure> {
    let at = context.now();
    context.connection().execute(
        "INSERT INTO import (id, kind, file_name, source_hash, state, created_by, created_at,
                             rows, refused, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET rows = excluded.rows, refused = excluded.refused,
             detail = excluded.detail
          WHERE state = 'previewed'",
        params![
            import.id.0.as_bytes(),
            import.kind,
            import.file_name,
            import.source_hash,
            import.state.as_str(),
            import.created_by.0,
            import.created_at.micros(),
            import.rows,
            import.refused,
            import.detail.to_string(),
        ],
    )?;
    let facts = json!({"import": import.id, "kind": import.kind, "rows": import.rows});
    context.audit("import.previewed", import.created_by, at, &facts)?;
    Ok(())
}

fn change_state(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: ImportId,
    from: ImportState,
    to: ImportState,
) -> Result<(), Failure> {
    let at = context.now();
    let changed = context.connection().execute(
        "UPDATE import SET state = ?3, finished_at = ?4 WHERE id = ?1 AND state = ?2",
        params![id.0.as_bytes(), from.as_str(), to.as_str(), at.micros()],
    )?;
    if changed == 0 {
        let message = format!("the import is not {}", from.as_str());
        return Err(Rejection::new(Code::InUse, None, message).into());
    }
    let facts = json!({"import": id, "state": to.as_str()});
    context.audit("import.changed", by, at, &facts)?;
    if to == ImportState::Committed {
        context.emit(EventType::ImportCommitted, &id.to_string(), at, &facts, None)?;
    }
    Ok(())
}
