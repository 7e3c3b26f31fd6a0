//! Files of a package that must not be installed.
//!
//! Installing Debian's `mariadb-server`, `mosquitto` or `nats-server` starts a server on the machine's
//! port and has it start at every boot. Some of their files are all the tests need: the package is
//! fetched and unpacked below the target directory, which needs no privileges. The libraries that its
//! programs are linked with start nothing, and are installed where that is allowed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Installer, LIMIT};
use crate::tool;

/// What is wanted of which package.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) package: &'static str,
    /// Installed from the same source: of its version, the files are sure to fit.
    pub(super) sibling: &'static str,
    /// Paths in the package. All lie in one folder, which is where the fixtures look.
    pub(super) files: &'static [&'static str],
    /// Whether they are programs that need the libraries the package names.
    pub(super) libraries: bool,
}

impl Unpacked {
    /// Whether the files are there, installed or unpacked.
    pub(super) fn is_there(&self, unpacked: &Path) -> bool {
        let below = |root: &Path| self.files.iter().all(|file| root.join(file).is_file());
        below(Path::new("/")) || below(&unpacked.join(self.package))
    }

    /// Fetches and unpacks them; yields whether that worked.
    pub(super) fn provide(&self, installer: Option<&Installer>, unpacked: &Path) -> Result<bool> {
        let work = unpacked.join("work");
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&work).with_context(|| format!("failed to make {}", work.display()))?;
        let done = self.fetch(&work)?
            && self.link(installer, &work)?
            && self.unpack(&work, &unpacked.join(self.package))?;
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

    /// Installs the libraries that the package names, where that is wanted and allowed; without the
    /// right they may be there all the same.
    fn link(&self, installer: Option<&Installer>, work: &Path) -> Result<bool> {
        let Some(installer) = installer.filter(|_| self.libraries) else { return Ok(true) };
        let mut libraries = Vec::new();
        for package in packages(work)? {
            let field =
                Command::new("dpkg-deb").arg("--field").arg(&package).arg("Depends").output();
            let named = field.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            libraries.extend(libraries_of(&named.unwrap_or_default()));
        }
        let libraries: Vec<&str> = libraries.iter().map(String::as_str).collect();
        Ok(libraries.is_empty() || installer.install(&libraries)?)
    }

    fn unpack(&self, work: &Path, to: &Path) -> Result<bool> {
        let whole = work.join("whole");
        for package in packages(work)? {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").args([&package, &whole]);
            if !tool::run_within(&mut unpack, LIMIT)?.ok {
                return Ok(false);
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

/// The packages that were fetched.
fn packages(work: &Path) -> Result<Vec<PathBuf>> {
    let mut packages = Vec::new();
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            packages.push(path);
        }
    }
    Ok(packages)
}

/// The libraries among what a package depends on: of alternatives the first.
fn libraries_of(depends: &str) -> Vec<String> {
    let names =
        depends.split(',').filter_map(|one| one.split('|').next()?.split_whitespace().next());
    names.filter(|name| name.starts_with("lib")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_told_from_what_starts_something() {
        let depends = "init-system-helpers (>= 1.52), adduser (>= 3.10), libc6 (>= 2.34), \
                       libcjson1 (>= 1.7.5), libdlt2 | libdlt3, libssl3:any (>= 3.0.0)";
        assert_eq!(libraries_of(depends), ["libc6", "libcjson1", "libdlt2", "libssl3:any"]);
        assert!(libraries_of("").is_empty());
    }
}
