//! A certified identity provider: the package `oidc-provider` on Node, as a plant might run it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::mariadb::programs::program;
use crate::ports;
use crate::process::{self, Guard};
use crate::skip::{self, Fixture};

/// How long a start may take; it needs about a second.
const START: Duration = Duration::from_secs(60);
/// How often a port may be taken by somebody else between choosing and binding it.
const PORT_ATTEMPTS: u32 = 5;

const SCRIPT: &str = include_str!("provider.mjs");

/// A running provider; stopped and removed on drop. Everybody comes in under the name they type, with any
/// password.
#[derive(Debug)]
pub struct OidcProvider {
    process: Guard,
    port: u16,
    // Declared last: the program ends before its files go.
    directory: TempDir,
}

impl OidcProvider {
    /// The name of its one client.
    pub const CLIENT: &str = "mtm";
    /// That client's secret.
    pub const SECRET: &str = "what only the provider and the server know";

    /// A machine whose secret goes into `Authorization`.
    pub const MACHINE_BASIC: &str = "machine-basic";
    /// A machine whose secret goes among the fields.
    pub const MACHINE_POST: &str = "machine-post";
    /// A machine that signs with a key.
    pub const MACHINE_KEY: &str = "machine-key";

    /// Starts one that nobody is in a group of.
    pub fn start() -> Result<Fixture<Self>> {
        Self::start_knowing(&[])
    }

    /// Starts one that knows a machine by these public keys.
    pub fn start_knowing(keys: &[Value]) -> Result<Fixture<Self>> {
        let (node, package) = match places() {
            Ok(places) => places,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let directory = tempfile::Builder::new().prefix("mtm-provider-").tempdir()?;
        process::remove_at_exit(directory.path());
        let (script, groups) =
            (directory.path().join("provider.mjs"), directory.path().join("groups.json"));
        std::fs::write(&script, SCRIPT)?;
        std::fs::write(&groups, "{}")?;
        let machines = directory.path().join("machines.json");
        let jwks = json!({ "keys": keys });
        std::fs::write(&machines, json!({ "lifetime": 600, "jwks": jwks }).to_string())?;
        let mut attempt = 1;
        loop {
            let [port] = ports::free()?;
            let mut command = Command::new(&node);
            command.arg(&script).arg(port.to_string()).arg(&package).arg(&groups).arg(Self::SECRET);
            command.arg(&machines);
            let mut process = Guard::spawn(command)?;
            let started = process.wait_until("being ready", START, |process| {
                Ok(process
                    .stdout()
                    .lines()
                    .iter()
                    .any(|line| line.starts_with("ready"))
                    .then_some(()))
            });
            match started {
                Ok(()) => return Ok(Fixture::Ready(Self { process, port, directory })),
                Err(error)
                    if attempt < PORT_ATTEMPTS && format!("{error:#}").contains("EADDRINUSE") =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Its name for itself.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Puts people into groups, and out of all others.
    pub fn set_groups(&self, groups: &[(&str, &[&str])]) -> Result<()> {
        let groups: BTreeMap<_, _> = groups.iter().copied().collect();
        let text = serde_json::to_string(&groups)?;
        // In one piece: it may be read at this moment.
        let (fresh, file) =
            (self.directory.path().join("new"), self.directory.path().join("groups.json"));
        std::fs::write(&fresh, text)?;
        std::fs::rename(fresh, file).context("failed to change groups")
    }

    /// Its token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.issuer())
    }

    /// From now on a machine's token counts for so many seconds.
    pub fn set_lifetime(&self, seconds: u64) -> Result<()> {
        let file = self.directory.path().join("machines.json");
        let mut said: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        said["lifetime"] = json!(seconds);
        let fresh = self.directory.path().join("new");
        std::fs::write(&fresh, said.to_string())?;
        std::fs::rename(fresh, file).context("failed to change the lifetime")
    }

    /// Takes every token of machines back.
    pub fn take_back(&self) -> Result<()> {
        self.ask("/take-back").map(drop)
    }

    /// How often it was asked for a token.
    pub fn asked(&self) -> Result<u64> {
        self.ask("/asked")?["asked"].as_u64().context("no count")
    }

    fn ask(&self, path: &str) -> Result<Value> {
        let mut reply = ureq::get(format!("{}{path}", self.issuer())).call()?;
        Ok(reply.body_mut().read_json()?)
    }

    /// Ends it, as if it were away.
    pub fn kill9(&mut self) -> Result<()> {
        self.process.kill()
    }
}

/// Node, and where the test command put the package.
fn places() -> Result<(PathBuf, PathBuf), String> {
    if skip::quick() {
        return Err("left out of the quick run".to_owned());
    }
    let node = program("node").ok_or("no node here")?;
    let package = skip::target_directory()
        .map(|target| target.join("unpacked/oidc-provider/node_modules/oidc-provider"));
    let package = package.ok().filter(|package| package.join("package.json").is_file());
    let package = package.ok_or("no package oidc-provider here; `cargo xtask test` fetches it")?;
    Ok((node, package))
}
