//! The fixture of the program itself, against a stand-in that behaves as the program promises:
//! it prints its address, becomes ready a little later, and keeps its data directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Mtm, poll};

use crate::SOON;

/// A program in a scripting language every test machine has; `None` where it has not.
fn stand_in(directory: &Path) -> Option<PathBuf> {
    let perl = Path::new("/usr/bin/perl");
    if !perl.exists() {
        mtm_testkit::skip::skip("testkit: program", "no perl for the stand-in");
        return None;
    }
    let script = include_str!("stand_in.pl");
    let path = directory.join("mtm");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Some(path)
}

#[test]
fn the_program_is_started_asked_killed_and_started_again() {
    let temp = tempfile::tempdir().unwrap();
    let Some(program) = stand_in(temp.path()) else { return };
    let mut server = Mtm::start(program).unwrap();
    let data = server.data_dir().to_path_buf();
    assert!(data.is_dir());
    assert_eq!(server.api().get("/readyz").unwrap().status, 200);
    assert_eq!(server.api().get("/missing").unwrap().status, 404);
    assert_eq!(server.token("n", "admin").unwrap(), "secret of n for admin");

    let pid = server.pid();
    server.kill9().unwrap();
    assert!(server.api().get("/readyz").is_err());
    server.restart().unwrap();
    assert_ne!(server.pid(), pid);
    assert_eq!(server.data_dir(), data);
    assert_eq!(server.api().get("/readyz").unwrap().status, 200);
    assert!(server.terminate().unwrap().success());

    drop(server);
    assert!(!data.exists());
}

#[test]
fn a_program_that_refuses_to_start_is_told_with_its_words() {
    let temp = tempfile::tempdir().unwrap();
    let Some(program) = stand_in(temp.path()) else { return };
    let error = Start::new(program).argument("--refuse").start().unwrap_err();
    assert!(format!("{error:#}").contains("the port is in use"), "{error:#}");
}

#[test]
fn a_data_directory_of_the_caller_stays() {
    let temp = tempfile::tempdir().unwrap();
    let Some(program) = stand_in(temp.path()) else { return };
    let data = temp.path().join("plant");
    let server = Start::new(program).on(&data).environment("MTM_X", "1").start().unwrap();
    let lines = poll::until("the environment", SOON, || {
        let lines = server.stdout().lines();
        Ok(lines.iter().any(|line| line == "MTM_X=1").then_some(lines))
    });
    assert!(lines.is_ok());
    drop(server);
    assert!(data.is_dir());
}
