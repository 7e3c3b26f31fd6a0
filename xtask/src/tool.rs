//! Running the tools: each bounded in time, each with its command line shown.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::test::Extent;

/// No single step of a healthy run comes near it; a hang must not look like work.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// What the steps share.
#[derive(Debug)]
pub(crate) struct Tools {
    root: PathBuf,
    target: PathBuf,
    skips: PathBuf,
    extent: Extent,
}

/// How a tool ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ok: bool,
    pub(crate) output: String,
}

impl Tools {
    pub(crate) fn new(root: &Path, extent: Extent) -> Result<Self> {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let target = root.join(target);
        fs::create_dir_all(&target)?;
        let skips = target.join("mtm-skips.txt");
        match fs::remove_file(&skips) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("failed to remove the last run's skips")
            }
            _ => Ok(Self { root: root.to_path_buf(), target, skips, extent }),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where everything that is built goes.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    pub(crate) fn extent(&self) -> Extent {
        self.extent
    }

    /// What the tests recorded as skipped so far, one line each.
    pub(crate) fn recorded_skips(&self) -> Result<String> {
        match fs::read_to_string(&self.skips) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            read => Ok(read.unwrap_or_default()),
        }
    }

    /// Cargo, with the environment every step shares: a change of it between steps would build
    /// everything twice.
    pub(crate) fn cargo(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("MTM_SKIPS_FILE", &self.skips)
            // A default build needs rustc and a C compiler, nothing that must be found.
            .env("PKG_CONFIG", "/bin/false");
        if self.extent == Extent::Quick {
            command.env("MTM_QUICK", "1");
        }
        // Cargo's own variables of the `cargo xtask` run are not ours to hand on: a build script that
        // looks at one of them (ring's does) would have everything built anew.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Whether `cargo NAME` exists.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut command = self.cargo(&[name, "--version"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

/// Runs a command to its end with its output shown as it comes, and kept.
pub(crate) fn run(command: &mut Command) -> Result<Ran> {
    run_within(command, LIMIT)
}

/// The same, with a bound of its own.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<Ran> {
    match try_within(command, limit)? {
        Some(ran) => Ok(ran),
        None => bail!("`{}` was killed after {} minutes", show(command), limit.as_secs() / 60),
    }
}

/// The same, where running out of time is an answer: `None`, and the command was killed.
pub(crate) fn try_within(command: &mut Command, limit: Duration) -> Result<Option<Ran>> {
    let shown = show(command);
    println!("$ {shown}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start {shown}"))?;
    let kept = Arc::new(Mutex::new(String::new()));
    let readers = [
        child.stdout.take().map(|stream| tee(stream, std::io::stdout(), &kept)),
        child.stderr.take().map(|stream| tee(stream, std::io::stderr(), &kept)),
    ];
    let ended = wait(&mut child, limit)?;
    if ended {
        for reader in readers.into_iter().flatten() {
            let _ = reader.join();
        }
    }
    let status = child.wait()?;
    if !ended {
        return Ok(None);
    }
    let output = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Some(Ran { ok: status.success(), output }))
}

/// Waits for the end, or kills after `limit` and tells so with `false`.
fn wait(child: &mut Child, limit: Duration) -> Result<bool> {
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > limit {
            child.kill()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(true)
}

fn tee(
    stream: impl Read + Send + 'static,
    mut shown: impl Write + Send + 'static,
    kept: &Arc<Mutex<String>>,
) -> thread::JoinHandle<()> {
    let kept = Arc::clone(kept);
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned() + "\n";
            // A closed terminal does not change the result.
            let _ = shown.write_all(line.as_bytes());
            kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line);
        }
    })
}

/// The command line as a person would type it, without the environment.
fn show(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_kept_and_the_status_told() {
        let ran = run(Command::new("sh").args(["-c", "echo one; echo two >&2"])).unwrap();
        assert!(ran.ok && ran.output.contains("one\n") && ran.output.contains("two\n"));
        assert!(!run(Command::new("sh").args(["-c", "exit 3"])).unwrap().ok);
        assert!(run(&mut Command::new("no-such-program")).is_err());
    }

    #[test]
    fn a_hang_is_ended_and_told() {
        let mut hang = Command::new("sleep");
        let error = run_within(hang.arg("1000"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("was killed"), "{error}");
    }
}
