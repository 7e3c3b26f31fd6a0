//! The real program as a server on a data directory of its own.
//!
//! For promises that hold only from outside the process: `kill -9`, restart, a second server on
//! the same directory, the command line beside a running server, a browser.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output as Finished};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::api::Api;
use crate::process::{self, Guard, Output};

/// How long the server may take until it is ready, on a loaded machine.
const START: Duration = Duration::from_secs(60);

/// How long the server may take to drain after SIGTERM.
const STOP: Duration = Duration::from_secs(60);

/// Says how a server is to be started.
#[derive(Debug)]
pub struct Start {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    data: Option<PathBuf>,
}

/// A running server; killed and its own temporary directory removed on drop.
#[derive(Debug)]
pub struct Mtm {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    process: Guard,
    url: String,
    data: PathBuf,
    // Declared last: the server ends before its files go.
    own_directory: Option<TempDir>,
}

impl Start {
    /// A server of the program at `binary` (pass `env!("CARGO_BIN_EXE_mtm")`), on an empty
    /// temporary data directory and a free port.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self { binary: binary.into(), arguments: Vec::new(), environment: Vec::new(), data: None }
    }

    /// Uses this data directory, which the caller keeps.
    #[must_use]
    pub fn on(mut self, data: impl Into<PathBuf>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Adds an argument after `serve`.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets an environment variable of the server and of the commands run beside it.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts the server and waits until it says that it is ready.
    pub fn start(self) -> Result<Mtm> {
        let own_directory = match self.data {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("mtm-data-").tempdir()?),
        };
        if let Some(directory) = &own_directory {
            process::remove_at_exit(directory.path());
        }
        let data = self
            .data
            .or_else(|| own_directory.as_ref().map(|directory| directory.path().join("data")))
            .context("no data directory")?;
        let (process, url) = launch(&self.binary, &data, &self.arguments, &self.environment)?;
        Ok(Mtm {
            binary: self.binary,
            arguments: self.arguments,
            environment: self.environment,
            process,
            url,
            data,
            own_directory,
        })
    }
}

impl Mtm {
    /// A server with nothing special about it; see [`Start`] for the rest.
    pub fn start(binary: impl Into<PathBuf>) -> Result<Self> {
        Start::new(binary).start()
    }

    /// Base URL, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// The embedded database.
    pub fn database(&self) -> PathBuf {
        self.data.join("mtm.db")
    }

    /// Process number of the server.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What the server wrote to its standard output so far.
    pub fn stdout(&self) -> &Output {
        self.process.stdout()
    }

    /// What the server wrote to its standard error so far.
    pub fn stderr(&self) -> &Output {
        self.process.stderr()
    }

    /// An anonymous client of this server.
    pub fn api(&self) -> Api {
        Api::new(&self.url)
    }

    /// A client of this server with a fresh token of that scope.
    pub fn api_as(&self, scope: &str) -> Result<Api> {
        Ok(self.api().with_token(self.token("test", scope)?))
    }

    /// Makes a token with the command line, beside the running server, and returns its secret.
    pub fn token(&self, name: &str, scope: &str) -> Result<String> {
        let output =
            self.command(["token", "create", "--name", name, "--scope", scope, "--json"])?;
        if !output.status.success() {
            bail!("failed to make a token: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let reply: Value = serde_json::from_slice(&output.stdout)?;
        reply["token"].as_str().map(str::to_owned).context("no token in the answer")
    }

    /// Runs the program beside the server, on the same data directory, to its end.
    pub fn command<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Finished> {
        Command::new(&self.binary)
            .args(arguments)
            .arg("--data-dir")
            .arg(&self.data)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .with_context(|| format!("failed to start {}", self.binary.display()))
    }

    /// Ends the server as a power cut would.
    pub fn kill9(&mut self) -> Result<()> {
        self.process.kill()
    }

    /// Asks the server to end (SIGTERM) and waits until it has drained.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        self.process.terminate(STOP)
    }

    /// Starts the server again on the same data directory, killing it first if it still runs.
    /// The port, and with it the URL, changes.
    pub fn restart(&mut self) -> Result<()> {
        self.process.kill()?;
        (self.process, self.url) =
            launch(&self.binary, &self.data, &self.arguments, &self.environment)?;
        Ok(())
    }

    /// Gives up the guard over the temporary directory, so that a person can look into it.
    pub fn keep_data(&mut self) -> PathBuf {
        if let Some(directory) = self.own_directory.take() {
            let _ = directory.keep();
        }
        self.data.clone()
    }
}

fn launch(
    binary: &Path,
    data: &Path,
    arguments: &[OsString],
    environment: &[(OsString, OsString)],
) -> Result<(Guard, String)> {
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data).args(arguments);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let mut process = Guard::spawn(command)?;
    let stdout = process.stdout().clone();
    let url = process.wait_until("its address", START, |_| {
        Ok(stdout.lines().iter().find_map(|line| base_url(line)))
    })?;
    let api = Api::new(&url);
    process.wait_until("being ready", START, |_| {
        Ok(api.get("/readyz").is_ok_and(|reply| reply.status == 200).then_some(()))
    })?;
    Ok((process, url))
}

/// Scheme, host and port of the first URL in a line.
fn base_url(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    let rest = &line[start + "http://".len()..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".:[]-".contains(c)));
    Some(format!("http://{}", &rest[..end.unwrap_or(rest.len())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_whatever_the_server_prints() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(base_url(line).as_deref(), expected, "{line}");
        };
        check("MTM WIP listens on http://127.0.0.1:40123", Some("http://127.0.0.1:40123"));
        check("Open http://127.0.0.1:1/setup?token=x to begin", Some("http://127.0.0.1:1"));
        check("  → http://[::1]:8080/ (demo)", Some("http://[::1]:8080"));
        check("nothing here", None);
    }
}
