//! Where a plant's ledger is kept, and a hand in its tables past every rule of the program.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mtm_core::word::Timestamp;
use mtm_store::database::{self, Accounts, Login, LoginRole};
use mtm_store::{Ledger, ManualClock, OpenOptions};
use mtm_testkit::{MariaDb, poll};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};
use tokio::sync::OnceCell;

use crate::engine::Engine;
use crate::read_bulk::Hand;

/// The program's account.
const PROGRAM: &str = "program";
/// Identities of what is there before a test begins; tests seed their clocks otherwise.
const BEFORE_THE_TESTS: u64 = 11;
/// How long what was committed may wait for its place in the log.
const SEALING: Duration = Duration::from_secs(20);
/// What the client takes at once.
const CHUNK: usize = 100_000;
/// What makes the server read texts as the embedded engine does.
const DIALECT: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,\
                       NO_BACKSLASH_ESCAPES'; ";

/// The home of one ledger, gone with its test.
pub(crate) enum Home {
    File {
        path: PathBuf,
        /// Removed with the home.
        #[expect(dead_code, reason = "kept for its removal")]
        directory: Option<tempfile::TempDir>,
    },
    /// Used as a plant uses it: the program's account may no more than it must, and only what
    /// makes the ledger is done by an administrator.
    Database {
        server: &'static MariaDb,
        /// The administrator's.
        url: String,
        /// The program's, once the ledger is made.
        program: OnceCell<String>,
    },
}

impl Home {
    /// One that holds nothing but, on a server, the tables of a ledger: to make these takes longer
    /// than most tests.
    pub(crate) fn new(engine: Engine) -> Self {
        let prepared = match engine {
            Engine::Sqlite => None,
            Engine::MariaDb => {
                let server = server().unwrap();
                server.take_prepared().map(|url| (server, url))
            }
        };
        let Some((server, url)) = prepared else { return Self::empty(engine) };
        let program = OnceCell::new_with(Some(signed_in(&url, PROGRAM)));
        Self::Database { server, url, program }
    }

    /// One that holds nothing at all.
    pub(crate) fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let directory = tempfile::tempdir().unwrap();
                Self::File { path: directory.path().join("mtm.db"), directory: Some(directory) }
            }
            Engine::MariaDb => {
                let server = server().unwrap();
                let url = server.create_database().unwrap();
                Self::Database { server, url, program: OnceCell::new() }
            }
        }
    }

    /// The file at `path`.
    pub(crate) fn at(path: &Path) -> Self {
        Self::File { path: path.to_owned(), directory: None }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::File { .. } => Engine::Sqlite,
            Self::Database { .. } => Engine::MariaDb,
        }
    }

    /// The file. Only the embedded engine has one.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } => path,
            Self::Database { url, .. } => panic!("{url} is no file"),
        }
    }

    /// Opens the ledger that is kept here.
    pub(crate) async fn open(&self, options: OpenOptions) -> Ledger {
        match self {
            Self::File { path, .. } => Ledger::open(path, options).await.unwrap(),
            Self::Database { url, program, .. } => {
                let made = program.get_or_init(|| restricted(url, options.clone())).await;
                Ledger::connect(made, options).await.unwrap()
            }
        }
    }

    /// The first column of every row of a query, as text; nothing where it is unknown.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        match self {
            Self::File { path, .. } => {
                let connection = Connection::open(path).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                let rows = statement.query_map([], |row| row.get::<_, Value>(0)).unwrap();
                rows.map(|value| match value.unwrap() {
                    Value::Null => String::new(),
                    Value::Integer(number) => number.to_string(),
                    Value::Real(number) => number.to_string(),
                    Value::Text(text) => text,
                    Value::Blob(_) => panic!("{sql} gives a blob: ask for hex(…)"),
                })
                .collect()
            }
            Self::Database { .. } => {
                poll::until("what was committed to have its place in the log", SEALING, || {
                    Ok((self.run("SELECT count(*) FROM seal_queue") == "0\n").then_some(()))
                })
                .unwrap();
                let text = self.run(sql);
                text.lines().map(|row| if row == "NULL" { "" } else { row }.to_owned()).collect()
            }
        }
    }

    /// Runs statements that change rows.
    pub(crate) fn execute(&self, sql: &str) {
        match self {
            Self::File { path, .. } => {
                mtm_testkit::sqlite::execute(path, sql).unwrap();
            }
            Self::Database { .. } => {
                self.run(sql);
            }
        }
    }

    /// Whether the database itself refuses a statement that changes rows.
    pub(crate) fn refuses(&self, sql: &str) -> bool {
        match self {
            Self::File { path, .. } => {
                let connection = Connection::open(path).unwrap();
                connection.pragma_update(None, "foreign_keys", true).unwrap();
                connection.execute_batch(sql).is_err()
            }
            Self::Database { server, url, .. } => {
                let database = url.rsplit('/').next().unwrap();
                server.sql(database, &format!("{DIALECT}{sql}")).is_err()
            }
        }
    }

    /// A hand for many rows.
    pub(crate) fn hand(&self) -> Box<dyn Hand> {
        match self {
            Self::File { path, .. } => {
                let hand = Connection::open(path).unwrap();
                hand.pragma_update(None, "synchronous", "OFF").unwrap();
                hand.pragma_update(None, "cache_size", -64 * 1024).unwrap();
                hand.set_prepared_statement_cache_capacity(32);
                Box::new(hand)
            }
            Self::Database { server, url, .. } => {
                Box::new(Script { server, url: url.clone(), text: RefCell::default() })
            }
        }
    }

    fn run(&self, sql: &str) -> String {
        match self {
            Self::File { .. } => panic!("a file runs no client"),
            Self::Database { server, url, .. } => run(server, url, sql),
        }
    }
}

/// The server of this process's tests, where the machine has one.
pub(crate) fn server() -> Option<&'static MariaDb> {
    let server = MariaDb::share_prepared("ledger", &this_build(), |url| {
        let clock = Arc::new(ManualClock::new(opening(), BEFORE_THE_TESTS));
        let options = OpenOptions { create: true, clock, ..OpenOptions::default() };
        // Whoever asks may be inside a runtime.
        std::thread::scope(|scope| {
            let make = || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(restricted(url, options));
            };
            scope.spawn(make).join().unwrap();
        });
        Ok(())
    });
    server.unwrap().or_skip("store on MariaDB")
}

/// What tells this build from others: what it makes of an empty database.
fn this_build() -> String {
    let program = std::env::current_exe().unwrap();
    let metadata = std::fs::metadata(&program).unwrap();
    format!("{}-{:?}-{}", program.display(), metadata.modified().unwrap(), metadata.len())
}

/// When the plants of the tests begin.
pub(crate) fn opening() -> Timestamp {
    Timestamp::parse("2026-11-23T06:00:00Z").unwrap()
}

/// Makes the ledger and its accounts; gives the URL of the program's.
async fn restricted(url: &str, options: OpenOptions) -> String {
    Ledger::connect(url, options).await.unwrap().close().await;
    accounts(url, LoginRole::App, PROGRAM).await
}

/// The URL by which a login comes to what an administrator has at `url`.
fn signed_in(url: &str, name: &str) -> String {
    url.replace("root@", &format!("{name}:of%20its%20own@"))
}

/// Makes the accounts of the ledger at `url`, an administrator's, and a login; gives the login's
/// URL.
pub(crate) async fn accounts(url: &str, role: LoginRole, name: &str) -> String {
    let login = Login {
        role,
        name: name.to_owned(),
        host: "%".to_owned(),
        password: Some("of its own".to_owned()),
    };
    let asked = Accounts { prefix: "mtm".to_owned(), logins: vec![login] };
    database::accounts(url, &asked, false).await.unwrap();
    signed_in(url, name)
}

fn run(server: &MariaDb, url: &str, sql: &str) -> String {
    let database = url.rsplit('/').next().unwrap();
    server.sql(database, &format!("{DIALECT}{sql}")).unwrap()
}

/// Statements for a server's client, run in pieces of a size that it takes.
struct Script {
    server: &'static MariaDb,
    url: String,
    text: RefCell<String>,
}

impl Hand for Script {
    fn begin(&self) {}

    fn write(&self, sql: &str, values: &[&dyn ToSql]) {
        let statement = with_values(sql, values);
        if self.text.borrow().len() + statement.len() > CHUNK {
            self.commit();
        }
        let mut text = self.text.borrow_mut();
        text.push_str(&statement);
        text.push_str(";\n");
    }

    fn commit(&self) {
        let text = self.text.take();
        run(self.server, &self.url, &format!("BEGIN; {text} COMMIT"));
    }
}

/// The statement with its numbered parameters replaced.
fn with_values(sql: &str, values: &[&dyn ToSql]) -> String {
    let mut pieces = sql.split('?');
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let digits = piece.chars().take_while(char::is_ascii_digit).count();
        let number: usize = piece[..digits].parse().unwrap();
        text.push_str(&literal(values[number - 1]));
        text.push_str(&piece[digits..]);
    }
    text
}

fn literal(value: &dyn ToSql) -> String {
    let output = value.to_sql().unwrap();
    let value = match &output {
        ToSqlOutput::Borrowed(value) => *value,
        ToSqlOutput::Owned(value) => ValueRef::from(value),
        other => panic!("{other:?} is no value"),
    };
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => {
            format!("'{}'", std::str::from_utf8(text).unwrap().replace('\'', "''"))
        }
        ValueRef::Blob(bytes) => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{}'", hex.concat())
        }
    }
}
