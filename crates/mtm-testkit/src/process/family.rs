//! Who belongs to a guarded program.
//!
//! Its process group, and whoever left it: a server may start helpers in groups of their own, so
//! that it can end them by one signal. Children inherit the environment, so each guard gives its
//! program a mark there, and `/proc` tells who carries it. Only a program that overwrites its own
//! environment gets lost, and those stay in their group.

use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

/// The variable that carries the mark.
pub(super) const MARK: &str = "MTM_TESTKIT_MARK";

/// A program's descendants, wherever they moved.
#[derive(Debug, Clone)]
pub(super) struct Family {
    group: Pid,
    /// `NAME=value` as it stands in an environment.
    mark: String,
}

/// A value for [`MARK`] no other guard has.
pub(super) fn fresh_mark() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    format!("{}{}.", run(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// How the marks of all guards of this process begin, as it stands in an environment.
pub(super) fn mark_of_this_process() -> String {
    format!("{MARK}={}", run())
}

/// Tells this test process from every other, also from one that had its number before.
fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{}-{}.", std::process::id(), now.as_nanos())
    })
}

impl Family {
    pub(super) fn new(group: Pid, mark: &str) -> Self {
        Self { group, mark: format!("{MARK}={mark}") }
    }

    /// Kills whoever is there now (SIGKILL); yields whether anybody was.
    pub(super) fn kill(&self) -> bool {
        // Errors mean that somebody is gone already.
        let _ = kill_process_group(self.group, Signal::KILL);
        let Some(members) = self.members() else {
            return test_kill_process_group(self.group).is_ok();
        };
        for member in &members {
            let _ = kill_process(*member, Signal::KILL);
        }
        !members.is_empty()
    }

    /// The living; `None` where `/proc` does not tell. Dead members that nobody has collected
    /// yet do not count: containers often have a first process that never does.
    fn members(&self) -> Option<Vec<Pid>> {
        let entries = fs::read_dir("/proc").ok()?;
        let processes = entries.filter_map(|entry| {
            let number = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Pid::from_raw(number)
        });
        Some(processes.filter(|process| self.holds(*process)).collect())
    }

    fn holds(&self, process: Pid) -> bool {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the parenthesised name: state, parent, group.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        if matches!(fields.next(), None | Some("Z" | "X")) {
            return false;
        }
        let group = fields.nth(1).and_then(|field| field.parse().ok());
        if group == Some(self.group.as_raw_nonzero().get()) {
            return true;
        }
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == self.mark.as_bytes())
    }
}
