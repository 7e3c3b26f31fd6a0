//! A disk that is really full: a tiny memory file system in a mount namespace of its own. Where
//! the machine does not allow that, the test skips loudly.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mtm_core::command::Action;
use mtm_store::{Fault, Ledger, ManualClock, OpenError, OpenOptions, PostError};

use crate::plant::{Plant, receive};

const DISK: &str = "MTM_TEST_DISK";
const READ_ONLY: &str = "MTM_TEST_READ_ONLY";

#[test]
fn a_full_disk_loses_nothing_and_a_read_only_one_is_named() {
    if let Some(disk) = std::env::var_os(DISK) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let disk = Path::new(&disk);
        if std::env::var_os(READ_ONLY).is_some() {
            runtime.block_on(on_a_read_only_disk(disk));
        } else {
            runtime.block_on(on_a_full_disk(disk));
        }
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let test = "disk::a_full_disk_loses_nothing_and_a_read_only_one_is_named";
    let script = r#"mount -t tmpfs -o size=16m none "$MTM_TEST_DISK" || exit 99
        $TEST || exit 1
        mount -o remount,ro none "$MTM_TEST_DISK" || exit 99
        MTM_TEST_READ_ONLY=1 $TEST"#;
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .env(DISK, temp.path())
        .env("TEST", format!("{} --exact {test}", std::env::current_exe().unwrap().display()))
        .output();
    let suite = "store: failing disks";
    let output = match output {
        Ok(output) => output,
        Err(error) => return mtm_testkit::skip::skip(suite, &format!("no unshare: {error}")),
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(99) || stdout.is_empty() {
        return mtm_testkit::skip::skip(suite, &format!("the machine refuses it: {stderr}"));
    }
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
}

/// A file that fills `disk` but for `left` bytes, however much of it the schema has taken.
fn fill(disk: &Path, left: u64) -> PathBuf {
    let filler = disk.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    let refused = loop {
        if let Err(error) = file.write_all(&[7; 16 * 1024]) {
            break error;
        }
    };
    assert_eq!(refused.kind(), std::io::ErrorKind::StorageFull);
    let length = file.metadata().unwrap().len();
    assert!(length > left, "only {length} bytes were left on the disk");
    file.set_len(length - left).unwrap();
    filler
}

async fn on_a_full_disk(disk: &Path) {
    let plant = Plant::at(&disk.join("mtm.db")).await;
    let mut booked = 0;
    let mut faults = 0;
    // A little space is left, so that a transaction fails somewhere in its middle.
    let filler = fill(disk, 256 * 1024);
    while faults < 100 {
        let posts = (0..40).map(|_| plant.book(Action::Receive(receive("P-1", 10))));
        for answer in futures_util::future::join_all(posts).await {
            match answer {
                Ok(_) => booked += 1,
                Err(PostError::Fault(Fault::Transient(_))) => faults += 1,
                Err(other) => panic!("after {booked} receipts: {other:?}"),
            }
        }
        assert!(booked < 100_000, "the disk never was full");
    }
    std::fs::remove_file(&filler).unwrap();
    plant.book(Action::Receive(receive("P-1", 10))).await.expect("there is space again");
    booked += 1;
    plant.ledger.close().await;
    assert_eq!(plant.value("SELECT count(*) FROM movement"), booked.to_string());
    assert_eq!(plant.value("SELECT count(*) FROM stock"), booked.to_string());
    assert_eq!(
        plant.value("SELECT max(sequence) FROM audit WHERE kind = 'movement'"),
        plant.value("SELECT count(*) FROM audit")
    );
    assert_eq!(plant.value("PRAGMA integrity_check"), "ok");
}

async fn on_a_read_only_disk(disk: &Path) {
    let clock = Arc::new(ManualClock::new(mtm_core::word::Timestamp::from_micros(1), 1));
    let options = OpenOptions { clock, ..OpenOptions::default() };
    let error = Ledger::open(&disk.join("mtm.db"), options).await.unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let error = Ledger::open(&disk.join("new.db"), options).await.unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
}
