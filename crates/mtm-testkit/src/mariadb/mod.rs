//! A private, real MariaDB server.
//!
//! Bootstrapping a data directory takes seconds, copying one a fraction: the first test on a
//! machine makes a template below the system's temporary directory, under a file lock so that
//! parallel test processes do not collide, and every server starts from a copy. The server
//! listens on 127.0.0.1 only, durable at every commit like in production, with `root` and no
//! password.
//!
//! Databases are cheap, servers are not: tests of one process share [`MariaDb::shared`] and take
//! a database each. A test that stops or kills the server starts its own.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::{self, Guard};
use crate::skip::{self, Fixture};

/// How long a start may take; it needs 0.3 s on an idle machine.
const START: Duration = Duration::from_secs(60);

/// How often a port may be taken by somebody else between choosing and binding it.
const PORT_ATTEMPTS: u32 = 5;

/// Small log and tablespaces: they decide how long a copy takes.
const SIZES: [&str; 3] = [
    "innodb-log-file-size=16M",
    "innodb-data-file-path=ibdata1:4M:autoextend",
    "innodb-undo-tablespaces=0",
];

/// A running server; stopped and removed on drop.
#[derive(Debug)]
pub struct MariaDb {
    programs: Programs,
    port: u16,
    // Declared before the directory: the server ends before its files go.
    process: Option<Guard>,
    directory: TempDir,
}

#[derive(Debug, Clone)]
struct Programs {
    server: PathBuf,
    install: PathBuf,
    client: PathBuf,
    /// The account the server runs as.
    user: String,
}

impl MariaDb {
    /// Starts a server of its own for the caller.
    pub fn start() -> Result<Fixture<Self>> {
        if skip::quick() {
            return Ok(Fixture::Unavailable("left out of the quick run".to_owned()));
        }
        let Some(programs) = Programs::find() else {
            let reason = "no mariadbd, mariadb-install-db and mariadb on this machine";
            return Ok(Fixture::Unavailable(reason.to_owned()));
        };
        let template = template(&programs)?;
        let directory = tempfile::Builder::new()
            .prefix("mtm-mariadb-")
            // The server's own account must pass through.
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()?;
        process::remove_at_exit(directory.path());
        let data = directory.path().join("data");
        run(Command::new("cp").args(["-a", "--reflink=auto"]).args([&template, &data]))?;

        let mut server = Self { programs, port: 0, process: None, directory };
        for attempt in 1.. {
            server.port = free_port()?;
            match server.launch() {
                Ok(()) => break,
                Err(error) if attempt < PORT_ATTEMPTS && server.port_was_taken() => drop(error),
                Err(error) => return Err(error),
            }
        }
        Ok(Fixture::Ready(server))
    }

    /// The server all tests of this process share, started by the first that asks and stopped
    /// when the process ends.
    pub fn shared() -> Result<Fixture<&'static Self>> {
        static SHARED: OnceLock<Result<Fixture<MariaDb>>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Ok(Fixture::Ready(server)) => Ok(Fixture::Ready(server)),
            Ok(Fixture::Unavailable(reason)) => Ok(Fixture::Unavailable(reason.clone())),
            Err(error) => bail!("{error:#}"),
        }
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// URL of the server, without a database.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port)
    }

    /// Makes an empty database with a name of its own and returns its URL.
    pub fn create_database(&self) -> Result<String> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mtm_test_{}_{number}", std::process::id());
        self.sql("", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))?;
        Ok(format!("{}/{name}", self.url()))
    }

    /// Runs statements as `root`, past every rule of the program, in the database of that name
    /// (empty: none). Rows come back as lines with columns separated by tabs, without headings.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String> {
        let output = Command::new(&self.programs.client)
            .args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"])
            .args(["--batch", "--skip-column-names", "--default-character-set=utf8mb4"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--database={database}"))
            .arg(format!("--execute={statements}"))
            .output()
            .context("failed to start the mariadb client")?;
        if !output.status.success() {
            bail!("failed to run {statements}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?)
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

    fn launch(&mut self) -> Result<()> {
        let configuration = self.configuration()?;
        let mut command = Command::new(&self.programs.server);
        command.arg(format!("--defaults-file={}", configuration.display()));
        let mut process = Guard::spawn(command)?;
        let port = self.port;
        process
            .wait_until("greeting clients", START, |_| Ok(greets(port).then_some(())))
            .with_context(|| self.log_tail())?;
        self.process = Some(process);
        Ok(())
    }

    fn configuration(&self) -> Result<PathBuf> {
        let data = self.directory.path().join("data");
        let text = format!(
            "[mariadbd]\n\
             user={user}\n\
             datadir={data}\n\
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
             {sizes}\n",
            user = self.programs.user,
            data = data.display(),
            port = self.port,
            sizes = SIZES.join("\n"),
        );
        let path = self.directory.path().join("my.cnf");
        fs::write(&path, text)?;
        Ok(path)
    }

    fn log(&self) -> String {
        let path = self.directory.path().join("data/mariadb.log");
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

impl Programs {
    fn find() -> Option<Self> {
        Some(Self {
            server: program("mariadbd")?,
            install: program("mariadb-install-db")?,
            client: program("mariadb")?,
            user: account(),
        })
    }
}

/// The server refuses to run as root unasked, and should not: a test server without a password
/// must not lend anybody root's files.
fn account() -> String {
    if !rustix::process::getuid().is_root() {
        return env::var("USER").unwrap_or_else(|_| rustix::process::getuid().as_raw().to_string());
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let exists = accounts.lines().any(|line| line.starts_with("mysql:"));
    if exists { "mysql" } else { "root" }.to_owned()
}

/// Finds a program on the path, or where distributions put servers.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
}

/// A bootstrapped data directory of this server version, made once per machine and user.
fn template(programs: &Programs) -> Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let directory = env::temp_dir().join(format!("mtm-testkit-{user}"));
    fs::create_dir_all(&directory)?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{} belongs to somebody else", directory.display()))?;

    let lock = File::create(directory.join("mariadb.lock"))?;
    lock.lock().context("failed to lock the template")?;
    let finished = directory.join(format!("mariadb-{}", version(programs)?));
    if finished.is_dir() {
        return Ok(finished);
    }
    let unfinished = directory.join("mariadb-unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let mut install = Command::new(&programs.install);
    install
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", unfinished.display()))
        .arg(format!("--user={}", programs.user))
        .args(SIZES.map(|size| format!("--{size}")));
    run(&mut install).context("failed to bootstrap MariaDB")?;
    fs::rename(&unfinished, &finished)?;
    Ok(finished)
}

/// What makes a template unusable for another server, as a name for a file.
fn version(programs: &Programs) -> Result<String> {
    let output = Command::new(&programs.server).args(["--no-defaults", "--version"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split_whitespace().find(|word| word.contains("MariaDB"));
    let layout = SIZES.join("-");
    Ok([version.unwrap_or("unknown"), &layout, &programs.user]
        .join("-")
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '_' })
        .collect())
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("failed to start {name}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stdout = String::from_utf8_lossy(&output.stdout);
        bail!("{name} failed ({}): {}\n{}", output.status, stderr.trim(), stdout.trim());
    }
    Ok(())
}

/// A port nobody listens on at this moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether a MariaDB server answers on the port: it speaks first, and its greeting's payload
/// starts with protocol version 10 after a header of four bytes.
fn greets(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let greeting = || -> std::io::Result<[u8; 5]> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    greeting().is_ok_and(|bytes| bytes[4] == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mariadb_server_answers_keeps_what_was_committed_and_leaves_nothing() {
        let Some(mut server) = MariaDb::start().unwrap().or_skip("testkit: MariaDB") else {
            return;
        };
        let directory = server.directory.path().to_path_buf();
        let url = server.create_database().unwrap();
        let name = url.rsplit('/').next().unwrap().to_owned();
        server.sql(&name, "CREATE TABLE t (n INT); INSERT INTO t VALUES (7)").unwrap();
        assert_eq!(server.sql(&name, "SELECT n FROM t").unwrap(), "7\n");
        assert_eq!(
            server.sql("", "SELECT @@innodb_flush_log_at_trx_commit, @@bind_address").unwrap(),
            "1\t127.0.0.1\n"
        );

        server.kill9().unwrap();
        assert!(server.sql(&name, "SELECT 1").is_err());
        server.restart().unwrap();
        assert_eq!(server.sql(&name, "SELECT n FROM t").unwrap(), "7\n");

        let port = server.port();
        drop(server);
        assert!(!directory.exists());
        assert!(!greets(port));
    }

    #[test]
    fn tests_share_one_mariadb_server_and_take_a_database_each() {
        let Some(server) = MariaDb::shared().unwrap().or_skip("testkit: MariaDB") else {
            return;
        };
        let again = MariaDb::shared().unwrap().or_skip("testkit: MariaDB").unwrap();
        assert_eq!(server.port(), again.port());
        assert_ne!(server.create_database().unwrap(), server.create_database().unwrap());
    }
}
