//! Disks that are read-only or full. They are real: tiny memory file systems in a mount namespace
//! of their own; where the machine refuses those, the tests skip loudly.

use std::process::Command;

use mtm_testkit::skip::skip;

use crate::support::{PROGRAM, Run};

/// Runs a shell script with a memory file system at `$DISK`; `None` where the machine refuses.
fn on_disk(size: &str, script: &str) -> Option<Run> {
    let temp = tempfile::tempdir().unwrap();
    let stage = format!("mount -t tmpfs -o size={size} none \"$DISK\" || exit 99\n{script}");
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &stage])
        .env("DISK", temp.path())
        .env("MTM", PROGRAM)
        .output();
    match output {
        Ok(output) if output.status.code() == Some(99) || output.stdout.is_empty() => {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            skip("mtm: failing disks", &format!("the machine refuses it: {why}"));
            None
        }
        Ok(output) => Some(Run::of(output)),
        Err(error) => {
            skip("mtm: failing disks", &format!("no unshare: {error}"));
            None
        }
    }
}

#[test]
fn a_read_only_disk_is_told_at_the_start() {
    let script = "
        \"$MTM\" generate --quiet --into \"$DISK/plant\" >/dev/null || exit 98
        mount -o remount,ro \"$DISK\" || exit 99
        echo staged
        \"$MTM\" serve --json --listen 127.0.0.1:0 --data-dir \"$DISK/plant\"";
    let Some(run) = on_disk("16m", script) else { return };
    let failure = run.failure(1);
    assert_eq!(failure["code"], "file_read_only", "{failure}");
    assert!(failure["next_step"].as_str().unwrap().contains("writable disk"), "{failure}");
}

#[test]
fn a_full_disk_refuses_a_booking_and_loses_nothing() {
    // The booking finds no room; with the room back, the same key books it once.
    let script = "
        run() { \"$MTM\" \"$@\" --json --data-dir \"$DISK/plant\"; }
        book() {
            run in --part FULL-1 --operation N/A --location FULL --quantity 7 --key full
        }
        run generate --quiet --into \"$DISK/plant\" >/dev/null || exit 98
        printf 'code\\nFULL-1\\n' > \"$DISK/parts.csv\"
        printf 'code\\nFULL\\n' > \"$DISK/locations.csv\"
        run import \"$DISK/parts.csv\" --kind parts >/dev/null || exit 97
        run import \"$DISK/locations.csv\" --kind locations >/dev/null || exit 97
        dd if=/dev/zero of=\"$DISK/ballast\" bs=4k 2>/dev/null
        book >/dev/null 2>&1; echo \"full: $?\"
        rm \"$DISK/ballast\"
        run verify >/dev/null; echo \"verify: $?\"
        book >/dev/null; echo \"again: $?\"
        book | grep -c '\"replayed\": true'
        run stock --part FULL-1 --group-by part | grep quantity";
    let Some(run) = on_disk("16m", script) else { return };
    let lines: Vec<&str> = run.stdout.lines().map(str::trim).collect();
    assert_eq!(lines[0], "full: 6", "{}{}", run.stdout, run.stderr);
    assert_eq!(lines[1..], ["verify: 0", "again: 0", "1", "\"quantity\": 7,"], "{}", run.stderr);
}
