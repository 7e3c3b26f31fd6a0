//! `ippeveprinter`, a printer as IPP Everywhere describes one.
//!
//! It announces itself, and does not start where it cannot. So there is a bus and an announcer (`avahi-daemon`) for it
//! alone, which speak to this machine only; where the system has both already, it uses those.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use super::{START, Tray, find};
use crate::process::{self, Guard};
use crate::skip::Fixture;
use crate::{poll, ports};

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy>
</busconfig>
"#;

const ANNOUNCER: &str = "[server]\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lo\nenable-dbus=yes\n\
    [publish]\npublish-hinfo=no\npublish-workstation=no\n";

/// A running printer; stopped and removed on drop.
#[derive(Debug)]
pub struct IppEvePrinter {
    port: u16,
    tray: Tray,
    _process: Guard,
    _announcer: Guard,
    _bus: Guard,
    // Declared last: the programs end before their files go.
    _directory: TempDir,
}

impl IppEvePrinter {
    /// Starts one of its own for the caller.
    pub fn start() -> Result<Fixture<Self>> {
        let found = [
            ("ippeveprinter", "cups-ipp-utils"),
            ("dbus-daemon", "dbus-daemon"),
            ("avahi-daemon", "avahi-daemon"),
        ]
        .map(|(name, package)| find(name, package));
        let [Ok(printer), Ok(bus), Ok(announcer)] = &found else {
            let reason = found.into_iter().find_map(Result::err).unwrap_or_default();
            return Ok(Fixture::Unavailable(reason));
        };
        if !rustix::process::getuid().is_root() {
            let reason = "avahi-daemon runs for root alone".to_owned();
            return Ok(Fixture::Unavailable(reason));
        }
        let directory = tempfile::Builder::new().prefix("mtm-ippeve-").tempdir()?;
        process::remove_at_exit(directory.path());
        let path = directory.path();
        let socket = path.join("bus");
        let bus = start_bus(bus, path, &socket)?;
        let address = format!("unix:path={}", socket.display());
        fs::write(path.join("avahi.conf"), ANNOUNCER)?;
        let mut command = Command::new(announcer);
        command.arg("-f").arg(path.join("avahi.conf"));
        command.args(["--no-drop-root", "--no-chroot", "--no-rlimits"]);
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &address);
        let mut announcer = Guard::spawn(command)?;
        announcer.wait_until("announcing", START, |it| {
            let lines = it.stderr().lines();
            Ok(lines.iter().any(|it| it.starts_with("Server startup complete")).then_some(()))
        })?;
        let [port] = ports::free()?;
        let device = path.join("device");
        let tray = Tray::prepare(path, &device, "document=$1\nname=$IPP_JOB_NAME")?;
        fs::create_dir_all(path.join("spool"))?;
        let mut command = Command::new(printer);
        command.args(["-p", &port.to_string(), "-f", "application/pdf"]);
        command.arg("-c").arg(&device).arg("-d").arg(path.join("spool")).arg("office");
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &address);
        let mut process = Guard::spawn(command)?;
        process.wait_until("taking connections", START, |_| {
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(drop))
        })?;
        Ok(Fixture::Ready(Self {
            port,
            tray,
            _process: process,
            _announcer: announcer,
            _bus: bus,
            _directory: directory,
        }))
    }

    /// Where it listens.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its address.
    pub fn uri(&self) -> String {
        format!("ipp://{}/ipp/print", self.authority())
    }

    /// What comes out of it.
    pub const fn tray(&self) -> &Tray {
        &self.tray
    }
}

fn start_bus(program: &Path, directory: &Path, socket: &Path) -> Result<Guard> {
    let config = directory.join("bus.conf");
    fs::write(&config, BUS.replace("SOCKET", &socket.display().to_string()))?;
    let mut command = Command::new(program);
    command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--nopidfile"]);
    let guard = Guard::spawn(command)?;
    poll::until("the bus", START, || Ok(socket.exists().then_some(())))?;
    Ok(guard)
}
