//! A plant in a file of its own, and the same rows on a `MariaDB` server.

use mtm_core::audit::{self, Hash};
use mtm_core::catalogue::Catalogue;
use mtm_core::word::Timestamp;
use rusqlite::types::ValueRef;
use tokio::runtime::Runtime;

use super::plan::ledger;
use super::read_bulk::{Bulk, Size};
use crate::catalogue;
use crate::read::Reader;
use crate::sql::{Connection, Value, Wire};

/// More buckets and movements than one chunk holds.
pub(super) const LARGE: Size =
    Size { parts: 60, locations: 80, operations: 6, buckets: 5_600, movements: 9_000 };
/// A few of everything.
pub(super) const SMALL: Size =
    Size { parts: 20, locations: 30, operations: 6, buckets: 200, movements: 800 };

const SCHEMA: &str = concat!(
    include_str!("../../mariadb/schema/0001_ledger.sql"),
    include_str!("../../mariadb/schema/0003_throughput.sql"),
    include_str!("../../mariadb/schema/0007_closing.sql"),
    include_str!("../../mariadb/schema/0011_alert.sql"),
    include_str!("../../mariadb/schema/0018_reservation.sql"),
    include_str!("../../mariadb/schema/0024_work_order.sql"),
);

/// What every connection of the server is set to.
const SESSION: [&str; 4] = [
    "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,\
     ONLY_FULL_GROUP_BY'",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin",
];

/// The tables with rows, named ones after those that name them.
const TABLES: [&str; 14] = [
    "user",
    "part",
    "location",
    "operation",
    "color_code",
    "lot",
    "movement",
    "stock",
    "hold",
    "reservation",
    "reservation_use",
    "audit",
    "outbox",
    "legacy_movement",
];

/// Rows written by one statement.
const ROWS: usize = 200;

/// What the plant has besides movements and stock.
const MORE: &str = "
    INSERT INTO audit (sequence, kind, movement_sequence, user_id, at, entry, hash)
    SELECT sequence, 'movement', sequence, user_id, recorded_at, '[1]',
           iif(sequence = 1, x'FIRST_HASH', zeroblob(32)) FROM movement;
    INSERT INTO outbox (position, id, type, subject, at, movement_sequence, traceparent, data)
    SELECT sequence, id, type || '.recorded', lot, recorded_at,
           iif(sequence % 7 = 0, NULL, sequence), NULL, iif(sequence % 7 = 0, '{\"n\": 7}', NULL)
    FROM movement;
    INSERT INTO hold (id, lot, reason, placed_by, placed_at, released_by, released_at)
    SELECT m.id, m.lot, 'qa', m.user_id, m.recorded_at,
           iif(m.sequence % 3 = 0, m.user_id, NULL), iif(m.sequence % 3 = 0, m.recorded_at + 9, NULL)
    FROM movement m WHERE m.type = 'in' AND m.sequence % 50 = 0;
    INSERT INTO reservation (id, lot, quantity, work_order, placed_by, placed_at)
    SELECT m.id, m.lot, iif(m.sequence % 3 = 0, NULL, m.quantity), 'WO-000001', m.user_id, m.recorded_at
    FROM movement m WHERE m.type = 'in' AND m.sequence % 40 = 0;
    INSERT OR IGNORE INTO reservation_use (movement, reservation, quantity)
    SELECT m.id, r.id, m.quantity
    FROM reservation r CROSS JOIN movement m ON m.lot = r.lot WHERE m.type = 'out';
    INSERT INTO legacy_movement (id, type, lot, part, quantity, user, occurred_at, verbatim)
    SELECT sequence * 3, 'IN', lot, 'part ' || part_id, sequence, 'JKOLL',
           iif(sequence % 5 = 0, NULL, recorded_at), '{}'
    FROM movement;";

/// The plant on both engines, and what its codes mean.
pub(super) struct Twin {
    pub(super) bulk: Bulk,
    pub(super) catalogue: Catalogue,
    pub(super) file: rusqlite::Connection,
    pub(super) wire: Wire,
    // Moves the bytes of `wire`.
    _runtime: Runtime,
}

impl Twin {
    /// `None` where this machine has no server to start.
    pub(super) fn new(size: Size) -> Option<Self> {
        let server = mtm_testkit::MariaDb::shared().unwrap().or_skip("MariaDB reads")?;
        let url = server.create_database().unwrap();
        let file = ledger();
        let bulk = Bulk::filled(&file, size, 11);
        let first = audit::chain(&Hash::GENESIS, b"[1]").hex();
        file.execute_batch(&MORE.replace("FIRST_HASH", &first)).unwrap();
        let catalogue = catalogue::load((&file).into()).unwrap();
        let runtime = Runtime::new().unwrap();
        let connection =
            runtime.block_on(mysql_async::Conn::from_url(&url)).expect("the server answers");
        let wire = Wire::new(connection, runtime.handle().clone());
        for statement in SESSION.into_iter().chain(SCHEMA.split(";\n")) {
            if !statement.trim().is_empty() {
                wire.command(statement).unwrap();
            }
        }
        let twin = Self { bulk, catalogue, file, wire, _runtime: runtime };
        twin.copy();
        Some(twin)
    }

    /// The two, the file first.
    pub(super) fn connections(&self) -> [Connection<'_>; 2] {
        [(&self.file).into(), Connection::MariaDb(&self.wire)]
    }

    /// Asks both; they must say the same.
    pub(super) fn ask<T: PartialEq + std::fmt::Debug>(
        &self,
        what: &str,
        question: impl Fn(&Reader<'_>) -> T,
    ) -> T {
        let now = Timestamp::from_micros(2_000_000_000_000_000);
        let reader = |connection| Reader::new(connection, &self.catalogue, now);
        let [expected, found] = self.connections().map(|connection| question(&reader(connection)));
        assert!(found == expected, "{what}\n{found:#?}\n{expected:#?}");
        found
    }

    fn copy(&self) {
        self.wire.command("START TRANSACTION").unwrap();
        self.wire.command("SET SESSION foreign_key_checks = 0").unwrap();
        for table in TABLES {
            self.copy_table(table);
        }
        self.wire.command("COMMIT").unwrap();
        self.wire.command("SET SESSION foreign_key_checks = 1").unwrap();
        for table in TABLES {
            // Counted in full and only here, so that the planner decides alike every time.
            let exact = "STATS_PERSISTENT = 1, STATS_AUTO_RECALC = 0, STATS_SAMPLE_PAGES = 65535";
            self.wire.command(&format!("ALTER TABLE {table} {exact}")).unwrap();
        }
        self.wire.command(&format!("ANALYZE TABLE {}", TABLES.join(", "))).unwrap();
    }

    fn copy_table(&self, table: &str) {
        let mut statement = self.file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<_> = statement.column_names().map(|name| format!("\"{name}\"")).collect();
        let mut rows = statement.query([]).unwrap();
        let mut values = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            values.extend((0..names.len()).map(|at| owned(row.get_ref(at).unwrap())));
        }
        for some in values.chunks(names.len() * ROWS) {
            let row = format!("({})", vec!["?"; names.len()].join(", "));
            let sql = format!(
                "INSERT INTO {table} ({}) VALUES {}",
                names.join(", "),
                vec![row; some.len() / names.len()].join(", ")
            );
            Connection::MariaDb(&self.wire).execute(&sql, some).unwrap();
        }
    }
}

fn owned(value: ValueRef<'_>) -> Value<'static> {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned().into()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec().into()),
        ValueRef::Real(_) => panic!("no table of ours has such"),
    }
}
