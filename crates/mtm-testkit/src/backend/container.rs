//! Containers, run by `runc` from a bundle that is assembled of this machine's own installation.
//!
//! The root file system is an empty directory into which the programs' folders (`/usr`, and `/lib`
//! and its like where they are not links into it) are mounted read-only, the server's directory
//! read-write, and a few files of `/etc` that say who the accounts are and where libraries lie.
//! Processes, mounts, names and shared memory are the container's own, capabilities none. The
//! network is the machine's: servers listen on 127.0.0.1 either way, and a bridge would need
//! addresses and privileges that say nothing about the server.
//!
//! Deliberately absent: a container engine, its images and its daemon; limits of memory and
//! processors, because a slow machine is not what these tests are about.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Backend, SYSTEM, Server};
use crate::mariadb::programs::program;
use crate::poll;
use crate::process::Guard;

/// Ample for a program that does nothing.
const PROBE: Duration = Duration::from_secs(30);

/// Folders in which a program finds itself and its libraries.
const PROGRAMS: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/// What a program asks about its surroundings.
const FILES: [&str; 4] = ["/etc/passwd", "/etc/group", "/etc/ld.so.cache", "/etc/localtime"];

/// Containers of `runc`.
#[derive(Debug, Clone, Copy)]
pub struct Container;

impl Backend for Container {
    fn obstacle(&self) -> Option<String> {
        // Asked once per test process: the only sure way to know is to run one.
        static OBSTACLE: OnceLock<Option<String>> = OnceLock::new();
        OBSTACLE.get_or_init(|| probe().err().map(|error| format!("{error:#}"))).clone()
    }

    fn spawn(&self, server: &Server<'_>) -> Result<Guard> {
        let Some(runc) = program("runc") else { bail!("no runc on this machine") };
        Bundle::assemble(server)?.run(&runc)
    }
}

/// Runs a container that does nothing. A machine may have `runc` and refuse what it does.
fn probe() -> Result<()> {
    if program("runc").is_none() {
        bail!("no runc on this machine");
    }
    if !rustix::process::getuid().is_root() {
        bail!("runc needs root to mount a container's files");
    }
    let directory = tempfile::Builder::new().prefix("mtm-container-").tempdir()?;
    let nothing = Server {
        program: Path::new("/usr/bin/true"),
        arguments: &[],
        helpers: None,
        directory: directory.path(),
        owner: (0, 0),
    };
    let mut container = Container.spawn(&nothing)?;
    let status = poll::until("the end of a first container", PROBE, || container.exit_status())?;
    if !status.success() {
        // The stream closes with the program, so this does not wait for the deadline.
        let reason = container.stderr().first(PROBE, |line| Some(line.to_owned()));
        bail!("runc cannot run containers here: {}", reason.unwrap_or_default());
    }
    Ok(())
}

/// What `runc` is given: a root file system and a description of the process in it.
#[derive(Debug)]
struct Bundle {
    directory: PathBuf,
    /// A name no other container has, also on the machine's control groups.
    name: String,
}

impl Bundle {
    fn assemble(server: &Server<'_>) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The directory's name is random: process numbers repeat in neighbouring containers.
        let random = server.directory.file_name().unwrap_or_default().display();
        let name = format!("mtm-testkit-{}-{number}-{random}", std::process::id());
        let directory = server.directory.join(&name);
        let root = directory.join("root");
        fs::create_dir_all(&root).with_context(|| format!("failed to make {}", root.display()))?;

        let mut mounts = system_mounts();
        for folder in PROGRAMS {
            match fs::read_link(folder) {
                Ok(target) => symlink(target, root.join(folder.trim_start_matches('/')))?,
                Err(_) if Path::new(folder).is_dir() => mounts.push(bind(folder, "ro")),
                Err(_) => {}
            }
        }
        let files = FILES.into_iter().filter(|file| Path::new(file).exists());
        mounts.extend(files.map(|file| bind(file, "ro")));
        let own = server.directory.to_str().context("the path of the directory is not text")?;
        mounts.push(bind(own, "rw"));

        let configuration = configuration(server, &mounts)?;
        fs::write(directory.join("config.json"), configuration.to_string())?;
        Ok(Self { directory, name })
    }

    /// Runs it in the foreground: `runc` stays, ends with the container, hands signals on.
    fn run(&self, runc: &Path) -> Result<Guard> {
        let state = self.directory.join("state");
        let mut command = Command::new(runc);
        command
            .arg("--root")
            .arg(&state)
            .args(["run", "--bundle"])
            .arg(&self.directory)
            .arg(&self.name);
        let end = [
            runc.display().to_string(),
            "--root".to_owned(),
            state.display().to_string(),
            "delete".to_owned(),
            "--force".to_owned(),
            self.name.clone(),
        ];
        Guard::spawn_ended_by(command, end.to_vec())
    }
}

/// What every process expects.
fn system_mounts() -> Vec<Value> {
    let small = |destination: &str, mode: &str| {
        json!({
            "destination": destination, "type": "tmpfs", "source": "tmpfs",
            "options": ["nosuid", "nodev", mode, "size=64m"],
        })
    };
    vec![
        json!({ "destination": "/proc", "type": "proc", "source": "proc" }),
        json!({
            "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
            "options": ["nosuid", "mode=755", "size=64k"],
        }),
        small("/dev/shm", "mode=1777"),
        small("/tmp", "mode=1777"),
    ]
}

/// Something of the machine, under the name it has there.
fn bind(path: &str, access: &str) -> Value {
    json!({
        "destination": path, "type": "bind", "source": path,
        "options": ["bind", "nosuid", "nodev", access],
    })
}

fn configuration(server: &Server<'_>, mounts: &[Value]) -> Result<Value> {
    let program = server.program.to_str().context("the path of the program is not text")?;
    let words: Vec<&str> =
        std::iter::once(program).chain(server.arguments.iter().map(String::as_str)).collect();
    let namespaces = ["pid", "ipc", "uts", "mount"].map(|kind| json!({ "type": kind }));
    let (user, group) = server.owner;
    let folders = server.helpers.into_iter().chain(SYSTEM.map(Path::new));
    let path = std::env::join_paths(folders)?;
    Ok(json!({
        "ociVersion": "1.0.2",
        "root": { "path": "root", "readonly": true },
        "hostname": "mtm-testkit",
        "mounts": mounts,
        "process": {
            "args": words,
            "cwd": "/",
            "env": [format!("PATH={}", path.display()), "LC_ALL=C".to_owned()],
            "user": { "uid": user, "gid": group },
            "capabilities": {
                "bounding": [], "effective": [], "permitted": [], "inheritable": [], "ambient": [],
            },
            "noNewPrivileges": true,
        },
        "linux": {
            "namespaces": namespaces,
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skip::skip;

    /// A container in `directory` that waits for ever.
    fn waiting(directory: &Path) -> Guard {
        let arguments = ["1000".to_owned()];
        let program = Path::new("/usr/bin/sleep");
        let server =
            Server { program, arguments: &arguments, helpers: None, directory, owner: (0, 0) };
        Container.spawn(&server).unwrap()
    }

    #[test]
    fn a_container_that_is_dropped_while_it_starts_is_gone() {
        if let Some(reason) = Container.obstacle() {
            return skip("testkit: containers", &reason);
        }
        let directory = tempfile::tempdir().unwrap();
        for _ in 0..5 {
            drop(waiting(directory.path()));
        }
        let lines: Vec<String> = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("cgroup")).ok())
            .collect();
        let name = directory.path().file_name().unwrap().to_str().unwrap();
        assert!(!lines.iter().any(|line| line.contains(name)), "{lines:?}");
    }
}
