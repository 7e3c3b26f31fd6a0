//! One owner per data directory, across processes and crashes.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mtm_platform::{DataDirectory, LockError, Owner, Ownership};

/// Set for the child process only, which runs a test of this file again: the directory to own.
const ROLE: &str = "MTM_TEST_OWN_DIRECTORY";

/// What the child process does: own the directory until it is killed, or until this process goes
/// away and closes the pipe.
fn own(directory: &OsStr) {
    let directory = DataDirectory::existing(Path::new(directory)).unwrap();
    let lock = directory.claim().unwrap();
    lock.announce("http://127.0.0.1:4711").unwrap();
    println!("\nowner is ready");
    let _ = std::io::stdin().lines().next();
    drop(lock);
}

/// A child process that owns a directory; killed when dropped.
struct OwnerProcess(Child);

impl OwnerProcess {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "owner::a_killed_owner_leaves_nothing_in_the_way", "--nocapture"])
            .env(ROLE, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let process = Self(child);
        let ready = stdout.lines().map_while(Result::ok).any(|line| line == "owner is ready");
        assert!(ready, "the owner process ended before it owned the directory");
        process
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for OwnerProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_process_is_refused_and_told_who_is_in_the_way() {
    let temp = tempfile::tempdir().unwrap();
    let directory = DataDirectory::prepare(temp.path()).unwrap();
    let process = OwnerProcess::start(temp.path());
    let owner = Owner { pid: process.pid(), address: Some("http://127.0.0.1:4711".to_owned()) };

    assert_eq!(directory.ownership().unwrap(), Ownership::Held(Some(owner.clone())));
    match directory.claim() {
        Err(LockError::Held { owner: Some(named), .. }) => assert_eq!(named, owner),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_killed_owner_leaves_nothing_in_the_way() {
    if let Some(directory) = std::env::var_os(ROLE) {
        return own(&directory);
    }
    let temp = tempfile::tempdir().unwrap();
    let directory = DataDirectory::prepare(temp.path()).unwrap();
    for _ in 0..3 {
        let mut process = OwnerProcess::start(temp.path());
        assert!(matches!(directory.ownership().unwrap(), Ownership::Held(Some(_))));
        process.kill();
        assert_eq!(directory.ownership().unwrap(), Ownership::Free);
        drop(directory.claim().unwrap());
    }
}
