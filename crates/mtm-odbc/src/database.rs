//! The connection to an ERP's database, and what is asked of it.

use std::io;

use mtm_core::erp::protocol::{
    Ask, BLOCK_MAX, Column, Failed, FailedKind, LIMIT_MAX, Opened, Say, TRANSACTIONS,
};
use mtm_core::erp::{Fields, Figures, Moments, RawRow};
use mtm_core::word::Timestamp;
use mtm_odbc::redact::Secrets;
use mtm_odbc::sql::{Dialect, FIGURES, Texts};
use odbc_api::{Connection, ConnectionOptions, Error, environment};

use crate::failure::failure;
use crate::login::login;
use crate::rows::{self, Stopped, one};

/// An open connection.
pub(crate) struct Database {
    connection: Connection<'static>,
    dialect: Dialect,
    texts: Texts,
    secrets: Secrets,
    timeout: usize,
}

impl Database {
    /// Connects, and sets how it is read.
    pub(crate) fn open(
        connection: &str,
        schema: Option<&str>,
        timeout: u32,
    ) -> Result<(Self, Opened), Failed> {
        let secrets = Secrets::of(connection);
        let fail = |error: Error| failure(&error, &secrets);
        let options = ConnectionOptions { login_timeout_sec: Some(timeout), packet_size: None };
        // MariaDB's driver (3.1.15) takes one byte more than it is given into the last value. Whatever lies
        // there in memory made of a charset an unknown one and of a password a wrong one: an end lies there now.
        let ended = format!("{connection}\0");
        let connected = environment()
            .and_then(|it| it.connect_with_connection_string(&ended[..connection.len()], options))
            .map_err(fail)?;
        let product = connected.database_management_system_name().map_err(fail)?;
        let dialect = Dialect::of_product(&product).ok_or_else(|| Failed {
            trouble: FailedKind::Dialect,
            message: format!("{product} is no database whose dialect is known"),
        })?;
        let texts = Texts::new(dialect, schema).ok_or_else(|| Failed {
            trouble: FailedKind::Question,
            message: "the schema is no plain name".to_owned(),
        })?;
        let name = connected.current_catalog().unwrap_or_default();
        let timeout = usize::try_from(timeout).unwrap_or(usize::MAX);
        let isolation = isolate(&connected, dialect, timeout).map_err(fail)?;
        let to = Opened {
            product,
            dialect: dialect.as_str().to_owned(),
            database: secrets.hide(&name),
            isolation,
        };
        Ok((Self { connection: connected, dialect, texts, secrets, timeout }, to))
    }

    /// Answers a question: rows through `tell`, the end as what is given.
    pub(crate) fn answer(
        &mut self,
        ask: &Ask,
        tell: &mut dyn FnMut(Say) -> io::Result<()>,
    ) -> io::Result<Say> {
        let answered = match ask {
            Ask::Open { .. } => return Ok(out_of_turn("it is open")),
            Ask::Login => self.login().map_err(Stopped::Driver),
            Ask::Newest => self.newest().map_err(Stopped::Driver),
            Ask::Table { table } => self.rows(&self.texts.table(*table), table.columns(), tell),
            Ask::Transactions { after, limit } => {
                let sql = self.texts.transactions(*after, (*limit).clamp(1, LIMIT_MAX));
                self.rows(&sql, &TRANSACTIONS, tell)
            }
            Ask::Block { from, upto } | Ask::Figures { from, upto }
                if upto.saturating_sub(*from) >= BLOCK_MAX =>
            {
                return Ok(out_of_turn("that is more than a block"));
            }
            Ask::Block { from, upto } => {
                self.rows(&self.texts.block(*from, *upto), &TRANSACTIONS, tell)
            }
            Ask::Figures { from, upto } => self.figures(*from, *upto),
        };
        match answered {
            Ok(say) => Ok(say),
            Err(Stopped::Told(error)) => Err(error),
            Err(Stopped::Driver(error)) => {
                Ok(Say::Failed { failed: failure(&error, &self.secrets) })
            }
        }
    }

    fn login(&self) -> Result<Say, Error> {
        let mut found = login(&self.connection, self.dialect, &self.texts, self.timeout)?;
        found.evidence = self.secrets.hide(&found.evidence);
        self.settle()?;
        Ok(Say::Login { found })
    }

    /// From here on the database itself lets nothing be written, where it can be told so. Not before: whether
    /// the login may is to be found out first.
    fn settle(&self) -> Result<(), Error> {
        let sql = match self.dialect {
            Dialect::SqlServer => return Ok(()),
            Dialect::MariaDb => "SET SESSION TRANSACTION READ ONLY",
            Dialect::Sqlite => "PRAGMA query_only = 1",
        };
        self.connection.execute(sql, (), Some(self.timeout)).map(drop)
    }

    fn newest(&self) -> Result<Say, Error> {
        let newest = one(&self.connection, &self.texts.newest(), self.timeout)?;
        let whole = newest.as_deref().and_then(|text| text.split('.').next()?.trim().parse().ok());
        Ok(Say::Newest { newest: whole.unwrap_or(0) })
    }

    fn rows(
        &self,
        sql: &str,
        columns: &[Column],
        tell: &mut dyn FnMut(Say) -> io::Result<()>,
    ) -> Result<Say, Stopped> {
        let told = |rows: Vec<RawRow>| {
            let cut = rows.iter().enumerate().filter(|(_, row)| row.cut).map(|(at, _)| at);
            let cut = cut.collect();
            let rows = rows.into_iter().map(|row| row.texts).collect();
            tell(Say::Rows { rows, cut })
        };
        let rows = rows::read(&self.connection, sql, columns, self.timeout, told)?;
        Ok(Say::Done { rows })
    }

    /// Figures are made here, and not by the database: sums of every product are exact this way, and what
    /// counts as the same row is decided in one place.
    fn figures(&self, from: i64, upto: i64) -> Result<Say, Stopped> {
        let Some(moments) = Moments::of_zone("UTC") else {
            return Ok(out_of_turn("there is no UTC"));
        };
        let columns = FIGURES.map(|at| TRANSACTIONS[at]);
        let mut figures = Figures::default();
        let sql = self.texts.figures(from, upto);
        rows::read(&self.connection, &sql, &columns, self.timeout, |rows| {
            for row in rows {
                let mut whole = RawRow { texts: vec![None; TRANSACTIONS.len()], cut: row.cut };
                for (at, text) in FIGURES.into_iter().zip(row.texts) {
                    whole.texts[at] = text;
                }
                let read = Fields::of(&whole).transaction(&moments, Timestamp::default());
                if let Some(row) = read {
                    figures.add(&row);
                }
            }
            Ok(())
        })?;
        Ok(Say::Figures { figures })
    }
}

fn out_of_turn(message: &str) -> Say {
    let failed = Failed { trouble: FailedKind::Question, message: message.to_owned() };
    Say::Failed { failed }
}

/// How long a read of SQL Server waits for a row that somebody is writing, in milliseconds.
const LOCK_TIMEOUT: u32 = 5_000;

/// Sets how the database is read, so that nobody who works in the ERP waits for us; says how.
fn isolate(connection: &Connection<'_>, dialect: Dialect, timeout: usize) -> Result<String, Error> {
    let set = |sql: &str| connection.execute(sql, (), Some(timeout)).map(drop);
    match dialect {
        Dialect::SqlServer => {
            set(&format!("SET LOCK_TIMEOUT {LOCK_TIMEOUT}"))?;
            let state = |column: &str| {
                let sql = format!(
                    "SELECT CAST({column} AS INT) FROM sys.databases WHERE database_id = DB_ID()"
                );
                one(connection, &sql, timeout).map(|found| found.as_deref() == Some("1"))
            };
            if state("snapshot_isolation_state")? {
                set("SET TRANSACTION ISOLATION LEVEL SNAPSHOT")?;
                return Ok("snapshot".to_owned());
            }
            set("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
            Ok(if state("is_read_committed_snapshot_on")? {
                "read committed, by versions".to_owned()
            } else {
                "read committed, by locks that are held for a row".to_owned()
            })
        }
        Dialect::MariaDb => {
            set("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
            Ok("read committed, by versions".to_owned())
        }
        Dialect::Sqlite => {
            set("PRAGMA busy_timeout = 5000")?;
            Ok("snapshot".to_owned())
        }
    }
}
