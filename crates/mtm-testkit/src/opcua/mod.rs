//! A real OPC UA server: `asyncua` from Python's packages, as a press whose nodes show what a test says; and the program
//! that listens to one.
//!
//! The nodes are in namespace 2 (`urn:mtm:press:parts`): `Press7.Parts` (`UInt32`), `Press7.Good` (`Double`), `Press7.Scrap`
//! (`Int16`), and two that are no numbers, `Press7.Name` and `Press7.Running`. Anybody may come in, or
//! [`OpcuaServer::USER`] with [`OpcuaServer::PASSWORD`].

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{self, Guard};
use crate::skip::{self, Fixture};
use crate::{poll, ports};

/// How long a start may take; it needs some seconds, most of them for two thousand nodes of the standard.
const START: Duration = Duration::from_secs(120);
/// How long it may take to obey.
const OBEY: Duration = Duration::from_secs(30);
/// How often a port may be taken by somebody else between choosing and binding it.
const PORT_ATTEMPTS: u32 = 5;

const SCRIPT: &str = include_str!("server.py");

/// A running server; stopped and removed on drop.
#[derive(Debug)]
pub struct OpcuaServer {
    program: PathBuf,
    python: PathBuf,
    ports: [u16; 2],
    process: Option<Guard>,
    // Declared last: the program ends before its files go.
    directory: TempDir,
}

/// What the server has to do with its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clients {
    /// Sessions that it keeps.
    pub sessions: u64,
    /// Subscriptions that it keeps.
    pub subscriptions: u64,
    /// Messages of which nobody said yet that he had heard them.
    pub unheard: u64,
}

impl OpcuaServer {
    /// Who may come in.
    pub const USER: &str = "mtm";
    /// And with what.
    pub const PASSWORD: &str = "what the press knows";

    /// Starts one.
    pub fn start() -> Result<Fixture<Self>> {
        let (program, python) = match places() {
            Ok(places) => places,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let directory = tempfile::Builder::new().prefix("mtm-opcua-").tempdir()?;
        process::remove_at_exit(directory.path());
        std::fs::write(directory.path().join("server.py"), SCRIPT)?;
        let mut server = Self { program, python, ports: [0; 2], process: None, directory };
        for attempt in 1.. {
            server.ports = ports::free()?;
            match server.launch() {
                Ok(()) => break,
                Err(error) if attempt < PORT_ATTEMPTS && is_taken(&error) => drop(error),
                Err(error) => return Err(error),
            }
        }
        Ok(Fixture::Ready(server))
    }

    fn launch(&mut self) -> Result<()> {
        let folder = self.directory.path();
        let mut command = Command::new(&self.python);
        command.arg(folder.join("server.py")).arg(folder);
        command.args(self.ports.map(|port| port.to_string()));
        let mut process = Guard::spawn(command)?;
        process.wait_until("being ready", START, |process| {
            let is_ready = process.stdout().lines().iter().any(|line| line == "ready");
            Ok(is_ready.then_some(()))
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// The program that listens.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Where it takes connections: `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    /// Its address for clients.
    pub fn url(&self) -> String {
        Self::url_by(&self.address())
    }

    /// The same on another way.
    pub fn url_by(address: &str) -> String {
        format!("opc.tcp://{address}/press")
    }

    /// A certificate of its, as a file: `server`, which it shows; `other`; `over`, which does not count any more.
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("{name}.der"))
    }

    /// Has a node show these values, one after the other.
    pub fn show(&self, node: &str, values: &[Value]) -> Result<()> {
        self.obey(&json!({ "do": "show", "node": node, "values": values })).map(drop)
    }

    /// Has a node show a value with a status of OPC UA.
    pub fn show_with(&self, node: &str, value: &Value, status: u32) -> Result<()> {
        self.obey(&json!({ "do": "show", "node": node, "values": [value], "status": status }))
            .map(drop)
    }

    /// Adds a node, `Press7.{node}`, which shows 7.
    pub fn add(&self, node: &str) -> Result<()> {
        self.obey(&json!({ "do": "add", "node": node })).map(drop)
    }

    /// Adds so many nodes.
    pub fn add_many(&self, count: u32) -> Result<()> {
        self.obey(&json!({ "do": "many", "count": count })).map(drop)
    }

    /// Has it forget every subscription.
    pub fn forget(&self) -> Result<()> {
        self.obey(&json!({ "do": "forget" })).map(drop)
    }

    /// Has it throw away what nobody heard yet.
    pub fn lose(&self) -> Result<()> {
        self.obey(&json!({ "do": "lose" })).map(drop)
    }

    /// What it has to do with its clients.
    pub fn clients(&self) -> Result<Clients> {
        let said = self.obey(&json!({ "do": "count" }))?;
        let count = |name: &str| said[name].as_u64().with_context(|| format!("no {name}: {said}"));
        Ok(Clients {
            sessions: count("sessions")?,
            subscriptions: count("subscriptions")?,
            unheard: count("unheard")?,
        })
    }

    /// Waits until what it has to do with its clients is so.
    pub fn wait_for_clients(&self, what: &str, is_so: impl Fn(Clients) -> bool) -> Result<Clients> {
        poll::until(what, OBEY, || self.clients().map(|it| is_so(it).then_some(it)))
    }

    fn obey(&self, what: &Value) -> Result<Value> {
        let mut control = TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports[1]))?;
        control.set_read_timeout(Some(OBEY))?;
        writeln!(control, "{what}")?;
        let mut line = String::new();
        BufReader::new(control).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).with_context(|| format!("{line:?}"))?;
        ensure!(said.get("error").is_none(), "the server did not do {what}: {said}");
        Ok(said)
    }

    /// Kills it as a power cut would.
    pub fn kill9(&mut self) -> Result<()> {
        self.process.as_mut().map_or(Ok(()), Guard::kill)
    }

    /// Starts it again on the same port, with the same certificate; its nodes begin again.
    pub fn restart(&mut self) -> Result<()> {
        self.kill9()?;
        self.launch()
    }

    /// The same with another of its certificates.
    pub fn restart_showing(&mut self, certificate: &str) -> Result<()> {
        std::fs::write(self.directory.path().join("shows"), certificate)?;
        self.restart()
    }

    /// The same, from then on refusing every certificate of a client.
    pub fn restart_trusting_nobody(&mut self) -> Result<()> {
        std::fs::write(self.directory.path().join("trusts_nobody"), "")?;
        self.restart()
    }
}

fn is_taken(error: &anyhow::Error) -> bool {
    format!("{error:#}").to_lowercase().contains("address already in use")
}

/// The listening program, in the folder of the profile that this test was built with; and Python, where the test
/// command put the package.
fn places() -> Result<(PathBuf, PathBuf), String> {
    if skip::quick() {
        return Err("left out of the quick run".to_owned());
    }
    let test = env::current_exe().map_err(|why| why.to_string())?;
    let folder = test.parent().and_then(Path::parent).ok_or("the test stands nowhere")?;
    let program = folder.join(format!("mtm-opcua{}", env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let how = "cargo build --package mtm-opcua --features opcua";
        return Err(format!("mtm-opcua is not built ({how})"));
    }
    let python = skip::target_directory().map(|it| it.join("unpacked/asyncua/bin/python"));
    let python = python.ok().filter(|it| it.is_file());
    let python = python.ok_or("no package asyncua here; `cargo xtask test` fetches it")?;
    Ok((program, python))
}
