//! An ERP's database out of a seed: tables of the shape that is read, filled with a ledger whose sums are known.
//!
//! It is written as a script of SQL, in the dialect of the database that is to be filled, a piece at a time:
//! some millions of rows need no more memory than a handful.

mod events;
mod tables;

use std::collections::BTreeMap;
use std::io::{self, Write};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use events::Events;

/// The database that is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// MariaDB and `MySQL`.
    MariaDb,
    /// Microsoft SQL Server.
    SqlServer,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::MariaDb, Self::SqlServer];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MariaDb => "mariadb",
            Self::SqlServer => "sqlserver",
        }
    }
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErpSpec {
    /// Everything follows from it.
    pub seed: u64,
    /// Parts.
    pub parts: u32,
    /// Locations, in two warehouses.
    pub locations: u32,
    /// Rows of the ledger.
    pub rows: u32,
    /// Work orders, each with three operations; and as many lines of purchase orders.
    pub orders: u32,
    /// The day of the last row of the ledger: so many days after 1970-01-01.
    pub last_day: i64,
}

impl Default for ErpSpec {
    fn default() -> Self {
        // 2026-11-23.
        Self { seed: 1, parts: 50, locations: 12, rows: 1_000, orders: 20, last_day: 20_780 }
    }
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErpMade {
    /// Rows of the ledger.
    pub rows: u64,
    /// The greatest id.
    pub newest: i64,
    /// What the ledger adds up to, in 10⁻⁶ units, by part, warehouse and location; nothing is left out.
    pub sums: BTreeMap<(String, String, String), i64>,
    /// Rows with a type that nobody knows.
    pub unknown: u64,
}

/// Writes the script that makes and fills the database.
pub fn write(spec: &ErpSpec, dialect: Dialect, out: &mut impl Write) -> io::Result<ErpMade> {
    let mut random = ChaCha8Rng::seed_from_u64(spec.seed);
    tables::begin(dialect, out)?;
    tables::masters(spec, out, &mut random)?;
    let mut events = Events::new(spec);
    let mut insert = tables::Insert::new("INVENTORY_TRANS");
    while let Some(row) = events.next(&mut random) {
        insert.row(out, &row)?;
    }
    insert.end(out)?;
    let made = events.made();
    tables::on_hand(&made.sums, out)?;
    tables::end(dialect, out)?;
    Ok(made)
}

/// The code of the `n`th part.
pub fn part(n: u32) -> String {
    format!("P-{n:05}")
}

/// Warehouse and location of the `n`th place.
pub fn place(n: u32) -> (String, String) {
    let warehouse = if n.is_multiple_of(3) { "EAST" } else { "MAIN" };
    (warehouse.to_owned(), format!("L{n:03}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(spec: &ErpSpec, dialect: Dialect) -> (String, ErpMade) {
        let mut out = Vec::new();
        let made = write(spec, dialect, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), made)
    }

    #[test]
    fn a_seed_makes_the_same_database_in_every_dialect() {
        let spec = ErpSpec::default();
        let (first, made) = script(&spec, Dialect::Sqlite);
        assert_eq!((first, made.clone()), script(&spec, Dialect::Sqlite));
        for dialect in Dialect::ALL {
            assert_eq!(script(&spec, dialect).1, made);
        }
        assert_ne!(script(&ErpSpec { seed: 2, ..spec }, Dialect::Sqlite).1, made);
        assert_eq!(made.rows, 1_000);
        assert!(made.newest > 1_000 && made.unknown > 0);
        assert!(made.sums.values().all(|units| *units >= 0));
    }
}
