//! A private, real cluster: three MariaDB servers that replicate to each other through Galera, as
//! processes or in containers ([`Backend`]).
//!
//! Node 1 starts the cluster from the template every server starts from; the others receive their
//! whole state from a member, as a new machine would. A node that was killed comes back with what
//! it missed while the others still keep that, else with everything. Its timers are short: the
//! others give a silent node up after a second, not after five.
//!
//! Isolating a node is the cluster's own switch, `gmcast.isolate`: the node hears nobody, as
//! behind a cut cable, and refuses reads and writes with error 1047 while the majority goes on.
//!
//! Databases are cheap, a cluster is not: it takes ten seconds and three hundred megabytes. One
//! test takes the whole cluster through its life; `.config/nextest.toml` lets one run at a time.
//!
//! Deliberately absent: starting a cluster again after all nodes died together, which is an
//! administrator's decision and not the program's.

mod node;
mod settings;
mod tools;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use tempfile::TempDir;

use crate::backend::{Backend, Host};
use crate::mariadb::programs::Programs;
use crate::mariadb::{self, template};
use crate::poll;
use crate::skip::{self, Fixture};
use settings::Ports;
use tools::Tools;

pub use node::{Node, Transfer};

/// How long the cluster may take to agree on something; it needs seconds.
const AGREEMENT: Duration = Duration::from_secs(60);

/// How often a cluster is tried anew when somebody took one of its ports.
const ATTEMPTS: u32 = 3;

/// A running cluster of three nodes, numbered from 1; stopped and removed on drop.
#[derive(Debug)]
pub struct Galera {
    nodes: [Node; 3],
    // After the nodes: they end before their files go.
    _directory: TempDir,
}

impl Galera {
    /// Starts a cluster for the caller, as processes of this machine.
    pub fn start() -> Result<Fixture<Self>> {
        Self::start_on(&Host)
    }

    /// The same by another backend.
    pub fn start_on(backend: &'static dyn Backend) -> Result<Fixture<Self>> {
        if skip::quick() {
            return Ok(Fixture::Unavailable("left out of the quick run".to_owned()));
        }
        let found = Programs::find().and_then(|programs| Ok((programs, Tools::find()?)));
        let (programs, tools) = match found {
            Ok(found) => found,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        if let Some(reason) = backend.obstacle() {
            return Ok(Fixture::Unavailable(reason));
        }
        for attempt in 1.. {
            match Self::form(&programs, &tools, backend) {
                Err(error) if attempt < ATTEMPTS && is_about_ports(&error) => drop(error),
                formed => return formed.map(Fixture::Ready),
            }
        }
        bail!("unreachable: the last attempt is told")
    }

    fn form(programs: &Programs, tools: &Tools, backend: &'static dyn Backend) -> Result<Self> {
        let directory = mariadb::directory("mtm-galera-")?;
        let ports = Ports::choose()?;
        let node = |number| Node::new(number, directory.path(), programs, tools, &ports, backend);
        let mut nodes = [node(1)?, node(2)?, node(3)?];
        template::copy_empty(&nodes[0].data(), programs)?;
        nodes[0].found()?;
        programs.account.make_directory(&nodes[1].data())?;
        nodes[1].join()?;
        programs.account.make_directory(&nodes[2].data())?;
        nodes[2].join()?;
        let cluster = Self { nodes, _directory: directory };
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// A node, to ask it, isolate it or heal it: 1, 2 or 3.
    pub fn node(&self, number: usize) -> &Node {
        &self.nodes[number - 1]
    }

    /// A node, to kill it or have it rejoin.
    pub fn node_mut(&mut self, number: usize) -> &mut Node {
        &mut self.nodes[number - 1]
    }

    /// Makes an empty database with a name of its own, waits until every running node has it, and
    /// yields the name.
    pub fn create_database(&self) -> Result<String> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mtm_test_{}_{number}", std::process::id());
        let Some(first) = self.running().next() else { bail!("no node of the cluster runs") };
        first.sql("", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))?;
        let question =
            format!("SELECT 1 FROM information_schema.schemata WHERE schema_name = '{name}'");
        for node in self.running() {
            poll::until("the database on every node", AGREEMENT, || {
                Ok((!node.sql("", &question)?.is_empty()).then_some(()))
            })?;
        }
        Ok(name)
    }

    /// Waits until all three nodes are in step and see three.
    pub fn wait_until_whole(&self) -> Result<()> {
        self.nodes.iter().try_for_each(|node| node.wait_until_in_step(self.nodes.len()))
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.is_running())
    }
}

fn is_about_ports(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("Address already in use")
}

#[cfg(test)]
mod tests;
