//! Rows of keeping parts as another system has them.

use mtm_core::master_sync::{Difference, Link, Values};
use mtm_core::sync::Mode;
use mtm_core::word::{Timestamp, UserId, fold};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, moment, named, optional_moment, params,
};
use crate::write::{Failure, WriteContext};

/// How keeping parts as one system has them stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MasterSyncRow {
    /// The ERP's name.
    pub erp: String,
    /// Who acts on differences.
    pub mode: Mode,
    /// Version of what can be decided about it.
    pub version: i64,
    /// When that was decided.
    pub changed_at: Timestamp,
    /// Login name of who decided it; null where nobody did yet.
    pub changed_by: Option<String>,
    /// When their parts were read that were compared last; null where none were.
    pub parts_at: Option<Timestamp>,
    /// When they were compared.
    pub judged_at: Option<Timestamp>,
    /// Parts of theirs that are known here.
    pub parts: u64,
    /// Of them, those that differ.
    pub differing: u64,
    /// Of those, the ones that wait for somebody.
    pub waiting: u64,
}

/// What a round goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncState {
    /// Who acts on differences.
    pub mode: Mode,
    /// Version of that decision.
    pub version: i64,
    /// What was compared last: their parts as of this moment.
    pub parts_at: Option<Timestamp>,
    /// In the mode of this version.
    pub judged_version: Option<i64>,
}

/// A part that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DifferenceRow {
    /// Its number.
    pub id: i64,
    /// The ERP's name.
    pub erp: String,
    /// The part, as they spell it.
    pub part: String,
    /// Whether it is not there any more.
    pub gone: bool,
    /// What differs; empty once nothing does.
    pub differences: Vec<Difference>,
    /// Why what was to be taken was not, by a code.
    pub cause: Option<String>,
    /// Whether nothing becomes of it before somebody decided.
    pub waits: bool,
    /// Since when it differs.
    pub since: Option<Timestamp>,
    /// Version of what is decided about.
    pub version: i64,
    /// Login name of who decided last.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why, in their words.
    pub note: Option<String>,
}

/// A link as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) id: i64,
    pub(super) folded: String,
    pub(super) link: Link,
    pub(super) standing: i64,
}

/// Nothing differs.
const SAME: i64 = 0;
/// Something does.
pub(super) const DIFFERS: i64 = 1;
/// And waits for somebody.
pub(super) const WAITS: i64 = 2;

/// How a link stands in a mode, as its column says it.
pub(super) fn standing_of(link: &Link, mode: Mode) -> i64 {
    if link.waits(mode) {
        WAITS
    } else if link.differences.is_empty() {
        SAME
    } else {
        DIFFERS
    }
}

pub(super) const LINK: &str =
    "SELECT id, folded, code, agreed, kept, gone, differences, cause, standing FROM master_link";

pub(super) fn kept(row: &Row<'_>) -> Result<Kept, Error> {
    let differences = row.optional_text(6)?.map(|text| json(text, 6)).transpose()?;
    Ok(Kept {
        id: row.get(0)?,
        folded: row.get(1)?,
        link: Link {
            code: row.get(2)?,
            agreed: json::<Values>(row.text(3)?, 3)?,
            kept: json::<Values>(row.text(4)?, 4)?,
            gone: row.get(5)?,
            differences: differences.unwrap_or_default(),
            cause: row.get(7)?,
        },
        standing: row.get(8)?,
    })
}

/// What is known of the part of this code.
pub(super) fn known(
    connection: Connection<'_>,
    peer: i64,
    folded: &str,
) -> Result<Option<Kept>, Error> {
    let sql = format!("{LINK} WHERE peer_id = ?1 AND folded = ?2");
    connection.prepare_cached(&sql)?.query_row(params![peer, folded], kept).optional()
}

pub(super) const DIFFERENCE: &str = "SELECT l.id, p.name, l.code, l.gone, l.differences, l.cause, l.standing, l.since, l.version, \
     who.name, l.decided_at, l.note FROM master_link l JOIN erp_peer p ON p.id = l.peer_id \
     LEFT JOIN user who ON who.id = l.decided_by";

pub(super) fn difference(row: &Row<'_>) -> Result<DifferenceRow, Error> {
    let differences = row.optional_text(4)?.map(|text| json(text, 4)).transpose()?;
    Ok(DifferenceRow {
        id: row.get(0)?,
        erp: row.get(1)?,
        part: row.get(2)?,
        gone: row.get(3)?,
        differences: differences.unwrap_or_default(),
        cause: row.get(5)?,
        waits: row.get::<i64>(6)? == WAITS,
        since: optional_moment(row, 7)?,
        version: row.get(8)?,
        decided_by: row.get(9)?,
        decided_at: optional_moment(row, 10)?,
        note: row.get(11)?,
    })
}

/// The ERP of this name: its row, and how its parts are kept.
pub(super) fn state(
    connection: Connection<'_>,
    name: &str,
) -> Result<Option<(i64, SyncState)>, Error> {
    let sql = "SELECT s.peer_id, s.mode, s.version, s.parts_at, s.judged_version
               FROM master_sync s JOIN erp_peer p ON p.id = s.peer_id WHERE p.name = ?1";
    let read = |row: &Row<'_>| {
        let state = SyncState {
            mode: named(row, 1, Mode::from_name)?,
            version: row.get(2)?,
            parts_at: optional_moment(row, 3)?,
            judged_version: row.get(4)?,
        };
        Ok::<_, Error>((row.get(0)?, state))
    };
    connection.prepare_cached(sql)?.query_row(params![name], read).optional()
}

pub(super) const SYNC: &str = "SELECT p.name, s.mode, s.version, s.changed_at, who.name, s.parts_at, s.judged_at, s.peer_id \
     FROM master_sync s JOIN erp_peer p ON p.id = s.peer_id LEFT JOIN user who ON who.id = s.changed_by";

/// How it stands, without how many parts do how, and the ERP's row.
pub(super) fn sync(row: &Row<'_>) -> Result<(i64, MasterSyncRow), Error> {
    let found = MasterSyncRow {
        erp: row.get(0)?,
        mode: named(row, 1, Mode::from_name)?,
        version: row.get(2)?,
        changed_at: moment(row, 3)?,
        changed_by: row.get(4)?,
        parts_at: optional_moment(row, 5)?,
        judged_at: optional_moment(row, 6)?,
        parts: 0,
        differing: 0,
        waiting: 0,
    };
    Ok((row.get(7)?, found))
}

/// Adds how many of its parts stand how, along one index.
pub(super) fn add_counts(
    connection: Connection<'_>,
    peer: i64,
    sync: &mut MasterSyncRow,
) -> Result<(), Error> {
    let sql = "SELECT standing, count(*) FROM master_link WHERE peer_id = ?1 GROUP BY standing";
    let read = |row: &Row<'_>| Ok::<(i64, i64), Error>((row.get(0)?, row.get(1)?));
    for (standing, count) in connection.prepare_cached(sql)?.query_all(params![peer], read)? {
        let count = count.cast_unsigned();
        sync.parts += count;
        sync.differing += if standing == SAME { 0 } else { count };
        sync.waiting += if standing == WAITS { count } else { 0 };
    }
    Ok(())
}

/// Writes what is known of a part down, where it is not known already.
pub(super) fn keep(
    context: &WriteContext<'_>,
    peer: i64,
    before: Option<&Kept>,
    link: &Link,
    mode: Mode,
) -> Result<(), Failure> {
    let standing = standing_of(link, mode);
    if before.is_some_and(|before| before.link == *link && before.standing == standing) {
        return Ok(());
    }
    let now = context.now().micros();
    let agreed = text(&link.agreed)?;
    let kept = text(&link.kept)?;
    let differences =
        (!link.differences.is_empty()).then(|| text(&link.differences)).transpose()?;
    let connection = context.sql();
    match before {
        Some(before) => connection.execute(
            "UPDATE master_link SET code = ?2, agreed = ?3, kept = ?4, gone = ?5, differences = ?6, cause = ?7,
                    standing = ?8, version = version + 1,
                    since = CASE WHEN ?8 = 0 THEN NULL ELSE COALESCE(since, ?9) END
             WHERE id = ?1",
            params![
                before.id, link.code, agreed, kept, link.gone, differences, link.cause, standing, now
            ],
        )?,
        None => connection.execute(
            "INSERT INTO master_link (peer_id, folded, code, agreed, kept, gone, differences, cause, standing,
                                      since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CASE WHEN ?9 = 0 THEN NULL ELSE ?10 END)",
            params![
                peer,
                fold(&link.code),
                link.code,
                agreed,
                kept,
                link.gone,
                differences,
                link.cause,
                standing,
                now
            ],
        )?,
    };
    Ok(())
}

/// Says on the link who decided, and why.
pub(super) fn sign(
    context: &WriteContext<'_>,
    link: i64,
    by: UserId,
    note: Option<&str>,
) -> Result<(), Failure> {
    context.sql().execute(
        "UPDATE master_link SET decided_by = ?2, decided_at = ?3, note = ?4 WHERE id = ?1",
        params![link, by.0, context.now().micros(), note],
    )?;
    Ok(())
}

fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Broken(error.to_string()))
}

fn json<T: DeserializeOwned>(text: &str, column: usize) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::shape(column, error.to_string()))
}
