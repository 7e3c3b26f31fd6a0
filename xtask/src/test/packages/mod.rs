//! Programs the tests run against, installed where this is allowed and else named as missing.
//!
//! Debian's packages, only as root or with a sudo that asks nothing, and some of Node's and Python's, which
//! need no rights; only what is missing.
//! The core packages bring the programs without a service that would start by itself; what
//! exists only in a package with such a service is unpacked without being installed.

mod needs;
mod node;
mod python;
mod unpacked;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use super::summary::Outcome;
use crate::tool;
use needs::{NEEDS, ODBC_HEADERS};
use node::NodePackage;
use python::PythonPackage;
use unpacked::Unpacked;

/// Something the tests need from the machine.
struct Need {
    what: &'static str,
    /// Without these, `suites` are skipped.
    programs: &'static [&'static str],
    /// Without one of these, too; empty where programs are all.
    libraries: &'static [&'static str],
    /// Without one of these nothing can be built that is linked with them; empty where nothing is.
    headers: &'static [&'static str],
    packages: &'static [&'static str],
    unpacked: Option<Unpacked>,
    /// Installed by Node's own tool, below `target`.
    node: Option<NodePackage>,
    /// Installed by Python's own tool, below `target`.
    python: Option<PythonPackage>,
    suites: &'static str,
}

/// Whether the program that reads an ERP can be built here.
pub(crate) fn has_odbc() -> bool {
    ODBC_HEADERS.iter().any(|path| Path::new(path).exists())
}

/// A slow mirror is given up, not waited for.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Installs what is missing, and names what still is afterwards. Unpacks into a folder of
/// `target`, where the fixtures look.
pub(crate) fn provide(target: &Path) -> Result<Outcome> {
    let unpacked = target.join("unpacked");
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_met(&unpacked)).collect();
    if missing.is_empty() {
        println!("nothing to install");
        return Ok(Outcome::passed());
    }
    let installer = installer();
    for need in &missing {
        println!("providing {}", need.what);
        // Each on its own: one that is not to be had must not cost the other.
        need.provide(installer.as_ref(), &unpacked)?;
    }
    let why = match installer {
        Some(_) => "could not be installed",
        None => "may not be installed from here (no apt-get, or neither root nor free sudo)",
    };
    let still: Vec<String> = missing
        .iter()
        .filter(|need| !need.is_met(&unpacked))
        .map(|need| format!("{} ({}) {why}; skipped: {}", need.what, need.command(), need.suites))
        .collect();
    Ok(if still.is_empty() { Outcome::passed() } else { Outcome::Skipped(still.join("; ")) })
}

impl Need {
    fn is_met(&self, unpacked: &Path) -> bool {
        self.is_installed()
            && self.unpacked.as_ref().is_none_or(|files| files.is_there(unpacked))
            && self.node.as_ref().is_none_or(|package| package.is_there(unpacked))
            && self.python.as_ref().is_none_or(|package| package.is_there(unpacked))
    }

    fn is_installed(&self) -> bool {
        let library = |path: &&str| Path::new(path).exists();
        self.programs.iter().all(|program| find(program).is_some())
            && [self.libraries, self.headers]
                .iter()
                .all(|one_of| one_of.is_empty() || one_of.iter().any(library))
    }

    /// How somebody who may would provide it.
    fn command(&self) -> String {
        let unpacked = self.unpacked.as_ref().map(|files| files.package);
        let node = self.node.as_ref().map(NodePackage::command);
        let own = node.or_else(|| self.python.as_ref().map(PythonPackage::command));
        match (self.packages, unpacked, own) {
            ([], Some(package), _) => format!("apt-get download {package}"),
            (packages, _, Some(own)) if self.is_installed() || packages.is_empty() => own,
            (packages, _, Some(own)) => format!("apt-get install {}; {own}", packages.join(" ")),
            (packages, _, None) => format!("apt-get install {}", packages.join(" ")),
        }
    }

    /// Tries what can be tried; whether it helped, [`Need::is_met`] tells.
    fn provide(&self, installer: Option<&Installer>, unpacked: &Path) -> Result<()> {
        if let Some(installer) = installer
            && !self.is_installed()
            && !installer.install(self.packages)?
        {
            installer.update()?;
            installer.install(self.packages)?;
        }
        if let Some(package) = &self.node
            && self.is_installed()
            && !package.is_there(unpacked)
        {
            package.provide(unpacked)?;
        }
        if let Some(package) = &self.python
            && self.is_installed()
            && !package.is_there(unpacked)
            && !package.provide(unpacked)?
            && let Some(installer) = installer
            && installer.install(self.packages)?
        {
            // Debian's Python makes no environments without a package of its own.
            package.provide(unpacked)?;
        }
        let Some(files) = &self.unpacked else { return Ok(()) };
        let can = find("apt-get").is_some() && find("dpkg-deb").is_some();
        if can && !files.is_there(unpacked) && !files.provide(installer, unpacked)? {
            // Unknown to this machine as long as the lists are: only root may fetch those.
            if let Some(installer) = installer {
                installer.update()?;
                files.provide(Some(installer), unpacked)?;
            }
        }
        Ok(())
    }
}

/// How packages are installed here.
struct Installer {
    sudo: bool,
}

fn installer() -> Option<Installer> {
    find("apt-get")?;
    let says = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if says("id", &["-u"])? == "0" {
        return Some(Installer { sudo: false });
    }
    // `-n`: fail rather than ask for a password.
    says("sudo", &["-n", "true"]).map(|_| Installer { sudo: true })
}

impl Installer {
    fn install(&self, packages: &[&str]) -> Result<bool> {
        let mut command = self.apt_get();
        command
            .args(["install", "--yes", "--no-install-recommends", "--no-upgrade"])
            .args(packages);
        Ok(tool::run_within(&mut command, LIMIT)?.ok)
    }

    fn update(&self) -> Result<bool> {
        Ok(tool::run_within(self.apt_get().arg("update"), LIMIT)?.ok)
    }

    fn apt_get(&self) -> Command {
        // Through `env`, because sudo hands on no variables.
        let mut command = Command::new(if self.sudo { "sudo" } else { "env" });
        if self.sudo {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    }
}

/// Finds a program on the path, or where Debian puts servers.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([Path::new("/usr/sbin").to_path_buf()])
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_or_not() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program").is_none());
    }

    fn need(programs: &'static [&'static str], libraries: &'static [&'static str]) -> Need {
        let (headers, packages, unpacked, node, python) = (&[], &[], None, None, None);
        let (what, suites) = ("", "");
        Need { what, programs, libraries, headers, packages, unpacked, node, python, suites }
    }

    #[test]
    fn a_need_is_met_by_all_its_programs_and_one_library() {
        let none = Path::new("/no-such-folder");
        assert!(need(&["sh"], &[]).is_met(none));
        assert!(!need(&["sh", "no-such-program"], &[]).is_met(none));
        assert!(need(&["sh"], &["/no-such-library", "/bin/sh"]).is_met(none));
        assert!(!need(&["sh"], &["/no-such-library"]).is_met(none));
        let built_with = |headers| Need { headers, ..need(&["sh"], &["/bin/sh"]) };
        assert!(built_with(&["/no-such-header", "/bin/sh"]).is_met(none));
        assert!(!built_with(&["/no-such-header"]).is_met(none));
    }

    #[test]
    fn what_is_unpacked_is_part_of_a_need() {
        let temp = tempfile::tempdir().unwrap();
        let files = Unpacked {
            package: "p",
            sibling: "s",
            files: &["usr/bin/no-such-script"],
            libraries: false,
        };
        let need = Need { unpacked: Some(files), ..need(&["sh"], &[]) };
        assert!(!need.is_met(temp.path()));
        let folder = temp.path().join("p/usr/bin");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("no-such-script"), "").unwrap();
        assert!(need.is_met(temp.path()));
    }
}
