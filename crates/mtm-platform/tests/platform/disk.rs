//! Disks that are full, read-only or somebody else's: the error says so, the old file stays, and
//! nothing half-written is left.
//!
//! The failing disks are real: a tiny memory file system in a mount namespace of its own, and a
//! directory another account owns. Where the machine allows neither, the tests skip loudly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mtm_platform::durable::{self, Access, Draft};
use mtm_platform::{Cause, DataDirectory, Ownership};
use mtm_testkit::skip::skip;

/// Set for the child processes only: where the failing disk is, and what is wrong with it.
const DISK: &str = "MTM_TEST_DISK";
const FAULT: &str = "MTM_TEST_FAULT";

/// The part this process plays: `None` sets the stage, the others are run on it.
fn role() -> Option<(PathBuf, String)> {
    Some((std::env::var_os(DISK)?.into(), std::env::var(FAULT).ok()?))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a shell script that plays `test` again, as `$TEST`, on the disk it prepared. It exits
/// with 99 when the machine refuses to set the stage.
fn stage(suite: &str, test: &str, wrapper: &[&str], script: &str) {
    let temp = tempfile::tempdir().unwrap();
    let again = format!("{} --exact {test}", std::env::current_exe().unwrap().display());
    let output = Command::new(wrapper[0])
        .args(&wrapper[1..])
        .args(["sh", "-c", script])
        .env(DISK, temp.path())
        .env("TEST", again)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return skip(suite, &format!("no {}: {error}", wrapper[0])),
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    // Silence of the test harness means that the wrapper itself was refused.
    if output.status.code() == Some(99) || stdout.is_empty() {
        return skip(suite, &format!("the machine refuses it: {}", stderr.trim()));
    }
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
}

#[test]
fn a_full_and_a_read_only_disk_are_told_apart_and_lose_nothing() {
    match role() {
        None => stage(
            "platform: failing disks",
            "disk::a_full_and_a_read_only_disk_are_told_apart_and_lose_nothing",
            &["unshare", "--map-root-user", "--mount"],
            r#"mount -t tmpfs -o size=256k none "$MTM_TEST_DISK" || exit 99
               MTM_TEST_FAULT=full $TEST || exit 1
               mount -o remount,ro none "$MTM_TEST_DISK" || exit 99
               MTM_TEST_FAULT=read-only $TEST"#,
        ),
        Some((disk, fault)) if fault == "full" => on_a_full_disk(&disk),
        Some((disk, _)) => on_a_read_only_disk(&disk),
    }
}

/// The disk has 256 KiB.
fn on_a_full_disk(disk: &Path) {
    let kept = disk.join("kept");
    durable::replace(&kept, b"old", Access::Inherited).unwrap();

    let error = durable::replace(&kept, &vec![7; 1_000_000], Access::Inherited).unwrap_err();
    assert_eq!(error.cause(), Cause::DiskFull, "{error}");
    let error = durable::create(&disk.join("new"), &vec![7; 1_000_000], Access::Private);
    assert_eq!(error.unwrap_err().cause(), Cause::DiskFull);
    assert_eq!(fs::read(&kept).unwrap(), b"old");
    assert_eq!(names(disk), ["kept"]);

    let mut filler = Draft::begin(&disk.join("filler"), Access::Inherited).unwrap();
    while filler.write_all(&[7; 4096]).is_ok() {}
    let error = DataDirectory::prepare(disk).unwrap_err();
    assert_eq!((error.cause(), error.path()), (Cause::DiskFull, disk));
    drop(filler);
    DataDirectory::prepare(disk).expect("there is space again");
}

/// The same disk, mounted read-only.
fn on_a_read_only_disk(disk: &Path) {
    let error = DataDirectory::prepare(disk).unwrap_err();
    assert_eq!((error.cause(), error.path()), (Cause::ReadOnly, disk));
    let error = DataDirectory::prepare(&disk.join("plant")).unwrap_err();
    assert_eq!(error.cause(), Cause::ReadOnly);
    let error = durable::replace(&disk.join("kept"), b"new", Access::Inherited).unwrap_err();
    assert_eq!(error.cause(), Cause::ReadOnly);

    let directory = DataDirectory::existing(disk).expect("reading is fine");
    assert_eq!(directory.ownership().unwrap(), Ownership::Free);
    assert_eq!(directory.claim().unwrap_err().code(), "file_read_only");
    assert_eq!(fs::read(disk.join("kept")).unwrap(), b"old");
}

#[test]
fn a_directory_without_the_right_to_write_is_named() {
    let Some((disk, _)) = role() else {
        return stage(
            "platform: foreign directory",
            "disk::a_directory_without_the_right_to_write_is_named",
            &["unshare", "--map-root-user"],
            r#"mkdir "$MTM_TEST_DISK/plant" && chmod 555 "$MTM_TEST_DISK/plant" || exit 99
               export MTM_TEST_FAULT=foreign
               exec setpriv --bounding-set=-all --inh-caps=-all -- $TEST"#,
        );
    };
    let plant = disk.join("plant");
    let error = DataDirectory::prepare(&plant).unwrap_err();
    assert_eq!((error.cause(), error.path()), (Cause::Permission, plant.as_path()));
    let error = DataDirectory::prepare(&plant.join("7")).unwrap_err();
    assert_eq!(error.cause(), Cause::Permission);
}
