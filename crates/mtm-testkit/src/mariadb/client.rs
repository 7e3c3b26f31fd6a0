//! Asking a server of this machine past every rule of the program, as `root` or as somebody else.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The command-line client, pointed at a port.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) program: PathBuf,
    pub(crate) port: u16,
}

impl Client {
    /// Runs statements in the database of that name (empty: none). Rows come back as lines with
    /// columns separated by tabs, without headings.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> Result<String> {
        self.sql_as(("root", ""), database, statements)
    }

    /// The same as somebody else: a name and its password.
    pub(crate) fn sql_as(
        &self,
        (name, password): (&str, &str),
        database: &str,
        statements: &str,
    ) -> Result<String> {
        let output = Command::new(&self.program)
            .args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1"])
            .arg(format!("--user={name}"))
            .arg(format!("--password={password}"))
            // A hand beside the program counts for nothing where encrypted connections are counted.
            .arg("--skip-ssl")
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

    /// Whether a MariaDB server answers: it speaks first, and its greeting's payload starts with
    /// protocol version 10 after a header of four bytes.
    pub(crate) fn is_greeted(&self) -> bool {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let greeting = || -> std::io::Result<[u8; 5]> {
            let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        greeting().is_ok_and(|bytes| bytes[4] == 10)
    }
}
