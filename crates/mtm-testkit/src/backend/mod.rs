//! Where a fixture's server runs: as a process of this machine, or in a container on it.
//!
//! A server does not know the difference. It has the same programs, the same directory under the
//! same name and the same ports of 127.0.0.1, and is stopped by the same [`Guard`]. So the same
//! tests hold on both, and a test runs in a container where it must not see the machine: no
//! other files, no other processes, no privileges.
//!
//! Deliberately absent: images. A container sees the installed programs of this machine, so that
//! both backends test the same version, offline.

mod container;

use std::env;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::Guard;

pub use container::Container;

/// Where a machine's programs lie, also those that only root usually calls.
const SYSTEM: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// A way to run servers.
pub trait Backend: Debug + Send + Sync {
    /// Why it cannot be used on this machine; `None` where it can. The reason reads well after
    /// "SKIPPED suite:".
    fn obstacle(&self) -> Option<String>;

    /// Starts a server.
    fn spawn(&self, server: &Server<'_>) -> Result<Guard>;
}

/// A server to start.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// Its program, installed on this machine.
    pub program: &'a Path,
    /// What the program is called with.
    pub arguments: &'a [String],
    /// A folder of that directory with programs it calls, searched before the machine's.
    pub helpers: Option<&'a Path>,
    /// The one directory it reads and writes beside its installation.
    pub directory: &'a Path,
    /// User and group number of who owns that directory.
    pub owner: (u32, u32),
}

/// Processes of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Host;

impl Backend for Host {
    fn obstacle(&self) -> Option<String> {
        None
    }

    fn spawn(&self, server: &Server<'_>) -> Result<Guard> {
        // As the caller: a server that root starts gives the privileges up by itself.
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = server.helpers.map(Path::to_path_buf).into_iter();
        let folders = folders.chain(env::split_paths(&path)).chain(SYSTEM.map(PathBuf::from));
        let mut command = Command::new(server.program);
        command.args(server.arguments).env("PATH", env::join_paths(folders)?);
        Guard::spawn(command)
    }
}
