//! A private, real MariaDB server, as a process or in a container ([`Backend`]).
//!
//! Bootstrapping a data directory takes seconds, copying one a fraction: the first test on a
//! machine makes a template below the system's temporary directory, under a file lock so that
//! parallel test processes do not collide, and every server starts from a copy. The server
//! listens on 127.0.0.1 only, durable at every commit like in production, with `root` and no
//! password.
//!
//! Databases are cheap, servers are not: tests of one process share [`MariaDb::shared`] and take
//! a database each. A test that stops or kills the server starts its own. Where filling the
//! database is what takes long, [`MariaDb::start_prepared`] and [`MariaDb::share_prepared`] do it
//! once per machine.

mod client;
pub(crate) mod programs;
mod replica;
pub(crate) mod template;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::backend::{Backend, Host, Server};
use crate::ports;
use crate::process::{self, Guard};
use crate::skip::{self, Fixture};
use programs::Programs;

pub(crate) use client::Client;
pub use replica::Replicated;

/// How long a start may take; it needs 0.3 s on an idle machine.
const START: Duration = Duration::from_secs(60);

/// The files of a server that offers TLS, in its directory.
const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server.key";
const AUTHORITY: &str = "authority.pem";

/// How often a port may be taken by somebody else between choosing and binding it.
const PORT_ATTEMPTS: u32 = 5;

/// The server that the tests of this process share.
static SHARED: OnceLock<Result<Fixture<MariaDb>>> = OnceLock::new();

/// How a server encrypts.
#[derive(Debug, Clone, Copy)]
struct Encrypted {
    /// Whether it asks who comes.
    asks: bool,
}

/// A running server; stopped and removed on drop.
#[derive(Debug)]
pub struct MariaDb {
    backend: &'static dyn Backend,
    programs: Programs,
    client: Client,
    // Declared before the directory: the server ends before its files go.
    process: Option<Guard>,
    directory: TempDir,
    encrypted: Option<Encrypted>,
    /// Its number among servers that follow each other.
    number: Option<u32>,
    /// The database that it was started with, and whether somebody has it.
    prepared: Option<(String, AtomicBool)>,
}

impl MariaDb {
    /// Starts a server of its own for the caller, as a process of this machine.
    pub fn start() -> Result<Fixture<Self>> {
        Self::start_on(&Host)
    }

    /// The same by another backend.
    pub fn start_on(backend: &'static dyn Backend) -> Result<Fixture<Self>> {
        let programs = match Self::programs_for(backend) {
            Ok(programs) => programs,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let template = template::empty(&programs)?;
        Self::start_from(&template, programs, backend).map(Fixture::Ready)
    }

    /// Starts a server of its own for the caller that offers TLS under a certificate and its key
    /// (PEM); the others offer none.
    pub fn start_encrypted(certificate: &str, key: &str) -> Result<Fixture<Self>> {
        Self::start_with_tls(certificate, key, None)
    }

    /// The same for one that asks who comes, and believes what `authority` signed.
    pub fn start_asking_for_certificates(
        certificate: &str,
        key: &str,
        authority: &str,
    ) -> Result<Fixture<Self>> {
        Self::start_with_tls(certificate, key, Some(authority))
    }

    fn start_with_tls(
        certificate: &str,
        key: &str,
        authority: Option<&str>,
    ) -> Result<Fixture<Self>> {
        let mut server = match Self::start()? {
            Fixture::Ready(server) => server,
            unavailable @ Fixture::Unavailable(_) => return Ok(unavailable),
        };
        fs::write(server.directory.path().join(CERTIFICATE), certificate)?;
        fs::write(server.directory.path().join(KEY), key)?;
        if let Some(authority) = authority {
            fs::write(server.directory.path().join(AUTHORITY), authority)?;
        }
        server.encrypted = Some(Encrypted { asks: authority.is_some() });
        server.restart()?;
        Ok(Fixture::Ready(server))
    }

    /// Starts a server of its own for the caller that holds a database of that name already
    /// ([`MariaDb::url_of`]), as `prepare` left it, who gets its URL when it is empty. That happens
    /// once per machine; later servers start from a copy, which takes no longer than an empty one.
    /// `version` stands for the content: whatever changes what `prepare` makes must change it.
    pub fn start_prepared(
        database: &str,
        version: &str,
        prepare: impl FnOnce(&str) -> Result<()>,
    ) -> Result<Fixture<Self>> {
        let programs = match Self::programs_for(&Host) {
            Ok(programs) => programs,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let content = format!("{database}-{version}");
        let template = template::holding(&content, &programs, |data| {
            let mut first =
                Self::start_from(&template::empty(&programs)?, programs.clone(), &Host)?;
            first.sql("", &format!("CREATE DATABASE {database} CHARACTER SET utf8mb4"))?;
            prepare(&first.url_of(database))?;
            first.finish()?;
            template::copy(&first.data(), data)
        })?;
        let mut server = Self::start_from(&template, programs, &Host)?;
        server.prepared = Some((database.to_owned(), AtomicBool::new(false)));
        Ok(Fixture::Ready(server))
    }

    /// The programs, or why no server can be started.
    fn programs_for(backend: &dyn Backend) -> Result<Programs, String> {
        if skip::quick() {
            return Err("left out of the quick run".to_owned());
        }
        let programs = Programs::find()?;
        backend.obstacle().map_or(Ok(programs), Err)
    }

    fn start_from(
        template: &Path,
        programs: Programs,
        backend: &'static dyn Backend,
    ) -> Result<Self> {
        let directory = directory("mtm-mariadb-")?;
        template::copy(template, &directory.path().join("data"))?;
        let client = Client { program: programs.client.clone(), port: 0 };
        let (process, encrypted, number, prepared) = (None, None, None, None);
        let mut server =
            Self { backend, programs, client, process, directory, encrypted, number, prepared };
        for attempt in 1.. {
            [server.client.port] = ports::free()?;
            match server.launch() {
                Ok(()) => break,
                Err(error) if attempt < PORT_ATTEMPTS && server.port_was_taken() => drop(error),
                Err(error) => return Err(error),
            }
        }
        Ok(server)
    }

    /// The server all tests of this process share, started by the first that asks and stopped
    /// when the process ends.
    pub fn shared() -> Result<Fixture<&'static Self>> {
        Self::share(Self::start)
    }

    /// The same server; started as [`MariaDb::start_prepared`] does if nobody has asked for it yet.
    /// Who is given the database that it holds: [`MariaDb::take_prepared`].
    pub fn share_prepared(
        database: &str,
        version: &str,
        prepare: impl FnOnce(&str) -> Result<()>,
    ) -> Result<Fixture<&'static Self>> {
        Self::share(|| Self::start_prepared(database, version, prepare))
    }

    fn share(start: impl FnOnce() -> Result<Fixture<Self>>) -> Result<Fixture<&'static Self>> {
        match SHARED.get_or_init(start) {
            Ok(Fixture::Ready(server)) => Ok(Fixture::Ready(server)),
            Ok(Fixture::Unavailable(reason)) => Ok(Fixture::Unavailable(reason.clone())),
            Err(error) => bail!("{error:#}"),
        }
    }

    /// The URL of the database that the server was started with, for the first who asks.
    pub fn take_prepared(&self) -> Option<String> {
        let (database, taken) = self.prepared.as_ref()?;
        (!taken.swap(true, Ordering::Relaxed)).then(|| self.url_of(database))
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.client.port
    }

    /// URL of the server, without a database.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port())
    }

    /// URL of a database on the server.
    pub fn url_of(&self, database: &str) -> String {
        format!("{}/{database}", self.url())
    }

    /// Makes an empty database with a name of its own and returns its URL.
    pub fn create_database(&self) -> Result<String> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mtm_test_{}_{number}", std::process::id());
        self.sql("", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))?;
        Ok(self.url_of(&name))
    }

    /// Runs statements as `root`, past every rule of the program, in the database of that name
    /// (empty: none). Rows come back as lines with columns separated by tabs, without headings.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String> {
        self.client.sql(database, statements)
    }

    /// The same as somebody else: a name and its password.
    pub fn sql_as(&self, who: (&str, &str), database: &str, statements: &str) -> Result<String> {
        self.client.sql_as(who, database, statements)
    }

    /// The same through another port: a proxy's, in front of this server.
    pub fn sql_through(&self, port: u16, database: &str, statements: &str) -> Result<String> {
        Client { port, ..self.client.clone() }.sql(database, statements)
    }

    /// Kills the server as a power cut would; what it committed stays in its directory.
    pub fn kill9(&mut self) -> Result<()> {
        match &mut self.process {
            Some(process) => process.kill(),
            None => Ok(()),
        }
    }

    /// Starts the server again on the same port and data, after [`MariaDb::kill9`].
    pub fn restart(&mut self) -> Result<()> {
        self.kill9()?;
        self.launch()
    }

    /// Ends the server in order, with everything where a copy finds it.
    fn finish(&mut self) -> Result<()> {
        self.sql("", "SET GLOBAL innodb_fast_shutdown = 1")?;
        if let Some(mut process) = self.process.take() {
            process.terminate(START)?;
        }
        // What this server had to say is not the next one's.
        fs::remove_file(self.data().join("mariadb.log")).context("failed to remove the log")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn launch(&mut self) -> Result<()> {
        let configuration = self.configuration()?;
        let account = &self.programs.account;
        let mut process = self.backend.spawn(&Server {
            program: &self.programs.server,
            arguments: &[format!("--defaults-file={}", configuration.display())],
            helpers: None,
            directory: self.directory.path(),
            owner: (account.user, account.group),
        })?;
        let client = &self.client;
        process
            .wait_until("greeting clients", START, |_| Ok(client.is_greeted().then_some(())))
            .with_context(|| self.log_tail())?;
        self.process = Some(process);
        Ok(())
    }

    fn configuration(&self) -> Result<PathBuf> {
        let data = self.data();
        let text = format!(
            "[mariadbd]\n\
             user={user}\n\
             datadir={data}\n\
             # A server that starts removes what it takes for leftovers from the directory of\n\
             # temporary tables: shared with others, it takes theirs from under them.\n\
             tmpdir={data}\n\
             socket=mariadb.sock\n\
             pid-file=mariadb.pid\n\
             log-error=mariadb.log\n\
             bind-address=127.0.0.1\n\
             port={port}\n\
             skip-name-resolve\n\
             secure-file-priv={data}\n\
             max-connections=300\n\
             character-set-server=utf8mb4\n\
             performance-schema=OFF\n\
             # As durable as production: a test that kills the server must find what was committed.\n\
             innodb-flush-log-at-trx-commit=1\n\
             innodb-buffer-pool-size=64M\n\
             innodb-fast-shutdown=2\n\
             {tls}{log}{sizes}\n",
            user = self.programs.account.name,
            data = data.display(),
            port = self.port(),
            tls = self.encryption(),
            log = self.number.map(replica::settings).unwrap_or_default(),
            sizes = template::SIZES.join("\n"),
        );
        let path = self.directory.path().join("my.cnf");
        fs::write(&path, text)?;
        Ok(path)
    }

    fn encryption(&self) -> String {
        let file = |name| self.directory.path().join(name).display().to_string();
        let Some(Encrypted { asks }) = self.encrypted else { return String::new() };
        let asking = if asks { format!("ssl-ca={}\n", file(AUTHORITY)) } else { String::new() };
        format!("ssl-cert={}\nssl-key={}\n{asking}", file(CERTIFICATE), file(KEY))
    }

    fn log(&self) -> String {
        let path = self.data().join("mariadb.log");
        fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        format!("the server's log ends:\n{}", lines[lines.len().saturating_sub(15)..].join("\n"))
    }

    fn port_was_taken(&self) -> bool {
        self.log().contains("Address already in use")
    }
}

/// A directory for a fixture's servers, removed when the test process ends.
pub(crate) fn directory(prefix: &str) -> Result<TempDir> {
    let directory = tempfile::Builder::new()
        .prefix(prefix)
        // The servers' own account must pass through.
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir()?;
    process::remove_at_exit(directory.path());
    Ok(directory)
}

#[cfg(test)]
mod tests;
