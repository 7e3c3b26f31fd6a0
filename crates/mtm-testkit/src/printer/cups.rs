//! CUPS, the print server of most systems.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use super::{START, Tray, find};
use crate::ports;
use crate::process::{self, Guard};
use crate::skip::Fixture;

/// A running print server with the queues `office`, `paused` (which takes jobs and prints none) and `closed` (which takes
/// none). Stopped and removed on drop.
#[derive(Debug)]
pub struct CupsServer {
    port: u16,
    tray: Tray,
    _process: Guard,
    // Declared last: the program ends before its files go.
    _directory: TempDir,
}

impl CupsServer {
    /// Starts one of its own for the caller.
    pub fn start() -> Result<Fixture<Self>> {
        let program = match find("cupsd", "cups-daemon") {
            Ok(program) => program,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let directory = tempfile::Builder::new().prefix("mtm-cups-").tempdir()?;
        process::remove_at_exit(directory.path());
        let [port] = ports::free()?;
        let tray = prepare(directory.path(), &program, port)?;
        let mut command = Command::new(program);
        command.arg("-f");
        command.arg("-c").arg(directory.path().join("cupsd.conf"));
        command.arg("-s").arg(directory.path().join("cups-files.conf"));
        let mut process = Guard::spawn(command)?;
        process.wait_until("taking connections", START, |_| {
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(drop))
        })?;
        Ok(Fixture::Ready(Self { port, tray, _process: process, _directory: directory }))
    }

    /// Where it listens.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of a queue.
    pub fn uri(&self, queue: &str) -> String {
        format!("ipp://{}/printers/{queue}", self.authority())
    }

    /// What comes out of its queues.
    pub const fn tray(&self) -> &Tray {
        &self.tray
    }
}

/// Where its own files are: beside the program, or where the system has them.
fn beside(program: &Path, path: &str) -> PathBuf {
    let unpacked = program.ancestors().nth(3).map(|root| root.join(path));
    unpacked.filter(|it| it.exists()).unwrap_or_else(|| Path::new("/").join(path))
}

fn prepare(directory: &Path, program: &Path, port: u16) -> Result<Tray> {
    let here = directory.display();
    for folder in ["cache", "state", "spool/tmp", "log", "bin/backend", "bin/daemon", "data"] {
        fs::create_dir_all(directory.join(folder))?;
    }
    for (from, to) in [
        ("usr/lib/cups/daemon/cups-exec", "bin/daemon/cups-exec"),
        ("usr/share/cups/mime", "data/mime"),
    ] {
        std::os::unix::fs::symlink(beside(program, from), directory.join(to))?;
    }
    let device = directory.join("bin/backend/mtm");
    // Asked what devices there are, it has nothing to say.
    let arguments = "[ $# -ge 5 ] || exit 0\nname=$3\n\
        if [ -n \"$6\" ]; then document=$6; else document=$tray/stdin.$$; cat > \"$document\"; fi";
    let tray = Tray::prepare(directory, &device, arguments)?;
    let files = format!(
        "ServerRoot {here}\nServerBin {here}/bin\nDataDir {here}/data\nCacheDir {here}/cache\n\
         StateDir {here}/state\nRequestRoot {here}/spool\nTempDir {here}/spool/tmp\n\
         AccessLog {here}/log/access\nErrorLog stderr\nPageLog {here}/log/page\nSyncOnClose No\n"
    );
    fs::write(directory.join("cups-files.conf"), files)?;
    let settings = format!(
        "Listen 127.0.0.1:{port}\nLogLevel warn\nBrowsing No\nWebInterface No\n\
         PreserveJobHistory Yes\n<Location />\nOrder allow,deny\nAllow all\n</Location>\n\
         <Policy default>\n<Limit All>\nOrder deny,allow\n</Limit>\n</Policy>\n"
    );
    fs::write(directory.join("cupsd.conf"), settings)?;
    let queue = |name: &str, state: &str, accepting: &str| {
        format!(
            "<Printer {name}>\nDeviceURI mtm:{name}\nState {state}\nAccepting {accepting}\n\
             Shared Yes\nErrorPolicy abort-job\n</Printer>\n"
        )
    };
    let queues = queue("office", "Idle", "Yes")
        + &queue("paused", "Stopped", "Yes")
        + &queue("closed", "Idle", "No");
    fs::write(directory.join("printers.conf"), queues)?;
    Ok(tray)
}
