//! Child processes that never outlive the test.
//!
//! A [`Guard`] starts its program as the leader of a process group of its own and kills the
//! whole group when dropped, also while a test panics, and with it every descendant that made a
//! group of its own. What a drop cannot cover (the test process is killed, or a server lives in
//! a `static`) the reaper does: a tiny shell process that waits on a pipe from the test process,
//! and once that closes ends every program and removes every directory it was told about.

mod family;
mod output;
mod reaper;

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::poll;
use family::Family;

pub use output::Output;
pub use reaper::remove_at_exit;

/// How long a killed family may take to vanish: the kernel needs milliseconds, a loaded machine
/// some more.
const DEATH: Duration = Duration::from_secs(5);

/// How long the end of what runs elsewhere may take: a command has to run for it.
const END: Duration = Duration::from_secs(30);

/// How long what an ended program said is waited for: whoever it started may keep its pipes open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A running program and everything it started; killed on drop.
#[derive(Debug)]
pub struct Guard {
    name: String,
    child: Child,
    group: Pid,
    family: Family,
    /// What ends the part of the program that is no descendant of it.
    end: Option<End>,
    stdout: Output,
    stderr: Output,
    ended: Option<ExitStatus>,
}

/// A command that ends something, and its number with the reaper.
#[derive(Debug)]
struct End {
    words: Vec<String>,
    number: u32,
}

impl Guard {
    /// Starts `command` in a process group of its own, with its output captured and no input.
    pub fn spawn(command: Command) -> Result<Self> {
        Self::start(command, None)
    }

    /// The same for a command that has a program run elsewhere, as in a container: `end`, a
    /// command in words, ends that program, and is harmless when there is none any more.
    pub fn spawn_ended_by(command: Command, end: Vec<String>) -> Result<Self> {
        // Before the start: from then on there may be something to end.
        let number = reaper::end(&end);
        Self::start(command, Some(End { words: end, number }))
    }

    fn start(mut command: Command, end: Option<End>) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mark = family::fresh_mark();
        let mut child = command
            .env(family::MARK, &mark)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {name}"))?;
        let group = Pid::from_child(&child);
        reaper::kill(group);
        let stdout = Output::capture(child.stdout.take());
        let stderr = Output::capture(child.stderr.take());
        let family = Family::new(group, &mark);
        Ok(Self { name, child, group, family, end, stdout, stderr, ended: None })
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
                Some(status) => {
                    // Its last words may still be on their way from the pipe.
                    for output in [&self.stdout, &self.stderr] {
                        let _ = output.first(LAST_WORDS, |_| None::<()>);
                    }
                    bail!("{} ended ({status}) before {what}", self.name)
                }
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

    /// Kills the program and all its descendants (SIGKILL) and waits until none is left.
    pub fn kill(&mut self) -> Result<()> {
        let elsewhere = self.end_elsewhere();
        self.family.kill();
        if self.ended.is_none() {
            self.ended = Some(self.child.wait()?);
        }
        // Again until nobody is left: one may have been born while the others were killed.
        poll::until("the death of its descendants", DEATH, || {
            Ok((!self.family.kill()).then_some(()))
        })
        .with_context(|| format!("failed to kill {}", self.name))?;
        reaper::forget(self.group);
        elsewhere
    }

    /// Ends what runs elsewhere and lets the program here notice, so that it can tidy up.
    fn end_elsewhere(&mut self) -> Result<()> {
        let Some(End { words, number }) = self.end.take() else { return Ok(()) };
        let Some((program, arguments)) = words.split_first() else { return Ok(()) };
        poll::until("the end of what runs elsewhere", END, || {
            // Again and again: what is just being started cannot be ended yet. What the command
            // says does not matter; whether the program here ends does.
            if self.exit_status()?.is_none() {
                let _ = Command::new(program).args(arguments).output();
            }
            self.exit_status()
        })
        .with_context(|| format!("failed to end {}", self.name))?;
        reaper::forget_end(number);
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
