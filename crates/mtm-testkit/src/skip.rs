//! Skipping out loud.
//!
//! A test that returns early looks green. So that nobody mistakes it for proof, each skip prints
//! a line, is recorded in a file the test command reads into its summary, and is a failure on
//! machines that must run everything.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Set to `1` where everything must run: a skip then fails its test.
pub const REQUIRE_ALL: &str = "MTM_REQUIRE_ALL";

/// Set to `1` to leave servers and browsers out on purpose.
pub const QUICK: &str = "MTM_QUICK";

/// Names the file skips are recorded in; without it, `mtm-skips.txt` in the target directory.
pub const RECORD: &str = "MTM_SKIPS_FILE";

/// Something a test needs from the machine: there, or not, and why.
#[derive(Debug)]
#[must_use]
pub enum Fixture<T> {
    /// It runs.
    Ready(T),
    /// The machine does not have it; the reason reads well after "SKIPPED suite:".
    Unavailable(String),
}

impl<T> Fixture<T> {
    /// The fixture, or `None` after recording that `suite` was skipped. With
    /// `MTM_REQUIRE_ALL=1` it panics instead.
    ///
    /// ```no_run
    /// # fn main() -> anyhow::Result<()> {
    /// let Some(server) = mtm_testkit::MariaDb::start()?.or_skip("store on MariaDB") else {
    ///     return Ok(());
    /// };
    /// # drop(server); Ok(())
    /// # }
    /// ```
    pub fn or_skip(self, suite: &str) -> Option<T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Unavailable(reason) => {
                skip(suite, &reason);
                None
            }
        }
    }

    /// The same fixture, wrapped or taken apart.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fixture<U> {
        match self {
            Self::Ready(value) => Fixture::Ready(change(value)),
            Self::Unavailable(reason) => Fixture::Unavailable(reason),
        }
    }
}

/// Records that the current test, part of `suite`, did not run.
#[expect(clippy::panic, reason = "failing the test is what the caller asked for")]
pub fn skip(suite: &str, reason: &str) {
    println!("SKIPPED {suite}: {reason}");
    assert!(env::var_os(REQUIRE_ALL).is_none_or(|value| value != "1"), "{suite}: {reason}");
    let test = std::thread::current().name().unwrap_or("unnamed").to_owned();
    if let Err(error) = record_file().and_then(|file| record(&file, suite, &test, reason)) {
        panic!("failed to record the skip of {suite} ({reason}): {error:#}");
    }
}

/// Whether the person asked for a run without servers and browsers.
pub fn quick() -> bool {
    env::var_os(QUICK).is_some_and(|value| value == "1")
}

/// One line per skip, tab-separated: suite, test, reason.
fn record(file: &Path, suite: &str, test: &str, reason: &str) -> Result<()> {
    let line = [suite, test, reason].map(|text| text.replace(['\t', '\n'], " ")).join("\t") + "\n";
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut handle| handle.write_all(line.as_bytes()))
        .with_context(|| format!("failed to write {}", file.display()))
}

fn record_file() -> Result<PathBuf> {
    if let Some(path) = env::var_os(RECORD) {
        return Ok(path.into());
    }
    let target = target_directory()?;
    fs::create_dir_all(&target)?;
    Ok(target.join("mtm-skips.txt"))
}

/// Cargo's target directory: it marks it, and the test binary lies somewhere below.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let binary = env::current_exe().context("failed to find the test binary")?;
    let target = binary
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").exists())
        .context("the test binary is not below a target directory")?;
    Ok(target.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_skip_is_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("skips.txt");
        record(&file, "store", "a::test", "no\nserver").unwrap();
        record(&file, "web", "b::test", "no browser").unwrap();
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            "store\ta::test\tno server\nweb\tb::test\tno browser\n"
        );
    }

    #[test]
    fn ready_passes_through() {
        assert_eq!(Fixture::Ready(7).map(|value| value + 1).or_skip("nothing"), Some(8));
    }

    #[test]
    fn the_record_lies_in_the_target_directory_by_default() {
        if env::var_os(RECORD).is_none() {
            assert!(record_file().unwrap().ends_with("mtm-skips.txt"));
        }
    }
}
