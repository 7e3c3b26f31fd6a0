//! Private, real brokers: Mosquitto for MQTT 5, `nats-server` with `JetStream`; and consumers of both that
//! behave as an integrator's would.
//!
//! Both keep what they were told in a temporary directory and come back after a kill on the same port
//! with it. Their consumers have a session of their own there, so that whatever was told while they were
//! away comes when they are back.

mod consumer;
mod mosquitto;
mod mqtt;
mod nats;
mod nats_server;

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::mariadb::programs::program;
use crate::process::{self, Guard};
use crate::{ports, skip};

pub use consumer::{Consumer, Heard};
pub use mosquitto::Mosquitto;
pub use nats_server::NatsServer;

/// How long a start may take; it needs some hundredths of a second.
const START: Duration = Duration::from_secs(60);
/// How long an orderly end may take.
const STOP: Duration = Duration::from_secs(30);
/// How often a port may be taken by somebody else between choosing and binding it.
const PORT_ATTEMPTS: u32 = 5;

/// A program that listens on one port and keeps its files in one directory.
#[derive(Debug)]
struct Running {
    program: PathBuf,
    arguments: fn(&Path, u16) -> Vec<String>,
    port: u16,
    process: Option<Guard>,
    // Declared last: the program ends before its files go.
    directory: TempDir,
}

impl Running {
    /// Starts `program` on a free port, with the files that `prepare` writes for that port.
    fn start(
        program: PathBuf,
        arguments: fn(&Path, u16) -> Vec<String>,
        prepare: impl Fn(&Path, u16) -> Result<()>,
    ) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("mtm-broker-").tempdir()?;
        process::remove_at_exit(directory.path());
        let mut running = Self { program, arguments, port: 0, process: None, directory };
        for attempt in 1.. {
            [running.port] = ports::free()?;
            prepare(running.directory.path(), running.port)?;
            match running.launch() {
                Ok(()) => break,
                Err(error) if attempt < PORT_ATTEMPTS && taken(&error) => drop(error),
                Err(error) => return Err(error),
            }
        }
        Ok(running)
    }

    fn launch(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args((self.arguments)(self.directory.path(), self.port));
        let mut process = Guard::spawn(command)?;
        let port = self.port;
        process.wait_until("taking connections", START, |_| {
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(drop))
        })?;
        self.process = Some(process);
        Ok(())
    }

    fn kill9(&mut self) -> Result<()> {
        self.process.as_mut().map_or(Ok(()), Guard::kill)
    }

    fn terminate(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.terminate(STOP).map(drop)
    }

    fn restart(&mut self) -> Result<()> {
        self.kill9()?;
        self.launch()
    }
}

fn taken(error: &anyhow::Error) -> bool {
    format!("{error:#}").to_lowercase().contains("address already in use")
}

/// A program of this machine, or where the test command unpacks those whose packages would start a
/// server of their own.
fn broker(name: &str, package: &str) -> Result<PathBuf, String> {
    if skip::quick() {
        return Err("left out of the quick run".to_owned());
    }
    let unpacked = || {
        let root = skip::target_directory().ok()?.join("unpacked").join(package);
        let places = ["usr/sbin", "usr/bin"].map(|folder| root.join(folder).join(name));
        places.into_iter().find(|path| path.is_file())
    };
    program(name)
        .or_else(unpacked)
        .ok_or_else(|| format!("no {name} here; `cargo xtask test` fetches it"))
}

/// Writes a file into a directory.
fn place(directory: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(name);
    std::fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
    Ok(path)
}
