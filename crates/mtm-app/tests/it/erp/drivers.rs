//! The reading program with the distribution's drivers, on a database that the generator filled.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mtm_app::erp::{ReadingError, What};
use mtm_connect::erp::{Deadlines, Program, Way};
use mtm_core::erp::Flag;
use mtm_core::word::Timestamp;
use mtm_lab::erp::{Dialect, ErpMade, ErpSpec};
use mtm_store::record::ErpState;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{MariaDb, Odbc, sqlite};
use tempfile::TempDir;

use super::{ERP, Site};

/// Ample for an answer.
pub(super) const SOON: Duration = Duration::from_secs(60);

/// An ERP's database, filled.
enum Books {
    Sqlite(PathBuf),
    MariaDb(&'static MariaDb, String),
}

/// It, and what is in it.
struct Filled {
    odbc: Odbc,
    books: Books,
    made: ErpMade,
    directory: TempDir,
}

impl Filled {
    fn sqlite(spec: ErpSpec) -> Option<Self> {
        let odbc = Odbc::find().unwrap().or_skip("an ERP by ODBC, on SQLite")?;
        let directory = tempfile::tempdir().unwrap();
        let (script, made) = script(&spec, Dialect::Sqlite, directory.path());
        let file = directory.path().join("erp.db");
        std::fs::write(&file, b"").unwrap();
        sqlite::execute_script(&file, &script).unwrap();
        Some(Self { odbc, books: Books::Sqlite(file), made, directory })
    }

    fn mariadb(spec: ErpSpec) -> Option<Self> {
        let odbc = Odbc::find().unwrap().or_skip("an ERP by ODBC, on MariaDB")?;
        let server = MariaDb::shared().unwrap().or_skip("an ERP by ODBC, on MariaDB")?;
        let directory = tempfile::tempdir().unwrap();
        let (script, made) = script(&spec, Dialect::MariaDb, directory.path());
        let url = server.create_database().unwrap();
        let name = url.rsplit('/').next().unwrap().to_owned();
        server.sql(&name, &format!("source {}", script.display())).unwrap();
        let reader = format!("r_{name}");
        server
            .sql(
                &name,
                &format!(
                    "CREATE USER {reader}@'%' IDENTIFIED BY 'geheim;1';
                     GRANT SELECT ON {name}.* TO {reader}@'%'"
                ),
            )
            .unwrap();
        Some(Self { odbc, books: Books::MariaDb(server, name), made, directory })
    }

    fn sql(&self, statements: &str) {
        match &self.books {
            Books::Sqlite(file) => drop(sqlite::execute(file, statements).unwrap()),
            Books::MariaDb(server, name) => drop(server.sql(name, statements).unwrap()),
        }
    }

    fn reading(&self) -> String {
        match &self.books {
            Books::Sqlite(file) => self.odbc.sqlite_read_only(file),
            Books::MariaDb(server, name) => {
                let reader = format!("r_{name}");
                self.odbc.mariadb(server.port(), name, (&reader, "{geheim;1}"))
            }
        }
    }

    /// As somebody who may write.
    fn writing(&self) -> String {
        match &self.books {
            Books::Sqlite(file) => self.odbc.sqlite(file),
            Books::MariaDb(server, name) => {
                let writer = format!("w_{name}");
                let grant = format!(
                    "CREATE USER IF NOT EXISTS {writer}@'%' IDENTIFIED BY 'geheim';
                     GRANT SELECT, UPDATE ON {name}.PART TO {writer}@'%'"
                );
                server.sql(name, &grant).unwrap();
                self.odbc.mariadb(server.port(), name, (&writer, "geheim"))
            }
        }
    }

    fn way(&self, connection: String) -> Way {
        let reader = Program { program: self.odbc.program().to_owned(), connection, schema: None };
        Way::reader(reader, Deadlines::answering_within(SOON))
    }

    async fn site(&self) -> Site {
        Site::reading(self.way(self.reading())).await
    }
}

/// What fills a database, in a file.
pub(super) fn script(spec: &ErpSpec, dialect: Dialect, directory: &Path) -> (PathBuf, ErpMade) {
    let path = directory.join("erp.sql");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    let made = mtm_lab::erp::write(spec, dialect, &mut out).unwrap();
    std::io::Write::flush(&mut out).unwrap();
    (path, made)
}

/// Runs each promise with both drivers.
macro_rules! drivers {
    ($($promise:ident),+ $(,)?) => {
        mod sqlite_driver {
            $(
                #[tokio::test]
                async fn $promise() {
                    if let Some(filled) = super::Filled::sqlite(super::ErpSpec::default()) {
                        super::$promise(filled).await;
                    }
                }
            )+
        }

        mod mariadb_driver {
            $(
                #[tokio::test]
                async fn $promise() {
                    if let Some(filled) = super::Filled::mariadb(super::ErpSpec::default()) {
                        super::$promise(filled).await;
                    }
                }
            )+
        }
    };
}

drivers!(
    everything_is_read_as_it_was_made,
    a_login_that_may_write_is_refused,
    late_changed_and_gone_rows_are_found,
    odd_rows_are_kept_and_flagged,
    what_is_missing_is_named_and_no_secret_is_told,
);

/// Without places where nothing is left.
fn known(made: &ErpMade) -> BTreeMap<(String, String, String), i64> {
    made.sums
        .iter()
        .filter(|(_, units)| **units != 0)
        .map(|(at, units)| (at.clone(), *units))
        .collect()
}

async fn everything_is_read_as_it_was_made(filled: Filled) {
    let site = filled.site().await;
    let mut reader = site.reader();
    let checked = reader.check().await.unwrap();
    assert_eq!((checked.login.writes, checked.newest), (Some(false), Some(filled.made.newest)));
    reader.round(What::Everything).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.state, state.position), (ErpState::Well, filled.made.newest));
    assert_eq!((state.rows, state.late, state.changed), (filled.made.rows, 0, 0));
    assert!(state.flagged >= filled.made.unknown && state.scanned_at.is_some());
    assert_eq!(site.sums().await, known(&filled.made));
    assert_eq!(site.on_hand().await, known(&filled.made));
    let ledger = site.app.ledger();
    let name = || ERP.to_owned();
    let parts = ledger.erp_parts(name()).await.unwrap();
    assert_eq!((parts.len(), parts[0].id.as_str()), (50, "P-00000"));
    assert_eq!(parts[0].description.as_deref(), Some("Part number 0"));
    assert!(parts.iter().all(|part| part.stocked == Some(true) && part.flags.is_empty()));
    let locations = ledger.erp_locations(name()).await.unwrap();
    assert_eq!((locations.len(), locations[0].site.as_deref()), (12, Some("S1")));
    let orders = ledger.erp_work_orders(name()).await.unwrap();
    assert_eq!((orders.len(), orders[3].key.base.as_str()), (20, "WO00003"));
    assert_eq!(orders[3].desired.unwrap().to_string(), "500");
    let operations = ledger.erp_operations(name()).await.unwrap();
    assert_eq!((operations.len(), operations[1].sequence), (60, 20));
    assert_eq!(operations[3].completed.unwrap().to_string(), "1.5");
    let lines = ledger.erp_purchase_lines(name()).await.unwrap();
    assert_eq!((lines.len(), lines[2].vendor.as_deref()), (20, Some("V002")));
    let since = Timestamp::from_micros(0);
    let recent = ledger.erp_transactions(name(), since, 0, 1_000).await.unwrap();
    assert!(!recent.is_empty() && recent.iter().any(|row| row.transfer_of.is_some()));
    assert!(recent.iter().all(|row| !row.flags.has(Flag::NoMoment)), "{:?}", recent[0]);
    let order = recent.iter().find_map(|row| row.reference.clone()).unwrap();
    assert!(order.starts_with("WO WO") || order.starts_with("PO PO"), "{order}");
    // Nothing changed, and nothing is counted twice.
    reader.round(What::Everything).await.unwrap();
    assert_eq!(site.state().await.rows, filled.made.rows);
    assert_eq!(site.sums().await, known(&filled.made));
}

async fn a_login_that_may_write_is_refused(filled: Filled) {
    let site = Site::reading(filled.way(filled.writing())).await;
    let refused = site.reader().round(What::Due).await.unwrap_err();
    assert!(matches!(&refused, ReadingError::MayWrite(it) if it.writes == Some(true)), "{refused}");
    let state = site.state().await;
    assert_eq!((state.state, state.rows, state.position), (ErpState::Refused, 0, 0));
    assert!(!state.last_error.unwrap().contains("geheim"));
}

async fn late_changed_and_gone_rows_are_found(filled: Filled) {
    let site = filled.site().await;
    let mut reader = site.reader();
    reader.round(What::Everything).await.unwrap();
    let newest = filled.made.newest;
    let recent = site.app.ledger();
    let since = Timestamp::from_micros(0);
    let recent = recent.erp_transactions(ERP.to_owned(), since, 0, 1_000).await.unwrap();
    let (first, second) = (&recent[0], &recent[1]);
    filled.sql(&format!(
        "DELETE FROM INVENTORY_TRANS WHERE TRANSACTION_ID = {};
         UPDATE INVENTORY_TRANS SET PART_ID = 'P-NEW' WHERE TRANSACTION_ID = {};
         INSERT INTO INVENTORY_TRANS (TRANSACTION_ID, TYPE, CLASS, QTY, TRANSACTION_DATE, WAREHOUSE_ID,
             LOCATION_ID, PART_ID)
         VALUES ({}, 'I', 'R', 12.25, '2026-11-22 10:00:00', 'MAIN', 'LATE', 'P-LATE')",
        first.id,
        second.id,
        newest + 10,
    ));
    reader.round(What::Due).await.unwrap();
    filled.sql(&format!(
        "INSERT INTO INVENTORY_TRANS (TRANSACTION_ID, TYPE, CLASS, QTY, TRANSACTION_DATE, WAREHOUSE_ID,
             LOCATION_ID, PART_ID)
         VALUES ({}, 'O', 'I', 2, '2026-11-22 10:00:00', 'MAIN', 'LATE', 'P-LATE')",
        newest + 5,
    ));
    reader.round(What::Everything).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.late, state.changed, state.gone), (1, 1, 1));
    let sums = site.sums().await;
    let late = ["P-LATE", "MAIN", "LATE"].map(str::to_owned);
    assert_eq!(sums[&late.into()], 10_250_000);
    assert!(sums.keys().any(|(part, ..)| part == "P-NEW"));
    assert!(!state.building && state.state == ErpState::Well);
}

async fn odd_rows_are_kept_and_flagged(filled: Filled) {
    let newest = filled.made.newest;
    // Longer than its column should be, where the database lets it: SQLite does, MariaDB was widened.
    if let Books::MariaDb(..) = &filled.books {
        filled.sql("ALTER TABLE INVENTORY_TRANS MODIFY USER_ID VARCHAR(100)");
    }
    filled.sql(&format!(
        "INSERT INTO INVENTORY_TRANS (TRANSACTION_ID, TYPE, CLASS, QTY, TRANSACTION_DATE, WAREHOUSE_ID,
             LOCATION_ID, PART_ID, USER_ID)
         VALUES ({}, 'I', 'R', 0.12345678, '2026-11-22 10:00:00', 'MAIN', 'Hülse', 'Ä-1', '{}'),
                ({}, '?', 'Z', 1, NULL, NULL, NULL, NULL, NULL)",
        newest + 1,
        "x".repeat(60),
        newest + 2,
    ));
    let site = filled.site().await;
    site.reader().round(What::Everything).await.unwrap();
    let since = Timestamp::from_micros(0);
    let ledger = site.app.ledger();
    let rows = ledger.erp_transactions(ERP.to_owned(), since, newest, 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].flags.has(Flag::Cut) && rows[0].flags.has(Flag::Inexact));
    assert_eq!((rows[0].part.as_str(), rows[0].place.location.as_str()), ("Ä-1", "Hülse"));
    assert_eq!(rows[0].user.as_deref().map(str::len), Some(20));
    assert_eq!(rows[0].quantity.to_string(), "0.123457");
    let flags: Vec<_> = rows[1].flags.iter().map(Flag::as_str).collect();
    assert_eq!(flags, ["unknown_kind", "unknown_class", "no_moment", "no_part", "no_place"]);
    assert_eq!(rows[1].signed(), None);
}

async fn what_is_missing_is_named_and_no_secret_is_told(filled: Filled) {
    filled.sql("DROP TABLE WORK_ORDER");
    let site = filled.site().await;
    // The attempt to write names it: it cannot be told whether the login may.
    let failed = site.reader().round(What::Due).await.unwrap_err();
    assert!(failed.to_string().contains("WORK_ORDER"), "{failed}");
    let gone = filled.directory.path().join("gone");
    let wrong = match &filled.books {
        Books::Sqlite(_) => filled.odbc.sqlite_read_only(&gone),
        Books::MariaDb(server, name) => {
            filled.odbc.mariadb(server.port(), name, ("nobody", "strenggeheim"))
        }
    };
    let site = Site::reading(filled.way(wrong)).await;
    let failed = site.reader().round(What::Due).await.unwrap_err();
    let state = site.state().await;
    assert_eq!(state.state, ErpState::Failing, "{failed}");
    assert!(!state.last_error.unwrap().contains("strenggeheim"));
}

/// How long a connection string is decides nothing. MariaDB's driver reads one byte behind it, and where an
/// allocation is as long as the string that byte is somebody else's.
#[tokio::test]
async fn a_connection_string_of_any_length_connects() {
    let Some(filled) = Filled::mariadb(ErpSpec::default()) else { return };
    let plain = filled.reading();
    for pad in 0..16 {
        let site = Site::reading(filled.way(format!("Pad={};{plain}", "x".repeat(pad)))).await;
        let checked = site.reader().check().await;
        assert!(checked.is_ok(), "{} bytes: {}", plain.len() + pad + 5, checked.unwrap_err());
    }
}

/// A role that only reads and is active is read by; one that cannot be looked at keeps the login out.
#[tokio::test]
async fn roles_of_a_mariadb_login_are_looked_at() {
    let Some(filled) = Filled::mariadb(ErpSpec::default()) else { return };
    let Books::MariaDb(server, name) = &filled.books else { return };
    let statements = format!(
        "CREATE ROLE look_{name}; GRANT SELECT ON {name}.* TO look_{name};
         CREATE ROLE write_{name}; GRANT INSERT ON {name}.PART TO write_{name};
         CREATE USER p_{name}@'%' IDENTIFIED BY 'geheim'; GRANT look_{name} TO p_{name}@'%';
         SET DEFAULT ROLE look_{name} FOR p_{name}@'%'"
    );
    server.sql(name, &statements).unwrap();
    let login = format!("p_{name}");
    let connection = filled.odbc.mariadb(server.port(), name, (&login, "geheim"));
    let site = Site::reading(filled.way(connection)).await;
    let mut reader = site.reader();
    reader.round(What::Due).await.unwrap();
    assert_eq!(site.state().await.rows, filled.made.rows);
    reader.leave().await.unwrap();
    server.sql(name, &format!("GRANT write_{name} TO p_{name}@'%'")).unwrap();
    let refused = site.reader().round(What::Due).await.unwrap_err();
    // Whether it may write cannot be told of a role that is not active, and so it is not read.
    assert!(matches!(&refused, ReadingError::MayWrite(it) if it.writes.is_none()), "{refused}");
}

/// A ledger of millions of rows is read in bounded memory: what this process and the reading program need
/// grows with the parts, and not with the rows.
#[tokio::test]
async fn a_large_ledger_needs_no_more_memory_than_a_small_one() {
    let rows = u32::try_from(number("MTM_ERP_ROWS", 20_000)).unwrap();
    let spec = ErpSpec { rows, parts: 2_000, locations: 60, ..ErpSpec::default() };
    let Some(filled) = Filled::sqlite(spec) else { return };
    let site = filled.site().await;
    let mut reader = site.reader();
    let before = resident();
    let began = std::time::Instant::now();
    reader.round(What::All).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.rows, state.position), (filled.made.rows, filled.made.newest));
    assert_eq!(site.sums().await, known(&filled.made));
    let grown = resident().saturating_sub(before);
    evidence(format!(
        "{rows} rows of an ERP's ledger read in {:.0} s; this process grew by {grown} MiB",
        began.elapsed().as_secs_f64()
    ));
    // The database engine's cache is 64 MiB, and the sums of all places are read above.
    assert!(grown < 300, "{grown} MiB");
    drop(site.directory);
}

/// Memory of this process that is in use, in MiB; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
