//! Imports: what was looked at, and what became of it. The bookings of an import carry its id.

use mtm_core::code::Code;
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::word::{ImportId, UserId};
use serde_json::json;

use super::import_rows::last_step;
use super::import_undo;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::query::{Cursor, CursorError, Page, PageRequest, ReadError, stamp};
use crate::record::{ImportRecord, ImportState, ImportStep, NewImport};
use crate::sql::{
    Connection, Error, OptionalExtension, Row, moment, named, optional_moment, params, uuid,
};
use crate::sqlite::writer::{Failure, Remembered, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

macro_rules! imports {
    ($detail:literal, $tail:literal) => {
        concat!(
            "SELECT id, kind, file_name, source_hash, state, created_by, created_at, finished_at,
                    \"rows\", refused, ",
            $detail,
            " FROM import ",
            $tail
        )
    };
}

impl Ledger {
    /// Keeps an import that was looked at, and whose rows are kept already; nothing of it is
    /// booked.
    pub async fn create_import(
        &self,
        by: UserId,
        new: NewImport,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ImportId>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| create(context, by, &new))?)
        })
        .await
    }

    /// The import of this identity.
    pub async fn import(&self, id: ImportId) -> Result<Option<ImportRecord>, Fault> {
        self.query(move |connection| Ok(by_id(connection, id)?)).await
    }

    /// The newest other import of the same file some of whose movements still stand, whatever
    /// became of its state: the log alone says what is in the ledger. Without its rows.
    pub async fn standing_import(
        &self,
        source_hash: [u8; 32],
        other_than: ImportId,
    ) -> Result<Option<ImportRecord>, Fault> {
        self.query(move |connection| Ok(standing(connection, source_hash, other_than)?)).await
    }

    /// A page of imports, newest first, without their rows.
    pub async fn imports(&self, page: PageRequest) -> Result<Page<ImportRecord>, ReadError> {
        self.query(move |connection| list(connection, &page)).await
    }

    /// The newest import of the same file and kind that somebody began to take over and that has
    /// not ended. Without its rows.
    pub async fn begun_import(
        &self,
        source_hash: [u8; 32],
        kind: &str,
    ) -> Result<Option<ImportRecord>, Fault> {
        let kind = kind.to_owned();
        self.query(move |connection| Ok(begun(connection, source_hash, &kind)?)).await
    }

    /// An import is taken over: `refused` of its rows are not, and `detail` says why.
    pub async fn finish_import(
        &self,
        by: UserId,
        id: ImportId,
        refused: u32,
        detail: serde_json::Value,
    ) -> Result<ImportRecord, PostError> {
        self.write(move |context| {
            context.sql().execute(
                "UPDATE import SET refused = ?2, detail = ?3 WHERE id = ?1 AND state = 'previewed'",
                params![id.0.as_bytes(), refused, detail.to_string()],
            )?;
            Ok(set_state(context, by, id, ImportState::Previewed, ImportState::Committed)?)
        })
        .await
    }

    /// Gives an import up that was taken over in part: no more of its rows will be, whoever is
    /// still at it.
    pub async fn give_up_import(
        &self,
        by: UserId,
        id: ImportId,
    ) -> Result<ImportRecord, PostError> {
        self.write(move |context| {
            if let Some(step) = last_step(context.sql(), id)? {
                // Whoever takes the next rows over would do it under this key.
                let key = ImportStep::key(id, &(step.rows.end..step.rows.end), by);
                let at = context.now();
                let nothing =
                    Remembered { at, status: 0, body: None, command: None, signature: None };
                context.remember(&key, nothing)?;
            }
            Ok(set_state(context, by, id, ImportState::Previewed, ImportState::Failed)?)
        })
        .await
    }

    /// Moves an import from one state to the next; refused (`stale`) where it is in another.
    pub async fn set_import_state(
        &self,
        by: UserId,
        id: ImportId,
        from: ImportState,
        to: ImportState,
    ) -> Result<ImportRecord, PostError> {
        self.write(move |context| Ok(set_state(context, by, id, from, to)?)).await
    }
}

fn create(
    context: &mut WriteContext<'_>,
    by: UserId,
    new: &NewImport,
) -> Result<ImportId, Failure> {
    let (id, at) = (new.id, context.now());
    context.sql().execute(
        "INSERT INTO import (id, kind, file_name, source_hash, state, created_by, created_at,
                             \"rows\", refused, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id.0.as_bytes(),
            new.kind,
            new.file_name,
            new.source_hash,
            ImportState::Previewed.as_str(),
            by.0,
            at.micros(),
            new.rows,
            new.refused,
            new.detail.to_string(),
        ],
    )?;
    let facts = json!({
        "import": id, "kind": new.kind, "rows": new.rows, "refused": new.refused,
    });
    context.audit("import.previewed", by, at, &facts)?;
    Ok(id)
}

pub(super) fn set_state(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: ImportId,
    from: ImportState,
    to: ImportState,
) -> Result<ImportRecord, Failure> {
    let at = context.now();
    let changed = context.sql().execute(
        "UPDATE import SET state = ?3, finished_at = ?4 WHERE id = ?1 AND state = ?2",
        params![id.0.as_bytes(), from.as_str(), to.as_str(), at.micros()],
    )?;
    let import = by_id(context.sql(), id)?
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such import"))?;
    if changed == 0 {
        return Err(Rejection::new(
            Code::Stale,
            None,
            format!("the import is {}, not {}", import.state.as_str(), from.as_str()),
        )
        .into());
    }
    let facts = json!({ "import": id, "rows": import.rows });
    context.audit(&format!("import.{}", to.as_str()), by, at, &facts)?;
    if to == ImportState::Committed {
        let data = json!({
            "id": id, "kind": import.kind, "rows": import.rows, "refused": import.refused,
        });
        context.emit(EventType::ImportCommitted, &id.to_string(), at, &data, None)?;
    }
    Ok(import)
}

pub(super) fn by_id(
    connection: Connection<'_>,
    id: ImportId,
) -> Result<Option<ImportRecord>, Error> {
    let sql = imports!("detail", "WHERE id = ?1");
    let found = connection.query_row(sql, params![id.0.as_bytes()], import).optional()?;
    found.map(|found| with_step(connection, found)).transpose()
}

/// The record with how far it has come.
fn with_step(connection: Connection<'_>, record: ImportRecord) -> Result<ImportRecord, Error> {
    let under_way = matches!(record.state, ImportState::Previewed | ImportState::Failed);
    let begun = if under_way { last_step(connection, record.id)? } else { None };
    let stands = matches!(record.state, ImportState::Committed | ImportState::Failed);
    let undo = if stands { import_undo::last_step(connection, record.id)? } else { None };
    Ok(ImportRecord { begun, undo, ..record })
}

fn begun(
    connection: Connection<'_>,
    source_hash: [u8; 32],
    kind: &str,
) -> Result<Option<ImportRecord>, Error> {
    let sql = imports!(
        "'null'",
        "WHERE source_hash = ?1 AND kind = ?2 AND state = 'previewed' ORDER BY id DESC"
    );
    let open = connection.prepare_cached(sql)?.query_all(params![source_hash, kind], import)?;
    for record in open {
        let record = with_step(connection, record)?;
        if record.begun.is_some() {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

fn standing(
    connection: Connection<'_>,
    source_hash: [u8; 32],
    other_than: ImportId,
) -> Result<Option<ImportRecord>, Error> {
    let sql = imports!(
        "'null'",
        "WHERE source_hash = ?1 AND id <> ?2 AND EXISTS (
             SELECT 1 FROM movement AS booked
             WHERE booked.import_id = import.id AND booked.reverses IS NULL
               AND NOT EXISTS (SELECT 1 FROM movement AS reversal
                               WHERE reversal.reverses = booked.id))
         ORDER BY id DESC LIMIT 1"
    );
    connection.query_row(sql, params![source_hash, other_than.0.as_bytes()], import).optional()
}

/// Identities grow with time: their order is that of the imports.
fn list(connection: Connection<'_>, page: &PageRequest) -> Result<Page<ImportRecord>, ReadError> {
    let stamp = stamp("imports", &());
    let before = match &page.cursor {
        Some(cursor) => {
            let [id] = cursor.fields(&stamp)?;
            *id.parse::<ImportId>().map_err(|_| CursorError::Foreign)?.0.as_bytes()
        }
        None => [u8::MAX; 16],
    };
    let sql = imports!("'null'", "WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
    let limit = page.rows();
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut items = connection.prepare_cached(sql)?.query_all(params![before, one_more], import)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let items: Vec<ImportRecord> =
        items.into_iter().map(|item| with_step(connection, item)).collect::<Result<_, _>>()?;
    let next_cursor = more
        .then(|| items.last().map(|last| Cursor::of(&stamp, [last.id.to_string()]).encode()))
        .flatten();
    let total = if page.count {
        Some(connection.query_row("SELECT count(*) FROM import", &[], |row| row.get(0))?)
    } else {
        None
    };
    Ok(Page { items, next_cursor, total })
}

fn import(row: &Row<'_>) -> Result<ImportRecord, Error> {
    Ok(ImportRecord {
        id: ImportId(uuid(row, 0)?),
        kind: row.get(1)?,
        file_name: row.get(2)?,
        source_hash: row.get(3)?,
        state: named(row, 4, ImportState::from_name)?,
        created_by: UserId(row.get(5)?),
        created_at: moment(row, 6)?,
        finished_at: optional_moment(row, 7)?,
        rows: row.get(8)?,
        refused: row.get(9)?,
        detail: serde_json::from_str(row.text(10)?)
            .map_err(|error| Error::shape(10, error.to_string()))?,
        begun: None,
        undo: None,
    })
}
