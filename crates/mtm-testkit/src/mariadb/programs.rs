//! The MariaDB programs of this machine, and the account servers run as.

use std::env;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What a server needs.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    pub(crate) install: PathBuf,
    pub(crate) client: PathBuf,
    pub(crate) account: Account,
}

/// Somebody on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Programs {
    /// All of them, or why not.
    pub(crate) fn find() -> Result<Self, String> {
        let find = |name| program(name).ok_or_else(|| format!("no {name} on this machine"));
        Ok(Self {
            server: find("mariadbd")?,
            install: find("mariadb-install-db")?,
            client: find("mariadb")?,
            account: Account::of_servers(),
        })
    }
}

impl Account {
    /// Who servers run as. MariaDB refuses to run as root unasked, and should not: a test server
    /// without a password must not lend anybody root's files. And `rsync` as root becomes
    /// `nobody`, who could then not write root's.
    fn of_servers() -> Self {
        let user = rustix::process::getuid();
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        if user.is_root() {
            return ["mysql", "nobody"]
                .into_iter()
                .find_map(|name| Self::among(&accounts, |account| account.name == name))
                .unwrap_or_else(Self::current);
        }
        Self::among(&accounts, |account| account.user == user.as_raw())
            .unwrap_or_else(Self::current)
    }

    fn current() -> Self {
        let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
        let name = if user.is_root() {
            "root".to_owned()
        } else {
            env::var("USER").unwrap_or_else(|_| user.as_raw().to_string())
        };
        Self { name, user: user.as_raw(), group: group.as_raw() }
    }

    /// The first account of a `passwd` file that is wanted.
    fn among(accounts: &str, wanted: impl Fn(&Self) -> bool) -> Option<Self> {
        accounts
            .lines()
            .filter_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next()?.to_owned();
                let user = fields.nth(1)?.parse().ok()?;
                let group = fields.next()?.parse().ok()?;
                Some(Self { name, user, group })
            })
            .find(wanted)
    }

    /// Makes a directory that belongs to the account.
    pub(crate) fn make_directory(&self, path: &Path) -> Result<()> {
        fs::create_dir(path).with_context(|| format!("failed to make {}", path.display()))?;
        chown(path, Some(self.user), Some(self.group))
            .with_context(|| format!("failed to give {} to {}", path.display(), self.name))
    }
}

/// Finds a program on the path, or where distributions put servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
}

/// Runs a command to its end; fails with what it said.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("failed to start {name}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stdout = String::from_utf8_lossy(&output.stdout);
        bail!("{name} failed ({}): {}\n{}", output.status, stderr.trim(), stdout.trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_with_its_numbers() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nbroken\nmysql:x:104:110:,,,:/x:/bin/false";
        let found = Account::among(accounts, |account| account.name == "mysql").unwrap();
        assert_eq!((found.user, found.group), (104, 110));
        assert_eq!(Account::among(accounts, |account| account.name == "broken"), None);
    }
}
