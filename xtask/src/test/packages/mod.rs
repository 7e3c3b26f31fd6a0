//! Programs the tests run against, installed where this is allowed and else named as missing.
//!
//! Debian's packages, only as root or with a sudo that asks nothing, and two of Node's, which need no
//! rights; only what is missing.
//! The core packages bring the programs without a service that would start by itself; what
//! exists only in a package with such a service is unpacked without being installed.

mod node;
mod unpacked;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use super::summary::Outcome;
use crate::tool;
use node::NodePackage;
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
    suites: &'static str,
}

/// What the program that reads an ERP is built with: not every release of the package has a program that
/// could be looked for instead.
const ODBC_HEADERS: [&str; 2] = ["/usr/include/sql.h", "/usr/local/include/sql.h"];

/// Whether the program that reads an ERP can be built here.
pub(crate) fn has_odbc() -> bool {
    ODBC_HEADERS.iter().any(|path| Path::new(path).exists())
}

const NEEDS: [Need; 10] = [
    Need {
        what: "MariaDB",
        programs: &["mariadbd", "mariadb-install-db", "mariadb"],
        libraries: &[],
        headers: &[],
        packages: &["mariadb-server-core", "mariadb-client-core"],
        unpacked: None,
        node: None,
        suites: "the ledger on MariaDB, and SQLite against it",
    },
    Need {
        what: "Galera",
        programs: &["rsync", "ss", "ps"],
        libraries: &["/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so"],
        headers: &[],
        packages: &["galera-4", "rsync", "iproute2", "procps"],
        unpacked: Some(Unpacked {
            package: "mariadb-server",
            sibling: "mariadb-server-core",
            files: &["usr/bin/wsrep_sst_rsync", "usr/bin/wsrep_sst_common"],
            libraries: false,
        }),
        node: None,
        suites: "the ledger on a cluster of three",
    },
    Need {
        what: "Mosquitto",
        programs: &[],
        libraries: &[],
        headers: &[],
        packages: &[],
        unpacked: Some(Unpacked {
            package: "mosquitto",
            sibling: "libmosquitto1",
            files: &["usr/sbin/mosquitto", "usr/bin/mosquitto_passwd"],
            libraries: true,
        }),
        node: None,
        suites: "events by MQTT",
    },
    Need {
        what: "NATS",
        programs: &[],
        libraries: &[],
        headers: &[],
        packages: &[],
        unpacked: Some(Unpacked {
            package: "nats-server",
            sibling: "nats-server",
            files: &["usr/sbin/nats-server"],
            libraries: false,
        }),
        node: None,
        suites: "events by NATS JetStream",
    },
    Need {
        what: "ODBC",
        programs: &[],
        libraries: &[
            "/usr/lib/x86_64-linux-gnu/odbc/libmaodbc.so",
            "/usr/lib/aarch64-linux-gnu/odbc/libmaodbc.so",
            "/usr/lib64/libmaodbc.so",
        ],
        headers: &ODBC_HEADERS,
        packages: &["unixodbc-dev", "libsqliteodbc", "odbc-mariadb"],
        unpacked: None,
        node: None,
        suites: "an ERP's books by ODBC",
    },
    Need {
        what: "runc",
        programs: &["runc"],
        libraries: &[],
        headers: &[],
        packages: &["runc"],
        unpacked: None,
        node: None,
        suites: "servers in containers",
    },
    Need {
        what: "Chromium",
        programs: &["chromium", "chromedriver"],
        libraries: &[],
        headers: &[],
        packages: &["chromium", "chromium-driver"],
        unpacked: None,
        node: None,
        suites: "the browser journeys",
    },
    Need {
        what: "an identity provider",
        programs: &["node", "npm"],
        libraries: &[],
        headers: &[],
        packages: &["nodejs", "npm"],
        unpacked: None,
        node: Some(NodePackage { package: "oidc-provider", version: "9.13.3" }),
        suites: "sign-in with a certified identity provider",
    },
    Need {
        what: "readers of codes",
        programs: &["zbarimg", "dmtxread", "pdftoppm"],
        libraries: &[],
        headers: &[],
        packages: &["zbar-tools", "dmtx-utils", "poppler-utils"],
        unpacked: None,
        node: None,
        suites: "labels read by somebody else's programs",
    },
    Need {
        what: "a printer of labels",
        programs: &["node", "npm"],
        libraries: &[],
        headers: &[],
        packages: &["nodejs", "npm"],
        unpacked: None,
        node: Some(NodePackage { package: "zpl-renderer-js", version: "3.4.0" }),
        suites: "labels in ZPL, drawn by somebody else's program",
    },
];

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
        match (self.packages, unpacked, &self.node) {
            ([], Some(package), _) => format!("apt-get download {package}"),
            (packages, _, Some(node)) if self.is_installed() || packages.is_empty() => {
                node.command()
            }
            (packages, _, Some(node)) => {
                format!("apt-get install {}; {}", packages.join(" "), node.command())
            }
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
        let (headers, packages, unpacked, node) = (&[], &[], None, None);
        Need { what: "", programs, libraries, headers, packages, unpacked, node, suites: "" }
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
