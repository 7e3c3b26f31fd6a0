//! A server beside a folder for files that hangs: it books, says so, and stops.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::poll;

use crate::support::{PROGRAM, furnish, on_hand, receive};

const SOON: Duration = Duration::from_secs(60);

/// A pipe that nobody writes to is a file that hangs.
fn hangs(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_server_beside_a_folder_that_hangs_says_so_books_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    // One for whoever looks after the folder, one for whoever looks at it.
    hangs(&at("taken/movements/a.csv.import"));
    std::fs::write(at("taken/movements/a.csv"), "type,part\n").unwrap();
    hangs(&at("quarantine/b.csv.reason.txt"));
    std::fs::write(at("quarantine/b.csv"), "type,part\n").unwrap();
    let start = Start::new(PROGRAM).environment("MTM_FILES__FOLDER", folder.path());
    let mut server = start.start().unwrap();
    let api = furnish(&server);
    poll::until("what is said of the folder", SOON, || {
        let shown = api.get("/api/v1/integrations")?.json()?;
        let error = shown["files"]["error"].as_str().unwrap_or_default();
        Ok(error.contains("does not answer").then_some(()))
    })
    .unwrap();
    receive(&api, "k", 7);
    assert_eq!(on_hand(&api), 7);
    assert!(server.terminate().unwrap().success());
}
