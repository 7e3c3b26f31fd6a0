//! The reading program and the drivers of the distribution, for tests of what is read over ODBC.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::skip::Fixture;

/// The program as it was built, and the drivers' libraries.
#[derive(Debug, Clone)]
pub struct Odbc {
    program: PathBuf,
    sqlite: PathBuf,
    mariadb: PathBuf,
}

/// Where distributions put drivers.
const FOLDERS: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/odbc",
    "/usr/lib/aarch64-linux-gnu/odbc",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
];

impl Odbc {
    /// Finds them: the program in the folder of the profile that this test was built with.
    pub fn find() -> Result<Fixture<Self>> {
        let test = env::current_exe().context("this test's own place is not known")?;
        let folder = test.parent().and_then(Path::parent).context("the test stands nowhere")?;
        let program = folder.join(format!("mtm-odbc{}", env::consts::EXE_SUFFIX));
        if !program.is_file() {
            let how = "cargo build --package mtm-odbc --features odbc, which needs unixodbc-dev";
            return Ok(Fixture::Unavailable(format!("mtm-odbc is not built ({how})")));
        }
        let library = |name: &str| {
            FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
        };
        let found = (library("libsqlite3odbc.so"), library("libmaodbc.so"));
        let (Some(sqlite), Some(mariadb)) = found else {
            let reason = "no ODBC drivers for SQLite and MariaDB (libsqliteodbc, odbc-mariadb)";
            return Ok(Fixture::Unavailable(reason.to_owned()));
        };
        Ok(Fixture::Ready(Self { program, sqlite, mariadb }))
    }

    /// The reading program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The connection string of a SQLite file, opened so that it can only be read.
    pub fn sqlite_read_only(&self, file: &Path) -> String {
        let driver = self.sqlite.display();
        format!("Driver={driver};Database=file:{}?mode=ro", file.display())
    }

    /// The connection string of a SQLite file that can be written.
    pub fn sqlite(&self, file: &Path) -> String {
        format!("Driver={};Database={}", self.sqlite.display(), file.display())
    }

    /// The connection string of a database on a MariaDB server of this machine.
    pub fn mariadb(&self, port: u16, database: &str, (user, password): (&str, &str)) -> String {
        let driver = self.mariadb.display();
        format!(
            "Driver={driver};Server=127.0.0.1;Port={port};Database={database};UID={user};PWD={password};\
             Charset=utf8mb4"
        )
    }
}
