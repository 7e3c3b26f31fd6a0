//! Following the log: a bounded piece at a time, never in anybody's booking.

use super::fold::{self, Sum, Sums};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, params};

/// The table's name in `derived_position`.
const NAME: &str = "throughput";

const POSITION: &str = "SELECT max(sequence) FROM derived_position WHERE name = 'throughput'";

const ADD: (&str, &str) = (
    "INSERT INTO throughput (slot, type, operation_id, movements, quantity)
     VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET movements = movements + excluded.movements,
                               quantity = quantity + excluded.quantity",
    "INSERT INTO throughput (slot, type, operation_id, movements, quantity)
     VALUES (?1, ?2, ?3, ?4, ?5)
     ON DUPLICATE KEY UPDATE movements = movements + VALUES(movements),
                             quantity = quantity + VALUES(quantity)",
);

/// How far the table holds the log.
pub(super) fn position(connection: Connection<'_>) -> Result<i64, Error> {
    let found: Option<i64> = connection.query_row(POSITION, params![], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

impl Ledger {
    /// Adds the next piece of the sealed log, at most `most` movements, to the table of what moved. Whether
    /// there may be more.
    pub async fn roll_up(&self, most: u32) -> Result<bool, Fault> {
        let (before, last, sums, more) = self
            .query(move |connection| {
                let before = position(connection)?;
                let mut sums = Sums::new();
                let mut told = |key, sum| fold::add(&mut sums, key, sum);
                let (last, more) =
                    fold::chunk(connection, before, i64::MAX, most.into(), &mut told)?;
                Ok::<_, Fault>((before, last, sums, more))
            })
            .await?;
        if last == before {
            return Ok(false);
        }
        self.write(move |context| {
            let connection = context.sql();
            if !moved(connection, NAME, before, last)? {
                // Another server was faster: its position is read next.
                return Ok(true);
            }
            let mut add = connection.prepare_cached(connection.pick(ADD.0, ADD.1))?;
            for (key, Sum { movements, units }) in sums {
                let kind = key.kind.as_str();
                add.execute(params![key.slot, kind, key.operation, movements, units])?;
            }
            Ok::<_, Fault>(more)
        })
        .await
    }

    /// Whether it is this program's task to keep derived tables up to date: always for a file, on a
    /// database server only where it holds the sealer's lease.
    pub async fn is_elected(&self) -> Result<bool, Fault> {
        let Some(engine) = self.server() else { return Ok(true) };
        let server = engine.server();
        self.query(move |connection| {
            let held: i64 = connection.query_row(
                "SELECT count(*) FROM lease
                 WHERE name = 'sealer' AND owner = ?1 AND expires_at > now(6)",
                params![server.as_bytes()],
                |row| row.get(0),
            )?;
            Ok::<_, Fault>(held > 0)
        })
        .await
    }

    /// Empties the table of what moved: it is made anew from the log, and until then questions read the
    /// log itself.
    pub(crate) async fn forget_throughput(&self) -> Result<(), Fault> {
        self.write(|context| {
            let connection = context.sql();
            connection.execute("DELETE FROM throughput", params![])?;
            connection.execute("DELETE FROM derived_position WHERE name = ?1", params![NAME])?;
            Ok(())
        })
        .await
    }
}

/// Moves the position of `name` on from `before`, unless somebody else did.
pub(crate) fn moved(
    connection: Connection<'_>,
    name: &str,
    before: i64,
    last: i64,
) -> Result<bool, Error> {
    let changed = if before == 0 {
        let insert = connection.pick(
            "INSERT OR IGNORE INTO derived_position (name, sequence) VALUES (?1, ?2)",
            "INSERT IGNORE INTO derived_position (name, sequence) VALUES (?1, ?2)",
        );
        connection.execute(insert, params![name, last])?
    } else {
        connection.execute(
            "UPDATE derived_position SET sequence = ?3 WHERE name = ?1 AND sequence = ?2",
            params![name, before, last],
        )?
    };
    Ok(changed == 1)
}
