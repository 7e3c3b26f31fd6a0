//! What became of something that people decide about, deed by deed.

use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sql::{Connection, Error, Row, moment, params};

/// What became of a break, of a posting, of a print job, of a machine's counter or of what it counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeedRow {
    /// Of a break: `found`, `came_back`, `changed`, `resolved` by a run; `taken`, `assigned`, `released`, `noted`,
    /// `closed`, `reopened` by somebody. Of a posting: `refused`, `unsure`, `posted`, `proved`, `withdrawn` by
    /// itself; `resend`, `look`, `done`, `not_done`, `accept`, `withdraw` by somebody. Of a machine's counter: `added`,
    /// `changed`, `retired` by somebody; `begun_anew` by itself. Of what it counted: `confirmed` by somebody or the rule, `dropped` by somebody;
    /// `closed`, `moved`, `booked`, `refused` by itself.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// Login name of who did it; null where nobody did.
    pub by: Option<String>,
    /// In words.
    pub note: Option<String>,
}

/// The deeds of `table` that are about the row `id` of what its column `about` refers to, the oldest first.
pub(crate) fn deeds(
    connection: Connection<'_>,
    (table, about): (&'static str, &'static str),
    id: i64,
) -> Result<Vec<DeedRow>, Error> {
    let sql = format!(
        "SELECT d.what, d.at, who.name, d.note FROM {table} d
         LEFT JOIN user who ON who.id = d.user_id WHERE d.{about} = ?1 ORDER BY d.id"
    );
    let read = |row: &Row<'_>| {
        Ok::<_, Error>(DeedRow {
            what: row.get(0)?,
            at: moment(row, 1)?,
            by: row.get(2)?,
            note: row.get(3)?,
        })
    };
    connection.prepare_cached(&sql)?.query_all(params![id], read)
}
