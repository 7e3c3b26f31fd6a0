//! Printers: how each was when it was last asked, and how far it printed the labels of receipts.

use mtm_core::print::Condition;
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, Row, optional_moment, params};

/// A printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrinterRow {
    /// Its name.
    pub name: String,
    /// How it was when it was last asked; null before that.
    pub standing: Option<Condition>,
    /// Since when it is ready, or is not.
    pub since: Option<Timestamp>,
    /// When it was last asked.
    pub seen_at: Option<Timestamp>,
    /// The place in the log up to which receipts had their labels laid out; null where it prints none by itself.
    #[serde(skip)]
    pub position: Option<u64>,
    /// Whose receipts these are; null where it prints none by itself.
    #[serde(skip)]
    pub rule: Option<String>,
    /// Whether a label is being sent to it.
    #[serde(skip)]
    pub sending: bool,
    /// Labels that wait for it.
    pub waiting: u64,
    /// Labels of which somebody has to look what became.
    pub needs_somebody: u64,
}

impl PrinterRow {
    /// One that nobody worked for yet.
    pub const fn unmet(name: String) -> Self {
        Self {
            name,
            standing: None,
            since: None,
            seen_at: None,
            position: None,
            rule: None,
            sending: false,
            waiting: 0,
            needs_somebody: 0,
        }
    }
}

const PRINTER: &str = "
    SELECT p.name, p.standing, p.standing_since, p.seen_at, p.position, p.receipts,
           EXISTS (SELECT 1 FROM print_job j WHERE j.printer = p.name AND j.state = 'sending'),
           (SELECT count(*) FROM print_job j
            WHERE j.printer = p.name AND j.state IN ('queued', 'sending')),
           (SELECT count(*) FROM print_job j
            WHERE j.printer = p.name AND j.state IN ('failed', 'unknown'))
    FROM printer p";

impl Ledger {
    /// Says that there is a printer of this name, and whose receipts it prints the labels of by itself: from the
    /// next one on, where it was none's or others' before.
    pub async fn meet_printer(&self, name: String, rule: Option<String>) -> Result<(), Fault> {
        self.write(move |context| {
            let connection = context.sql();
            meet(connection, &name)?;
            let change = if rule.is_some() {
                "UPDATE printer SET receipts = ?2,
                        position = (SELECT COALESCE(max(sequence), 0) FROM movement) WHERE name = ?1"
            } else {
                "UPDATE printer SET receipts = ?2, position = NULL WHERE name = ?1"
            };
            connection.execute(change, params![name, rule])?;
            Ok::<_, Fault>(())
        })
        .await
    }

    /// Every printer that was ever met, by name.
    pub async fn printers(&self) -> Result<Vec<PrinterRow>, Fault> {
        self.query(|connection| {
            let sql = format!("{PRINTER} ORDER BY p.name");
            Ok::<_, Fault>(connection.prepare_cached(&sql)?.query_all(&[], printer)?)
        })
        .await
    }

    /// The printer of this name.
    pub async fn printer(&self, name: String) -> Result<Option<PrinterRow>, Fault> {
        self.query(move |connection| {
            let sql = format!("{PRINTER} WHERE p.name = ?1");
            let found = connection.prepare_cached(&sql)?.query_row(params![name], printer);
            Ok::<_, Fault>(found.optional()?)
        })
        .await
    }

    /// Writes down how a printer is.
    pub async fn printer_stands(&self, name: String, standing: Condition) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            context.sql().execute(
                // One lack after the other is one time in which it could not print.
                "UPDATE printer SET standing_since =
                            CASE WHEN standing = ?2 OR standing <> 'ready' AND ?2 <> 'ready'
                                 THEN standing_since ELSE ?3 END,
                        standing = ?2, seen_at = ?3 WHERE name = ?1",
                params![name, standing.as_str(), now],
            )?;
            Ok::<_, Fault>(())
        })
        .await
    }
}

/// It has a row from here on.
pub(super) fn meet(connection: Connection<'_>, name: &str) -> Result<(), Error> {
    let known: Option<i64> = connection
        .query_row("SELECT id FROM printer WHERE name = ?1", params![name], |row| row.get(0))
        .optional()?;
    if known.is_none() {
        connection.execute("INSERT INTO printer (name) VALUES (?1)", params![name])?;
    }
    Ok(())
}

fn printer(row: &Row<'_>) -> Result<PrinterRow, Error> {
    let standing: Option<String> = row.get(1)?;
    Ok(PrinterRow {
        name: row.get(0)?,
        standing: standing.as_deref().and_then(Condition::from_name),
        since: optional_moment(row, 2)?,
        seen_at: optional_moment(row, 3)?,
        position: row.get::<Option<i64>>(4)?.map(i64::cast_unsigned),
        rule: row.get(5)?,
        sending: row.get(6)?,
        waiting: row.get::<i64>(7)?.cast_unsigned(),
        needs_somebody: row.get::<i64>(8)?.cast_unsigned(),
    })
}
