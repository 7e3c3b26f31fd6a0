//! What is asked of the ERP's database, in its dialect. Only `SELECT`s, and statements that set how they read.

use mtm_core::erp::protocol::{Column, TRANSACTIONS, Table};

/// How a database wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Microsoft SQL Server.
    SqlServer,
    /// MariaDB and `MySQL`.
    MariaDb,
    /// SQLite.
    Sqlite,
}

/// The tables that are read.
pub const TABLES: [&str; 9] = [
    "PART",
    "PART_LOCATION",
    "INVENTORY_TRANS",
    "LOCATION",
    "WAREHOUSE",
    "WORK_ORDER",
    "OPERATION",
    "PURCHASE_ORDER",
    "PURC_ORDER_LINE",
];

impl Dialect {
    /// The dialect of a product, as its driver names it.
    pub fn of_product(product: &str) -> Option<Self> {
        let product = product.to_ascii_lowercase();
        [
            ("sql server", Self::SqlServer),
            ("mariadb", Self::MariaDb),
            ("mysql", Self::MariaDb),
            ("sqlite", Self::Sqlite),
        ]
        .into_iter()
        .find(|(name, _)| product.contains(name))
        .map(|(_, dialect)| dialect)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SqlServer => "sqlserver",
            Self::MariaDb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }
}

/// The statements for one database.
#[derive(Debug, Clone)]
pub struct Texts {
    dialect: Dialect,
    prefix: String,
}

/// Longest name of a schema.
const SCHEMA_MAX: usize = 60;

impl Texts {
    /// For tables in `schema`, or where the login's own names lead. `None` where that is no plain name:
    /// letters, digits and `_`.
    pub fn new(dialect: Dialect, schema: Option<&str>) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let prefix = match schema {
            None => String::new(),
            Some(name) if (1..=SCHEMA_MAX).contains(&name.len()) && name.chars().all(plain) => {
                format!("{name}.")
            }
            Some(_) => return None,
        };
        Some(Self { dialect, prefix })
    }

    /// A table's name as it is asked for.
    pub fn name(&self, table: &str) -> String {
        format!("{}{table}", self.prefix)
    }

    /// All rows of a table.
    pub fn table(&self, table: Table) -> String {
        let t = |name: &str| self.name(name);
        match table {
            Table::Parts => plain(table.columns(), &t("PART")),
            Table::OnHand => plain(table.columns(), &t("PART_LOCATION")),
            Table::WorkOrders => plain(table.columns(), &t("WORK_ORDER")),
            Table::Operations => plain(table.columns(), &t("OPERATION")),
            Table::Locations => format!(
                "SELECT l.WAREHOUSE_ID, l.ID, l.DESCRIPTION, w.DESCRIPTION, w.SITE_ID \
                 FROM {} l LEFT JOIN {} w ON w.ID = l.WAREHOUSE_ID",
                t("LOCATION"),
                t("WAREHOUSE"),
            ),
            Table::PurchaseLines => format!(
                "SELECT l.PURC_ORDER_ID, l.LINE_NO, o.VENDOR_ID, o.STATUS, o.ORDER_DATE, \
                 o.PROMISE_DATE, l.PART_ID, l.ORDER_QTY, l.TOTAL_RECEIVED_QTY, l.LINE_STATUS \
                 FROM {} l LEFT JOIN {} o ON o.ID = l.PURC_ORDER_ID",
                t("PURC_ORDER_LINE"),
                t("PURCHASE_ORDER"),
            ),
        }
    }

    /// Rows of the ledger behind an id, by id.
    pub fn transactions(&self, after: i64, limit: u32) -> String {
        let columns = columns(&TRANSACTIONS);
        let rest = format!(
            "FROM {} WHERE TRANSACTION_ID > {after} ORDER BY TRANSACTION_ID",
            self.name("INVENTORY_TRANS")
        );
        match self.dialect {
            Dialect::SqlServer => format!("SELECT TOP ({limit}) {columns} {rest}"),
            Dialect::MariaDb | Dialect::Sqlite => format!("SELECT {columns} {rest} LIMIT {limit}"),
        }
    }

    /// All rows of the ledger with ids from `from` up to `upto`.
    pub fn block(&self, from: i64, upto: i64) -> String {
        format!(
            "SELECT {} FROM {} WHERE TRANSACTION_ID >= {from} AND TRANSACTION_ID <= {upto}",
            columns(&TRANSACTIONS),
            self.name("INVENTORY_TRANS")
        )
    }

    /// What figures are made of: the ledger's first four columns, and place and part.
    pub fn figures(&self, from: i64, upto: i64) -> String {
        format!(
            "SELECT {} FROM {} WHERE TRANSACTION_ID >= {from} AND TRANSACTION_ID <= {upto}",
            FIGURES.map(|at| TRANSACTIONS[at].0).join(", "),
            self.name("INVENTORY_TRANS")
        )
    }

    /// The greatest id of the ledger.
    pub fn newest(&self) -> String {
        format!("SELECT MAX(TRANSACTION_ID) FROM {}", self.name("INVENTORY_TRANS"))
    }

    /// A statement that changes nothing, whoever runs it, and that only whoever may write may run.
    pub fn attempt(&self, table: &str) -> String {
        format!("DELETE FROM {} WHERE 1 = 0", self.name(table))
    }
}

/// The ledger's columns that figures are made of, by their places.
pub const FIGURES: [usize; 6] = [0, 1, 3, 6, 7, 8];

fn columns(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn plain(of: &[Column], table: &str) -> String {
    format!("SELECT {} FROM {table}", columns(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_bounds_a_page_in_its_own_words() {
        let page = |dialect| Texts::new(dialect, None).unwrap().transactions(41, 500);
        assert!(page(Dialect::SqlServer).starts_with("SELECT TOP (500) TRANSACTION_ID, TYPE, "));
        assert!(page(Dialect::MariaDb).ends_with("> 41 ORDER BY TRANSACTION_ID LIMIT 500"));
        assert_eq!(page(Dialect::Sqlite), page(Dialect::MariaDb));
    }

    #[test]
    fn a_schema_is_a_plain_name_or_refused() {
        let texts = Texts::new(Dialect::SqlServer, Some("SYSADM")).unwrap();
        assert_eq!(texts.newest(), "SELECT MAX(TRANSACTION_ID) FROM SYSADM.INVENTORY_TRANS");
        for name in ["", "a b", "x;DROP", "[dbo]", &"x".repeat(61)] {
            assert!(Texts::new(Dialect::SqlServer, Some(name)).is_none(), "{name}");
        }
    }

    #[test]
    fn nothing_is_asked_that_could_change_a_row() {
        let texts = Texts::new(Dialect::MariaDb, None).unwrap();
        let mut asked: Vec<String> = Table::ALL.map(|table| texts.table(table)).to_vec();
        asked.extend([
            texts.transactions(0, 1),
            texts.block(0, 1),
            texts.figures(0, 1),
            texts.newest(),
        ]);
        assert!(asked.iter().all(|text| text.starts_with("SELECT ")), "{asked:?}");
        assert!(TABLES.iter().all(|table| texts.attempt(table).ends_with("WHERE 1 = 0")));
    }

    #[test]
    fn products_are_known_by_their_names() {
        let of = |name| Dialect::of_product(name).map(Dialect::as_str);
        assert_eq!(of("Microsoft SQL Server"), Some("sqlserver"));
        assert_eq!(of("MariaDB"), Some("mariadb"));
        assert_eq!(of("MySQL"), Some("mariadb"));
        assert_eq!(of("SQLite"), Some("sqlite"));
        assert_eq!(of("Oracle"), None);
    }
}
