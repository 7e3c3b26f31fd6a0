//! The undertaker of a test process that ends without running its drops.
//!
//! A tiny shell process reads orders from a pipe. The kernel closes the pipe when the test
//! process is gone, whatever ended it, and only then are the orders carried out.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::Pid;

use super::family;

/// Bounded everywhere, so that it cannot outlive the processes it is there to end.
const SCRIPT: &str = r#"
mark=$1; shift
groups=
ends=0
while IFS= read -r order; do
  what=${order#* }
  case ${order%% *} in
    kill) groups="$groups $what" ;;
    forget)
      kept=
      for group in $groups; do [ "$group" = "$what" ] || kept="$kept $group"; done
      groups=$kept ;;
    end) ends=${what%% *}; eval "end_$ends=\${what#* }" ;;
    unend) eval "end_$what=" ;;
    remove) set -- "$@" "$what" ;;
  esac
done
while [ "$ends" -gt 0 ]; do
  eval "what=\$end_$ends"
  [ -z "$what" ] || eval "timeout 15 $what"
  ends=$((ends - 1))
done
for group in $groups; do kill -s KILL -- "-$group"; done
# What made a group of its own is known by the mark in its environment.
tries=50
while [ $tries -gt 0 ]; do
  marked=$(grep -lsF -- "$mark" /proc/[0-9]*/environ)
  [ -n "$marked" ] || break
  for file in $marked; do file=${file#/proc/}; kill -s KILL "${file%/environ}"; done
  sleep 0.1
  tries=$((tries - 1))
done
# A dying server may still make a file while its directory goes: try again.
tries=50
until [ $# -eq 0 ] || rm -rf -- "$@" || [ $tries -eq 0 ]; do sleep 0.1; tries=$((tries - 1)); done
"#;

/// Has the group killed when the test process ends.
pub(super) fn kill(group: Pid) {
    order(&format!("kill {group}"));
}

/// Takes a [`kill`] back: the group is gone, and its number may soon be somebody else's.
pub(super) fn forget(group: Pid) {
    order(&format!("forget {group}"));
}

/// Has a command run when the test process ends, before anything is killed; yields its number.
pub(super) fn end(words: &[String]) -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    // One order after the other: the script takes the last number for the highest.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let quoted: Vec<String> =
        words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    order(&format!("end {number} {}", quoted.join(" ")));
    number
}

/// Takes an [`end`] back: there is nothing left to end.
pub(super) fn forget_end(number: u32) {
    order(&format!("unend {number}"));
}

/// Has `directory` removed when the test process ends, however it ends.
pub fn remove_at_exit(directory: &Path) {
    order(&format!("remove {}", directory.display()));
}

/// Gives an order; starts the reaper with the first one.
fn order(order: &str) {
    static PIPE: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();
    let pipe = PIPE.get_or_init(|| {
        let child = Command::new("sh")
            .args(["-c", SCRIPT, "mtm-testkit-reaper", &family::mark_of_this_process()])
            // Not one of the marked itself, also where this test runs inside another's guard.
            .env_remove(family::MARK)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to the test's own group must not take its undertaker along.
            .process_group(0)
            .spawn();
        child.ok().and_then(|mut child| child.stdin.take()).map(Mutex::new)
    });
    let sent = pipe.as_ref().map(|pipe| {
        let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.write_all(format!("{order}\n").as_bytes())
    });
    if !matches!(sent, Some(Ok(()))) {
        eprintln!("no reaper: a killed test process would leave its servers behind");
    }
}
