//! Child processes that never outlive the test.
//!
//! A [`Guard`] starts its program as the leader of a process group of its own and kills the
//! whole group when dropped, also while a test panics. What a drop cannot cover (the test
//! process is killed, or a server lives in a `static`) the reaper does: a tiny shell process that
//! waits on a pipe from the test process, and once that closes kills every group and removes
//! every directory it was told about.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

use crate::poll;

/// How long a killed group may take to vanish: the kernel needs milliseconds, a loaded machine
/// some more.
const DEATH: Duration = Duration::from_secs(5);

/// A running program and everything it started; killed on drop.
#[derive(Debug)]
pub struct Guard {
    name: String,
    child: Child,
    group: Pid,
    stdout: Output,
    stderr: Output,
    ended: Option<ExitStatus>,
}

impl Guard {
    /// Starts `command` in a process group of its own, with its output captured and no input.
    pub fn spawn(mut command: Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {name}"))?;
        let group = Pid::from_child(&child);
        reaper(&format!("kill {group}"));
        let stdout = Output::capture(child.stdout.take());
        let stderr = Output::capture(child.stderr.take());
        Ok(Self { name, child, group, stdout, stderr, ended: None })
    }

    /// Process number of the program.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the program has written to its standard output so far.
    pub fn stdout(&self) -> &Output {
        &self.stdout
    }

    /// What the program has written to its standard error so far.
    pub fn stderr(&self) -> &Output {
        &self.stderr
    }

    /// How the program ended, or `None` while it runs.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait()?;
        }
        Ok(self.ended)
    }

    /// Looks at `condition` until it yields a value. Fails with the program's last words when it
    /// ends before that, or when `deadline` passes.
    pub fn wait_until<T>(
        &mut self,
        what: &str,
        deadline: Duration,
        mut condition: impl FnMut(&Self) -> Result<Option<T>>,
    ) -> Result<T> {
        poll::until(what, deadline, || {
            if let Some(value) = condition(self)? {
                return Ok(Some(value));
            }
            match self.exit_status()? {
                Some(status) => bail!("{} ended ({status}) before {what}", self.name),
                None => Ok(None),
            }
        })
        .with_context(|| self.last_words())
    }

    /// Asks the program to end (SIGTERM) and waits for it.
    pub fn terminate(&mut self, deadline: Duration) -> Result<ExitStatus> {
        if self.exit_status()?.is_none() {
            kill_process(self.group, Signal::TERM)
                .with_context(|| format!("failed to signal {}", self.name))?;
        }
        let status = poll::until("the end after SIGTERM", deadline, || self.exit_status())
            .with_context(|| self.last_words())?;
        self.kill()?;
        Ok(status)
    }

    /// Kills the whole group (SIGKILL) and waits until nothing of it is left.
    pub fn kill(&mut self) -> Result<()> {
        // An error means that the group is gone already.
        let _ = kill_process_group(self.group, Signal::KILL);
        if self.ended.is_none() {
            self.ended = Some(self.child.wait()?);
        }
        let gone = || Ok((!is_alive(self.group)).then_some(()));
        poll::until("the death of the process group", DEATH, gone)
            .with_context(|| format!("failed to kill {}", self.name))?;
        reaper(&format!("forget {}", self.group));
        Ok(())
    }

    fn last_words(&self) -> String {
        let tail = |output: &Output| {
            let lines = output.lines();
            lines[lines.len().saturating_sub(20)..].join("\n")
        };
        let (stdout, stderr) = (tail(&self.stdout), tail(&self.stderr));
        format!("{} said last:\n{stdout}\n{stderr}", self.name)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("{error:#}");
        }
    }
}

/// Whether anything of the group still runs. Dead members that nobody has collected yet do not
/// count: containers often have a first process that never does.
fn is_alive(group: Pid) -> bool {
    if test_kill_process_group(group).is_err() {
        return false;
    }
    let Ok(processes) = fs::read_dir("/proc") else {
        return true;
    };
    let stats =
        processes.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats.into_iter().any(|stat| {
        // After the parenthesised name: state, parent, group.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let dead = matches!(fields.next(), Some("Z" | "X"));
        let member = fields.nth(1).and_then(|field| field.parse().ok());
        !dead && member == Some(group.as_raw_nonzero().get())
    })
}

/// The lines a program wrote, growing while it runs.
#[derive(Debug, Clone)]
pub struct Output(Arc<Captured>);

#[derive(Debug, Default)]
struct Captured {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    closed: bool,
}

impl Output {
    fn capture(stream: Option<impl Read + Send + 'static>) -> Self {
        let output = Self(Arc::default());
        let captured = Arc::clone(&output.0);
        thread::spawn(move || {
            if let Some(stream) = stream {
                for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                    captured.lock().lines.push(line);
                    captured.grown.notify_all();
                }
            }
            captured.lock().closed = true;
            captured.grown.notify_all();
        });
        output
    }

    /// Every line so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().lines.clone()
    }

    /// Waits for the first line that `pick` accepts and yields what it made of it; `None` when
    /// the stream closes or `deadline` passes before.
    pub fn first<T>(
        &self,
        deadline: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Option<T> {
        let give_up = Instant::now() + deadline;
        let mut seen = 0;
        let mut state = self.0.lock();
        loop {
            if let Some(value) = state.lines[seen..].iter().find_map(|line| pick(line)) {
                return Some(value);
            }
            seen = state.lines.len();
            let left = give_up.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return None;
            }
            let waited = self.0.grown.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Captured {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has `directory` removed when the test process ends, however it ends.
pub fn remove_at_exit(directory: &Path) {
    reaper(&format!("remove {}", directory.display()));
}

/// Reads orders until the test process is gone, then carries them out. Bounded everywhere, so
/// that it cannot outlive the processes it is there to end.
const REAPER: &str = r#"
groups=
while IFS=' ' read -r verb what; do
  case $verb in
    kill) groups="$groups $what" ;;
    forget)
      kept=
      for group in $groups; do [ "$group" = "$what" ] || kept="$kept $group"; done
      groups=$kept ;;
    remove) set -- "$@" "$what" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
# A dying server may still make a file while its directory goes: try again.
tries=50
until [ $# -eq 0 ] || rm -rf -- "$@" || [ $tries -eq 0 ]; do sleep 0.1; tries=$((tries - 1)); done
"#;

/// Gives the reaper an order; starts it with the first one.
fn reaper(order: &str) {
    static PIPE: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();
    let pipe = PIPE.get_or_init(|| {
        let child = Command::new("sh")
            .args(["-c", REAPER, "mtm-testkit-reaper"])
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
