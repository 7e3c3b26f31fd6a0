//! cargo-deny for the two steps about dependencies: the one that is installed, or one built into
//! the target directory, where a clean removes it and nothing of the person's is touched.
//!
//! It is built once for a target directory, without what makes a program fast, and within a
//! bound: a machine without a way to the registry, or too slow, skips the steps and says why. A
//! build that ran out of time goes on in the next run from where it was.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use super::Extent;
use super::summary::Outcome;
use crate::tool::{self, Tools};

/// Its messages are read below, so its version is chosen here and not by the day of the run.
const VERSION: &str = "0.20.2";

/// Building takes two minutes on two free cores; the whole run has to end within 35.
const BUILDING: Duration = Duration::from_secs(6 * 60);

/// The list of faults is a few megabytes; whoever cannot have it by then cannot have it.
const FETCHING: Duration = Duration::from_secs(3 * 60);

/// What it says where the list of known faults is out of reach.
const UNREACHED: &str = "failed to fetch advisory database";

/// Licences, banned packages and sources of the dependencies are in order.
pub(crate) fn dependencies(tools: &Tools) -> Result<Outcome> {
    let deny = match Deny::provide(tools)? {
        Ok(deny) => deny,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let checks = ["deny", "--workspace", "check", "bans", "licenses", "sources"];
    Ok(Outcome::of(tool::run(&mut deny.cargo(&checks))?.ok))
}

/// No dependency has a known fault. The list of faults comes over the network; a machine that
/// cannot reach it skips, and says so.
pub(crate) fn advisories(tools: &Tools) -> Result<Outcome> {
    let deny = Deny { tools };
    if !deny.is_there() {
        return Ok(Outcome::Skipped("no cargo-deny, see dependencies".to_owned()));
    }
    let mut command = deny.cargo(&["deny", "--workspace", "check", "advisories"]);
    // Git would wait for a silent server for ever, or for a password.
    command.envs([
        ("GIT_HTTP_LOW_SPEED_LIMIT", "1000"),
        ("GIT_HTTP_LOW_SPEED_TIME", "30"),
        ("GIT_TERMINAL_PROMPT", "0"),
    ]);
    Ok(match tool::try_within(&mut command, FETCHING)? {
        Some(ran) => judge(ran.ok, &ran.output),
        None => Outcome::Skipped("the advisory database did not come in time".to_owned()),
    })
}

fn judge(ok: bool, output: &str) -> Outcome {
    if !ok && output.contains(UNREACHED) {
        let why = "the advisory database cannot be reached from this machine";
        return Outcome::Skipped(why.to_owned());
    }
    Outcome::of(ok)
}

struct Deny<'t> {
    tools: &'t Tools,
}

impl<'t> Deny<'t> {
    /// Finds it, or builds it, or says why there is none.
    fn provide(tools: &'t Tools) -> Result<Result<Self, String>> {
        let deny = Self { tools };
        if deny.is_there() {
            return Ok(Ok(deny));
        }
        if tools.extent() == Extent::Quick {
            return Ok(Err("quick run: no cargo-deny here, and building it takes minutes".into()));
        }
        println!("building cargo-deny {VERSION}, once for this target directory");
        let built = tool::try_within(&mut deny.build(), BUILDING)?;
        Ok(match built {
            Some(ran) if ran.ok && deny.is_there() => {
                // Only the program is wanted; what is left of building it is a gigabyte.
                let _ = fs::remove_dir_all(deny.directory().join("build"));
                Ok(deny)
            }
            Some(ran) => Err(format!("cargo-deny could not be built: {}", reason(&ran.output))),
            None => Err(format!(
                "cargo-deny was not built within {} minutes; the next run goes on with it",
                BUILDING.as_secs() / 60
            )),
        })
    }

    fn is_there(&self) -> bool {
        let mut command = self.cargo(&["deny", "--version"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Cargo, finding an installed cargo-deny first and ours last.
    fn cargo(&self, arguments: &[&str]) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let all = env::split_paths(&path).chain([self.directory().join("bin")]);
        let mut command = self.tools.cargo(arguments);
        command.env("PATH", env::join_paths(all).unwrap_or(path));
        command
    }

    fn build(&self) -> Command {
        let directory = self.directory();
        let mut command = self.tools.cargo(&["install", "--locked", "--debug", "--root"]);
        command.arg(&directory).arg("--target-dir").arg(directory.join("build"));
        command.arg(format!("cargo-deny@{VERSION}"));
        command.envs([
            // Some speed: it compares every licence text.
            ("CARGO_PROFILE_DEV_OPT_LEVEL", "1"),
            ("CARGO_PROFILE_DEV_DEBUG", "false"),
            ("CARGO_INCREMENTAL", "0"),
            ("CARGO_NET_RETRY", "1"),
            ("CARGO_HTTP_TIMEOUT", "20"),
        ]);
        command
    }

    fn directory(&self) -> PathBuf {
        self.tools.target().join("tools").join(format!("cargo-deny-{VERSION}"))
    }
}

/// The deepest cause that cargo names, or its first error.
fn reason(output: &str) -> String {
    let cause = output.lines().skip_while(|line| line.trim() != "Caused by:").last();
    let error = output.lines().find_map(|line| line.strip_prefix("error: "));
    cause.or(error).unwrap_or("see its output above").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advisory_database_out_of_reach_is_a_skip_and_a_fault_a_failure() {
        let unreached = "2026-11-28 17:30:00 [ERROR] failed to load advisory database: failed to \
                         fetch advisory database https://example.org/db with cli: failed to clone";
        assert!(matches!(judge(false, unreached), Outcome::Skipped(_)));
        assert!(matches!(judge(false, "error[vulnerability]: …"), Outcome::Failed(..)));
        assert!(matches!(judge(true, "advisories ok"), Outcome::Passed(_)));
    }

    #[test]
    fn why_it_could_not_be_built_is_the_deepest_cause() {
        let output = "    Updating index\n\
                      error: failed to download from the registry\n\n\
                      Caused by:\n  download failed\n\n\
                      Caused by:\n  [6] Could not resolve hostname\n";
        assert_eq!(reason(output), "[6] Could not resolve hostname");
        assert_eq!(reason("error: could not compile `x`\n"), "could not compile `x`");
        assert_eq!(reason(""), "see its output above");
    }
}
