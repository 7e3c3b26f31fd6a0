//! One node of the cluster: its life, its faults, and what it says about itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::AGREEMENT;
use super::settings::{Ports, Settings};
use super::tools::Tools;
use crate::backend::{Backend, Server};
use crate::mariadb::Client;
use crate::mariadb::programs::Programs;
use crate::poll;
use crate::process::Guard;

/// How long a start may take, with a whole state to receive; it needs seconds.
const START: Duration = Duration::from_secs(120);

/// The folder of a node with the scripts its server calls.
const HELPERS: &str = "bin";

/// How a node that comes back learned what it had missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// The writes since it left.
    Increment,
    /// The whole state of a member.
    State,
}

/// One server of the cluster.
#[derive(Debug)]
pub struct Node {
    number: usize,
    directory: PathBuf,
    programs: Programs,
    backend: &'static dyn Backend,
    client: Client,
    process: Option<Guard>,
}

impl Node {
    pub(super) fn new(
        number: usize,
        cluster: &Path,
        programs: &Programs,
        tools: &Tools,
        ports: &Ports,
        backend: &'static dyn Backend,
    ) -> Result<Self> {
        let directory = cluster.join(format!("node{number}"));
        programs.account.make_directory(&directory)?;
        programs.account.make_directory(&directory.join("tmp"))?;
        let settings = Settings {
            number,
            ports,
            directory: &directory,
            account: &programs.account.name,
            library: &tools.library,
        };
        fs::write(directory.join("my.cnf"), settings.text())?;
        let client = Client { program: programs.client.clone(), port: ports.of(number).sql };
        tools.place_scripts_in(&directory.join(HELPERS))?;
        let programs = programs.clone();
        Ok(Self { number, directory, programs, backend, client, process: None })
    }

    /// The TCP port for clients on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.client.port
    }

    /// URL of the node, without a database.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port())
    }

    /// URL of a database on the node.
    pub fn url_of(&self, database: &str) -> String {
        format!("{}/{database}", self.url())
    }

    /// Runs statements on this node, like [`crate::MariaDb::sql`]. Other nodes' writes may be
    /// some milliseconds away; [`Node::sql_after_all`] waits for them.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String> {
        self.client.sql(database, statements)
    }

    /// Runs statements once everything is applied here that any node had committed before.
    pub fn sql_after_all(&self, database: &str, statements: &str) -> Result<String> {
        self.client.sql(database, &format!("SET SESSION wsrep_sync_wait = 15; {statements}"))
    }

    /// Whether it was started and not killed.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Kills the node as a power cut would, with all its helpers.
    pub fn kill9(&mut self) -> Result<()> {
        self.process.take().map_or(Ok(()), |mut process| process.kill())
    }

    /// Has a killed node come back to the cluster, and waits until it is in step.
    pub fn rejoin(&mut self) -> Result<Transfer> {
        self.kill9()?;
        let log = self.log().len();
        self.join()?;
        let since = self.log().split_off(log);
        // The script on this side says by itself which of the two it took part in.
        let increment = since.contains("rsync IST completed on joiner");
        Ok(if increment { Transfer::Increment } else { Transfer::State })
    }

    /// Kills the node and takes its disk away: it can only come back with a whole state.
    pub fn lose_disk(&mut self) -> Result<()> {
        self.kill9()?;
        fs::remove_dir_all(self.data())?;
        self.programs.account.make_directory(&self.data())
    }

    /// Cuts the node off from the others, who stay together, and waits until it has noticed: it
    /// then answers everything with error 1047.
    pub fn isolate(&self) -> Result<()> {
        self.sql("", "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")?;
        poll::until("the node's noticing that it is alone", AGREEMENT, || {
            Ok((self.status("wsrep_cluster_status")? != "Primary").then_some(()))
        })
    }

    /// Connects an isolated node to the others again, and waits until it is in step.
    pub fn heal(&self) -> Result<()> {
        self.sql("", "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")?;
        self.wait_until_in_step(2)
    }

    /// Waits until the node serves clients as a member of at least that many.
    pub fn wait_until_in_step(&self, members: usize) -> Result<()> {
        let what = format!("node {} in step with {members}", self.number);
        let mut state = String::new();
        let waited = poll::until(&what, AGREEMENT, || {
            // A node that just started, or was just cut off, may refuse even this.
            let asked = self.is_in_step(members);
            state = format!("{asked:?}");
            Ok(asked.is_ok_and(|in_step| in_step).then_some(()))
        });
        waited.with_context(|| format!("it said {state}; {}", self.log_tail()))
    }

    fn is_in_step(&self, members: usize) -> Result<bool> {
        Ok(self.status("wsrep_cluster_status")? == "Primary"
            && self.status("wsrep_local_state_comment")? == "Synced"
            && self.status("wsrep_ready")? == "ON"
            && self.status("wsrep_cluster_size")?.parse().is_ok_and(|size: usize| size >= members))
    }

    /// One of the node's status variables, also while it refuses everything else.
    pub fn status(&self, variable: &str) -> Result<String> {
        let row = self.sql("", &format!("SHOW GLOBAL STATUS LIKE '{variable}'"))?;
        Ok(row.trim_end().split_once('\t').map(|(_, value)| value.to_owned()).unwrap_or_default())
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Starts the node as the first of a new cluster.
    pub(super) fn found(&mut self) -> Result<()> {
        self.launch(&["--wsrep-cluster-address=gcomm://".to_owned()])
    }

    /// Starts the node as a member of the running cluster.
    pub(super) fn join(&mut self) -> Result<()> {
        let position = self.position_after_a_crash()?;
        let position = position.map(|position| format!("--wsrep-start-position={position}"));
        self.launch(position.as_slice())
    }

    fn launch(&mut self, arguments: &[String]) -> Result<()> {
        let mut process = self.spawn(arguments)?;
        let client = &self.client;
        process
            .wait_until("greeting clients", START, |_| Ok(client.is_greeted().then_some(())))
            .with_context(|| self.log_tail())?;
        self.process = Some(process);
        self.wait_until_in_step(1)
    }

    fn spawn(&self, arguments: &[String]) -> Result<Guard> {
        // Where the settings are must come first.
        let settings = format!("--defaults-file={}", self.directory.join("my.cnf").display());
        let arguments: Vec<String> =
            [settings].into_iter().chain(arguments.iter().cloned()).collect();
        let account = &self.programs.account;
        self.backend.spawn(&Server {
            program: &self.programs.server,
            arguments: &arguments,
            helpers: Some(&self.directory.join(HELPERS)),
            directory: &self.directory,
            owner: (account.user, account.group),
        })
    }

    /// Where the node's data stand, when it did not write that down at its end: only then can it
    /// be given what it missed instead of everything.
    fn position_after_a_crash(&self) -> Result<Option<String>> {
        let state = fs::read_to_string(self.data().join("grastate.dat")).unwrap_or_default();
        if !state.lines().any(|line| line.split_whitespace().eq(["seqno:", "-1"])) {
            return Ok(None);
        }
        let arguments = ["--wsrep-recover", "--disable-log-error", "--skip-networking"];
        let mut recovery = self.spawn(&arguments.map(str::to_owned))?;
        let status = poll::until("the recovery", START, || recovery.exit_status())?;
        if !status.success() {
            let said = recovery.stderr().lines().join("\n");
            bail!("node {} cannot tell where its data stand ({status}): {said}", self.number);
        }
        // The stream closed with the program, so this does not wait.
        let position = recovery.stderr().first(START, |line| {
            let (_, position) = line.split_once("Recovered position:")?;
            Some(position.trim().split(',').next()?.to_owned())
        });
        Ok(position.filter(|position| !position.ends_with(":-1")))
    }

    fn log(&self) -> String {
        let path = self.directory.join("server.log");
        fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(30)..].join("\n");
        format!("the log of node {} ends:\n{tail}", self.number)
    }
}
