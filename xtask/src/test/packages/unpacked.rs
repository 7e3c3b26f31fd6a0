//! Files of a package that must not be installed.
//!
//! Installing Debian's `mariadb-server` starts a server on the machine's port and has it start
//! at every boot. Its scripts for sending a cluster node's state are all the tests need: the
//! package is fetched and unpacked below the target directory, which needs no privileges.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::LIMIT;
use crate::tool;

/// What is wanted of which package.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) package: &'static str,
    /// Installed from the same source: of its version, the files are sure to fit.
    pub(super) sibling: &'static str,
    /// Paths in the package. All lie in one folder, which is where the fixtures look.
    pub(super) files: &'static [&'static str],
}

impl Unpacked {
    /// Whether the files are there, installed or unpacked.
    pub(super) fn is_there(&self, unpacked: &Path) -> bool {
        let below = |root: &Path| self.files.iter().all(|file| root.join(file).is_file());
        below(Path::new("/")) || below(&unpacked.join(self.package))
    }

    /// Fetches and unpacks them; yields whether that worked.
    pub(super) fn provide(&self, unpacked: &Path) -> Result<bool> {
        let work = unpacked.join("work");
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&work).with_context(|| format!("failed to make {}", work.display()))?;
        let done = self.fetch(&work)? && self.unpack(&work, &unpacked.join(self.package))?;
        fs::remove_dir_all(&work)?;
        Ok(done)
    }

    fn fetch(&self, work: &Path) -> Result<bool> {
        let version = Command::new("dpkg-query")
            .args(["--show", "--showformat=${Version}", self.sibling])
            .output()
            .ok()
            .filter(|output| output.status.success())
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let same = version.map(|version| format!("{}={version}", self.package));
        // A mirror keeps only the newest version; its scripts serve an older server as well.
        for package in same.iter().map(String::as_str).chain([self.package]) {
            let mut download = Command::new("apt-get");
            download.args(["download", package]).current_dir(work);
            if tool::run_within(&mut download, LIMIT)?.ok {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn unpack(&self, work: &Path, to: &Path) -> Result<bool> {
        let whole = work.join("whole");
        for entry in fs::read_dir(work)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "deb") {
                let mut unpack = Command::new("dpkg-deb");
                unpack.arg("--extract").args([&path, &whole]);
                if !tool::run_within(&mut unpack, LIMIT)?.ok {
                    return Ok(false);
                }
            }
        }
        for file in self.files {
            let target = to.join(file);
            fs::create_dir_all(target.parent().unwrap_or(to))?;
            fs::rename(whole.join(file), &target)
                .with_context(|| format!("{} holds no {file}", self.package))?;
        }
        Ok(true)
    }
}
