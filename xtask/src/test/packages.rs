//! Programs the tests run against, installed where this is allowed and else named as missing.
//!
//! Only Debian's packages, only as root or with a sudo that asks nothing, only what is missing.
//! The core packages bring the programs without a service that would start by itself.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use super::summary::Outcome;
use crate::tool;

/// Something the tests need from the machine.
struct Need {
    what: &'static str,
    /// Without these, `suites` are skipped.
    programs: &'static [&'static str],
    packages: &'static [&'static str],
    suites: &'static str,
}

const NEEDS: [Need; 2] = [
    Need {
        what: "MariaDB",
        programs: &["mariadbd", "mariadb-install-db", "mariadb"],
        packages: &["mariadb-server-core", "mariadb-client-core"],
        suites: "the ledger on MariaDB, and SQLite against it",
    },
    Need {
        what: "Chromium",
        programs: &["chromium", "chromedriver"],
        packages: &["chromium", "chromium-driver"],
        suites: "the browser journeys",
    },
];

/// A slow mirror is given up, not waited for.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Installs what is missing, and names what still is afterwards.
pub(crate) fn provide() -> Result<Outcome> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        println!("nothing to install");
        return Ok(Outcome::passed());
    }
    let why = match installer() {
        Some(installer) => {
            for need in &missing {
                println!("installing {}", need.what);
                // Each on its own: one that is not to be had must not cost the other.
                if !installer.install(need.packages)? {
                    installer.update()?;
                    installer.install(need.packages)?;
                }
            }
            "could not be installed"
        }
        None => "may not be installed from here (no apt-get, or neither root nor free sudo)",
    };
    let still: Vec<String> = missing
        .iter()
        .filter(|need| !need.is_met())
        .map(|need| {
            let packages = need.packages.join(" ");
            format!("{} (apt-get install {packages}) {why}; skipped: {}", need.what, need.suites)
        })
        .collect();
    Ok(if still.is_empty() { Outcome::passed() } else { Outcome::Skipped(still.join("; ")) })
}

impl Need {
    fn is_met(&self) -> bool {
        self.programs.iter().all(|program| find(program).is_some())
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
        command.args(["install", "--yes", "--no-install-recommends"]).args(packages);
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

    #[test]
    fn a_need_is_met_by_all_its_programs() {
        let need = |programs| Need { what: "", programs, packages: &[], suites: "" };
        assert!(need(&["sh"]).is_met());
        assert!(!need(&["sh", "no-such-program"]).is_met());
    }
}
