//! Nothing the run started may outlive it.
//!
//! On Linux this process adopts every orphan among its descendants, however far it detached
//! itself. At the end it gives them a moment to go, and whatever is still there is a failure,
//! named and killed. Elsewhere the step is skipped and says so.

#[cfg(target_os = "linux")]
pub(crate) use linux::{adopt_orphans, check};

#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt_orphans() {}

#[cfg(not(target_os = "linux"))]
pub(crate) fn check() -> anyhow::Result<super::summary::Outcome> {
    let why = "only Linux lets a process adopt the orphans of its children".to_owned();
    Ok(super::summary::Outcome::Skipped(why))
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::thread;
    use std::time::{Duration, Instant};

    use anyhow::{Context, Result};
    use rustix::process::{
        Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait,
    };

    use super::super::summary::Outcome;

    /// The fixtures' reaper works after its test process; it needs well under a second.
    const PATIENCE: Duration = Duration::from_secs(15);

    /// Daemons a compiler wrapper starts on purpose, to serve later builds.
    const EXEMPT: [&str; 1] = ["sccache"];

    /// Makes this process the parent of every orphan among its descendants.
    pub(crate) fn adopt_orphans() {
        if let Err(error) = set_child_subreaper(Some(getpid())) {
            eprintln!("orphans cannot be adopted, leftovers may go unseen: {error}");
        }
    }

    /// Fails when something the run started is still there.
    pub(crate) fn check() -> Result<Outcome> {
        let started = Instant::now();
        loop {
            collect_dead();
            let left = descendants(getpid())?;
            if left.is_empty() {
                return Ok(Outcome::passed());
            }
            if started.elapsed() > PATIENCE {
                for process in &left {
                    println!("left behind: {} {}", process.pid, process.command);
                    if let Some(pid) = Pid::from_raw(process.pid) {
                        // An error means that it has just gone by itself.
                        let _ = kill_process(pid, Signal::KILL);
                    }
                }
                return Ok(Outcome::failed(format!("{} processes were left behind", left.len())));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Takes note of adopted processes that have ended. Only safe when no command of ours runs.
    fn collect_dead() {
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
    }

    /// A living process.
    #[derive(Debug)]
    struct Process {
        pid: i32,
        parent: i32,
        command: String,
    }

    fn descendants(of: Pid) -> Result<Vec<Process>> {
        let mut others = processes()?;
        let mut family = vec![of.as_raw_nonzero().get()];
        let mut found = Vec::new();
        loop {
            let (children, rest): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|process| family.contains(&process.parent));
            if children.is_empty() {
                found.retain(|process: &Process| {
                    !EXEMPT.iter().any(|name| process.command.contains(name))
                });
                return Ok(found);
            }
            family.extend(children.iter().map(|process| process.pid));
            found.extend(children);
            others = rest;
        }
    }

    fn processes() -> Result<Vec<Process>> {
        let entries = fs::read_dir("/proc").context("failed to read /proc")?;
        Ok(entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(process)
            .collect())
    }

    /// What `/proc` says about a process; `None` for one that is gone or dead.
    fn process(pid: i32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold any; behind the last: state, parent.
        let mut fields = stat.rsplit(')').next()?.split_whitespace();
        if matches!(fields.next()?, "Z" | "X") {
            return None;
        }
        let parent = fields.next()?.parse().ok()?;
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        Some(Process { pid, parent, command: command.replace('\0', " ").trim().to_owned() })
    }

    #[cfg(test)]
    mod tests {
        use std::process::Command;

        use super::*;

        #[test]
        fn a_childs_child_is_a_descendant_and_the_dead_are_not() {
            let mut child =
                Command::new("sh").args(["-c", "sleep 1000 & wait"]).spawn().expect("sh starts");
            let started = Instant::now();
            let family = loop {
                let family = descendants(getpid()).expect("/proc is there");
                if family.iter().any(|process| process.command == "sleep 1000") {
                    break family;
                }
                assert!(started.elapsed() < Duration::from_secs(60), "{family:?}");
                thread::yield_now();
            };
            assert!(family.iter().any(|process| process.pid.cast_unsigned() == child.id()));
            for process in &family {
                if process.command.contains("sleep 1000") {
                    let pid = Pid::from_raw(process.pid).expect("a process number");
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
            child.wait().expect("the child was not waited for before");
            let left = descendants(getpid()).expect("/proc is there");
            assert!(!left.iter().any(|process| process.pid.cast_unsigned() == child.id()));
        }
    }
}
