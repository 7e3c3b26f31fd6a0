//! The tables, and what is in them beside the ledger.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{Dialect, ErpSpec, part, place};

/// Rows of one `INSERT`.
const TOGETHER: u32 = 200;

/// Columns by table: name, and `nN` for text of so many characters, `q` for a quantity, `i` for a whole
/// number, `t` for a moment; the first `keys` of them are the key.
const TABLES: [(&str, usize, &str); 10] = [
    ("SITE", 1, "ID n15, DESCRIPTION n120"),
    ("WAREHOUSE", 1, "ID n15, DESCRIPTION n120, SITE_ID n15"),
    ("LOCATION", 2, "WAREHOUSE_ID n15, ID n15, DESCRIPTION n120"),
    (
        "PART",
        1,
        "ID n30, DESCRIPTION n120, STOCK_UM n15, FABRICATED n1, PURCHASED n1, STOCKED n1, QTY_ON_HAND q, \
         STATUS n1",
    ),
    (
        "PART_LOCATION",
        3,
        "PART_ID n30, WAREHOUSE_ID n15, LOCATION_ID n15, QTY q, COMMITTED_QTY q, STATUS n1, LOCKED n1, \
         HOLD_REASON_ID n15",
    ),
    (
        "INVENTORY_TRANS",
        1,
        "TRANSACTION_ID i, TYPE n1, CLASS n1, QTY q, TRANSACTION_DATE t, CREATE_DATE t, WAREHOUSE_ID n15, \
         LOCATION_ID n15, PART_ID n30, USER_ID n20, PURC_ORDER_ID n15, PURC_ORDER_LINE_NO i, \
         CUST_ORDER_ID n15, WORKORDER_TYPE n1, WORKORDER_BASE_ID n30, WORKORDER_LOT_ID n3, \
         WORKORDER_SPLIT_ID n3, WORKORDER_SUB_ID n3, OPERATION_SEQ_NO i, TRANSFER_TRANS_ID i",
    ),
    ("PURCHASE_ORDER", 1, "ID n15, VENDOR_ID n15, STATUS n1, ORDER_DATE t, PROMISE_DATE t"),
    (
        "PURC_ORDER_LINE",
        2,
        "PURC_ORDER_ID n15, LINE_NO i, PART_ID n30, ORDER_QTY q, TOTAL_RECEIVED_QTY q, LINE_STATUS n1",
    ),
    (
        "WORK_ORDER",
        5,
        "TYPE n1, BASE_ID n30, LOT_ID n3, SPLIT_ID n3, SUB_ID n3, PART_ID n30, DESIRED_QTY q, \
         RECEIVED_QTY q, STATUS n1",
    ),
    (
        "OPERATION",
        6,
        "WORKORDER_TYPE n1, WORKORDER_BASE_ID n30, WORKORDER_LOT_ID n3, WORKORDER_SPLIT_ID n3, \
         WORKORDER_SUB_ID n3, SEQUENCE_NO i, RESOURCE_ID n15, COMPLETED_QTY q, STATUS n1",
    ),
];

/// Makes the tables.
pub(super) fn begin(dialect: Dialect, out: &mut impl Write) -> io::Result<()> {
    for (table, keys, columns) in TABLES {
        let columns: Vec<(&str, &str)> =
            columns.split(", ").filter_map(|column| column.split_once(' ')).collect();
        write!(out, "CREATE TABLE {table} (")?;
        for (at, (name, kind)) in columns.iter().enumerate() {
            let not_null = if at < keys { " NOT NULL" } else { "" };
            write!(out, "{name} {}{not_null}, ", kind_of(dialect, kind))?;
        }
        let names: Vec<&str> = columns.iter().take(keys).map(|(name, _)| *name).collect();
        writeln!(out, "PRIMARY KEY ({}));", names.join(", "))?;
    }
    match dialect {
        Dialect::Sqlite => writeln!(out, "BEGIN;"),
        Dialect::MariaDb => writeln!(out, "START TRANSACTION;"),
        Dialect::SqlServer => writeln!(out, "BEGIN TRANSACTION;"),
    }
}

/// Ends the script.
pub(super) fn end(dialect: Dialect, out: &mut impl Write) -> io::Result<()> {
    match dialect {
        Dialect::Sqlite | Dialect::MariaDb => writeln!(out, "COMMIT;"),
        Dialect::SqlServer => writeln!(out, "COMMIT TRANSACTION;"),
    }
}

fn kind_of(dialect: Dialect, kind: &str) -> String {
    match (kind.strip_prefix('n'), kind, dialect) {
        (Some(width), _, Dialect::SqlServer) => format!("NVARCHAR({width})"),
        (Some(width), _, _) => format!("VARCHAR({width})"),
        (None, "q", _) => "DECIMAL(20,8)".to_owned(),
        (None, "i", _) => "INT".to_owned(),
        (None, _, _) => "DATETIME".to_owned(),
    }
}

/// Rows on their way into a table, some together.
pub(super) struct Insert {
    table: &'static str,
    rows: u32,
}

impl Insert {
    pub(super) const fn new(table: &'static str) -> Self {
        Self { table, rows: 0 }
    }

    pub(super) fn row(&mut self, out: &mut impl Write, row: &str) -> io::Result<()> {
        match self.rows % TOGETHER {
            0 if self.rows > 0 => write!(out, ";\nINSERT INTO {} VALUES\n{row}", self.table)?,
            0 => write!(out, "INSERT INTO {} VALUES\n{row}", self.table)?,
            _ => write!(out, ",\n{row}")?,
        }
        self.rows += 1;
        Ok(())
    }

    pub(super) fn end(self, out: &mut impl Write) -> io::Result<()> {
        if self.rows > 0 { writeln!(out, ";") } else { Ok(()) }
    }
}

/// Fills everything that does not follow from the ledger.
pub(super) fn masters(
    spec: &ErpSpec,
    out: &mut impl Write,
    random: &mut ChaCha8Rng,
) -> io::Result<()> {
    writeln!(out, "INSERT INTO SITE VALUES ('S1', 'Plant one');")?;
    writeln!(
        out,
        "INSERT INTO WAREHOUSE VALUES ('MAIN', 'Main building', 'S1'), ('EAST', 'East building', 'S1');"
    )?;
    let mut insert = Insert::new("LOCATION");
    for n in 0..spec.locations {
        let (warehouse, location) = place(n);
        insert.row(out, &format!("('{warehouse}', '{location}', 'Rack {n}')"))?;
    }
    insert.end(out)?;
    let mut insert = Insert::new("PART");
    for n in 0..spec.parts {
        let made = if random.random_ratio(1, 2) { "'Y', 'N'" } else { "'N', 'Y'" };
        let row = format!("('{}', 'Part number {n}', 'EA', {made}, 'Y', NULL, 'A')", part(n));
        insert.row(out, &row)?;
    }
    insert.end(out)?;
    orders(spec, out, random)
}

fn orders(spec: &ErpSpec, out: &mut impl Write, random: &mut ChaCha8Rng) -> io::Result<()> {
    let mut any_part = || part(random.random_range(0..spec.parts.max(1)));
    let mut insert = Insert::new("WORK_ORDER");
    for n in 0..spec.orders {
        let made = any_part();
        insert.row(out, &format!("('W', 'WO{n:05}', '1', '0', '0', '{made}', 500, {n}, 'R')"))?;
    }
    insert.end(out)?;
    let mut insert = Insert::new("OPERATION");
    for n in 0..spec.orders {
        for step in [10, 20, 30] {
            let row = format!("('W', 'WO{n:05}', '1', '0', '0', {step}, 'PRESS-{n}', {n}.5, 'R')");
            insert.row(out, &row)?;
        }
    }
    insert.end(out)?;
    let mut insert = Insert::new("PURCHASE_ORDER");
    for n in 0..spec.orders {
        let row = format!("('PO{n:05}', 'V{:03}', 'R', '2026-01-05 00:00:00', NULL)", n % 7);
        insert.row(out, &row)?;
    }
    insert.end(out)?;
    let mut insert = Insert::new("PURC_ORDER_LINE");
    for n in 0..spec.orders {
        let bought = any_part();
        insert.row(out, &format!("('PO{n:05}', 1, '{bought}', 1000, {n}, 'A')"))?;
    }
    insert.end(out)
}

/// What is on hand, as the ledger adds it up.
pub(super) fn on_hand(
    sums: &BTreeMap<(String, String, String), i64>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut insert = Insert::new("PART_LOCATION");
    for ((part, warehouse, location), units) in sums {
        let (whole, fraction) = (units / 1_000_000, units % 1_000_000);
        let row = format!(
            "('{part}', '{warehouse}', '{location}', {whole}.{fraction:06}, 0, 'A', 'N', NULL)"
        );
        insert.row(out, &row)?;
    }
    insert.end(out)
}
