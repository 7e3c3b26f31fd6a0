//! Where and on what a proof ran. What a system does not tell is `unknown`, not guessed.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};

/// The machine as far as it decides what a result is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Cores this process may use.
    pub(crate) cores: usize,
    /// The processor as it names itself.
    pub(crate) cpu: String,
    /// Kernel and version.
    pub(crate) kernel: String,
    /// What the temporary directory lies on: the tests' ledgers are there.
    pub(crate) file_system: String,
    /// Processes that wanted a core, on average over 1, 5 and 15 minutes.
    pub(crate) load: String,
}

impl Machine {
    /// This machine now.
    pub(crate) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let temporary = env::temp_dir().canonicalize().unwrap_or_else(|_| env::temp_dir());
        let known = |found: Option<String>| found.unwrap_or_else(|| "unknown".to_owned());
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            cpu: known(cpu(&read("/proc/cpuinfo"))),
            kernel: known(said(Command::new("uname").arg("-srm")).map(|text| kernel(&text))),
            file_system: known(file_system(&read("/proc/self/mounts"), &temporary)),
            load: known(load(&read("/proc/loadavg"))),
        }
    }
}

/// The commit that is checked out, and whether anything but the evidence differs from it.
pub(crate) fn commit(root: &Path) -> Result<String> {
    let git = |arguments: &[&str]| {
        said(Command::new("git").current_dir(root).args(arguments)).with_context(|| {
            format!("`git {}` failed; evidence names a commit", arguments.join(" "))
        })
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--", ".", ":(exclude)docs/evidence"])?;
    Ok(described(&commit, &changes))
}

fn described(commit: &str, changes: &str) -> String {
    let short = &commit[..commit.len().min(12)];
    let changed = if changes.is_empty() { "" } else { " with uncommitted changes" };
    format!("`{short}`{changed}")
}

/// What a command that succeeded said.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Name, version and instruction set; what a distribution adds to the version says nothing here.
fn kernel(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match word.split_once('-') {
        Some((version, _)) => version,
        None => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The first processor named in Linux's `cpuinfo`.
fn cpu(text: &str) -> Option<String> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields
        .filter(|(name, _)| name.trim() == "model name")
        .map(|(_, value)| value.trim().to_owned())
        .next()
}

/// The type of the file system that `path` lies on: of the mounts above it the deepest, and of
/// those at one place the last, which hides the others.
fn file_system(mounts: &str, path: &Path) -> Option<String> {
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((Path::new(fields.next()?), fields.next()?))
        })
        .filter(|(place, _)| path.starts_with(place))
        .max_by_key(|(place, _)| place.components().count())
        .map(|(_, kind)| kind.to_owned())
}

fn load(text: &str) -> Option<String> {
    let numbers: Vec<&str> = text.split_whitespace().take(3).collect();
    (numbers.len() == 3).then(|| numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mount_names_the_file_system() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
                      proc /proc proc rw 0 0\n\
                      tmpfs /tmp tmpfs rw 0 0\n\
                      /dev/vdb /tmp xfs rw 0 0\n";
        let on = |path: &str| file_system(mounts, Path::new(path));
        assert_eq!(on("/tmp/a").as_deref(), Some("xfs"));
        assert_eq!(on("/tmpfile").as_deref(), Some("ext4"));
        assert_eq!(file_system("", Path::new("/tmp")), None);
    }

    #[test]
    fn processor_and_load_are_read_or_unknown() {
        let text = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Quick 9000\nmodel name\t: Other\n";
        assert_eq!(cpu(text).as_deref(), Some("Quick 9000"));
        assert_eq!(cpu(""), None);
        assert_eq!(load("3.86 2.62 1.43 2/310 4711\n").as_deref(), Some("3.86, 2.62, 1.43"));
        assert_eq!(load(""), None);
        assert_eq!(kernel("Linux 6.18.44-cloud-amd64 x86_64"), "Linux 6.18.44 x86_64");
    }

    #[test]
    fn changes_beside_the_commit_are_told() {
        let commit = "66173de0123456789abcdef";
        assert_eq!(described(commit, ""), "`66173de01234`");
        assert_eq!(described(commit, " M a"), "`66173de01234` with uncommitted changes");
    }
}
