//! No child outlives its test: not a finished, not a panicking, not a killed one.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod program;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mtm_testkit::backend::Container;
use mtm_testkit::process::{Guard, remove_at_exit};
use mtm_testkit::{MariaDb, poll};

/// Set for the child process only, which runs a test of this file again: where to leave things.
const ROLE: &str = "MTM_TEST_LEAVE_BEHIND";

/// Ample for a kernel, also on a loaded machine.
const SOON: Duration = Duration::from_secs(30);

/// A shell that starts two grandchildren, the second in a session and group of its own as servers
/// start their helpers, says all numbers and waits for ever.
fn family() -> (Guard, [u32; 3]) {
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 1000 & near=$!; setsid sleep 1000 & echo $$ $near $!; wait"]);
    let guard = Guard::spawn(command).unwrap();
    let numbers = guard.stdout().first(SOON, parse).expect("the shell says its numbers");
    (guard, numbers)
}

fn parse(line: &str) -> Option<[u32; 3]> {
    let numbers: Option<Vec<u32>> = line.split(' ').map(|word| word.parse().ok()).collect();
    numbers?.try_into().ok()
}

fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| {
        // A dead process that its new parent has not collected is dead all the same.
        state != "Z" && state != "X"
    })
}

/// A program that ends when `told` is made, which its guard's command does.
fn elsewhere(told: &Path) -> Guard {
    let mut command = Command::new("sh");
    command.args(["-c", "until [ -e \"$0\" ]; do sleep 0.05; done"]).arg(told);
    let end = vec!["touch".to_owned(), told.display().to_string()];
    Guard::spawn_ended_by(command, end).unwrap()
}

#[test]
fn a_drop_ends_the_whole_family() {
    let (guard, family) = family();
    assert!(family.iter().all(|pid| runs(*pid)));
    drop(guard);
    assert!(family.iter().all(|pid| !runs(*pid)), "{family:?}");
}

#[test]
fn a_drop_ends_what_outlived_the_program_itself() {
    let mut command = Command::new("sh");
    command.args(["-c", "setsid sleep 1000 & echo $!"]);
    let mut guard = Guard::spawn(command).unwrap();
    let orphan = guard.stdout().first(SOON, |line| line.parse().ok()).unwrap();
    poll::until("the end of the program", SOON, || guard.exit_status()).unwrap();
    assert!(runs(orphan));
    drop(guard);
    assert!(!runs(orphan));
}

#[test]
fn what_a_program_started_elsewhere_is_ended_by_its_command() {
    let temp = tempfile::tempdir().unwrap();
    let mut guard = elsewhere(&temp.path().join("told"));
    guard.kill().unwrap();
    // Told, it ended by itself: nobody had to kill it.
    assert!(guard.exit_status().unwrap().unwrap().success());
}

#[test]
fn a_panic_ends_the_whole_family() {
    let (guard, family) = family();
    let panicked = std::thread::spawn(move || {
        let _guard = guard;
        panic!("as a failing test does");
    });
    assert!(panicked.join().is_err());
    assert!(family.iter().all(|pid| !runs(*pid)), "{family:?}");
}

#[test]
fn a_program_that_ends_early_is_told_with_its_last_words() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo no space left >&2; exit 3"]);
    let mut guard = Guard::spawn(command).unwrap();
    guard.stderr().first(SOON, |line| line.contains("no space").then_some(())).unwrap();
    let error = guard.wait_until("being ready", SOON, |_| Ok(None::<()>)).unwrap_err();
    let message = format!("{error:#}");
    assert!(message.contains("exit status: 3"), "{message}");
    assert!(message.contains("no space left"), "{message}");
}

#[test]
fn a_polite_end_is_waited_for() {
    let mut command = Command::new("sh");
    command.args(["-c", "trap 'echo drained; exit 7' TERM; echo up; while :; do sleep 0.05; done"]);
    let mut guard = Guard::spawn(command).unwrap();
    guard.stdout().first(SOON, |line| (line == "up").then_some(())).unwrap();
    let status = guard.terminate(SOON).unwrap();
    assert_eq!(status.code(), Some(7));
    assert_eq!(guard.stdout().first(SOON, |line| (line == "drained").then_some(())), Some(()));
}

/// What the child process does: start a family, make a directory, and wait to be killed.
fn be_doomed(temp: &OsStr) {
    let temp = Path::new(temp);
    let directory = temp.join("data");
    fs::create_dir(&directory).unwrap();
    remove_at_exit(&directory);
    let (_guard, family) = family();
    let _elsewhere = elsewhere(&temp.join("it's told"));
    let forgotten = temp.join("forgotten");
    elsewhere(&forgotten).kill().unwrap();
    fs::remove_file(&forgotten).unwrap();
    println!("\nfamily {} {} {}", family[0], family[1], family[2]);
    let _ = std::io::stdin().lines().next();
}

/// Runs a test of this file again in a process of its own, and yields that process with the line
/// in which it says what to look for, after `says`.
fn doomed(test: &str, temp: &Path, says: &str) -> (Child, String) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ROLE, temp)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(process.stdout.take().unwrap());
    let line = stdout
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix(says)?.to_owned()))
        .expect("the doomed process says what it started");
    (process, line)
}

#[test]
fn a_killed_test_process_leaves_neither_family_nor_directory() {
    if let Some(directory) = std::env::var_os(ROLE) {
        return be_doomed(&directory);
    }
    let temp = tempfile::tempdir().unwrap();
    let test = "a_killed_test_process_leaves_neither_family_nor_directory";
    let (mut doomed, family) = doomed(test, temp.path(), "family ");
    let family = parse(&family).unwrap();
    assert!(temp.path().join("data").exists());

    doomed.kill().unwrap();
    doomed.wait().unwrap();
    poll::until("the end of the family", SOON, || {
        Ok((!family.iter().any(|pid| runs(*pid))).then_some(()))
    })
    .unwrap();
    poll::until("the end of the directory", SOON, || {
        Ok((!temp.path().join("data").exists()).then_some(()))
    })
    .unwrap();
    // Ends come before removals: what is told by now is all that is told.
    assert!(temp.path().join("it's told").exists());
    assert!(!temp.path().join("forgotten").exists());
}

#[test]
fn a_killed_test_process_leaves_no_mariadb_container() {
    if std::env::var_os(ROLE).is_some() {
        let server = MariaDb::start_on(&Container).unwrap().or_skip("").unwrap();
        println!("\nserver {}", server.port());
        let _ = std::io::stdin().lines().next();
        return;
    }
    // Asked here, because a skip of the doomed process would be nobody's.
    let fixture = MariaDb::start_on(&Container).unwrap();
    if fixture.or_skip("testkit: MariaDB in a container").is_none() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let test = "a_killed_test_process_leaves_no_mariadb_container";
    let (mut doomed, port) = doomed(test, temp.path(), "server ");
    let port: u16 = port.parse().unwrap();
    let name = format!("mtm-testkit-{}-", doomed.id());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(mentioned(&name), "{name}");

    doomed.kill().unwrap();
    doomed.wait().unwrap();
    poll::until("the end of the container", SOON, || {
        let answers = TcpStream::connect(("127.0.0.1", port)).is_ok();
        Ok((!answers && !mentioned(&name)).then_some(()))
    })
    .unwrap();
}

/// Whether a process of the machine is in a control group whose name holds this.
fn mentioned(name: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap();
    let groups =
        processes.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("cgroup")).ok());
    groups.into_iter().any(|groups| groups.contains(name))
}
