//! A bootstrapped data directory, made once per machine and copied for every server.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::programs::{Programs, run};

/// Small log and tablespaces: they decide how long a copy takes.
pub(crate) const SIZES: [&str; 4] = [
    "innodb-log-file-size=16M",
    "innodb-data-file-path=ibdata1:4M:autoextend",
    "innodb-autoextend-increment=4",
    "innodb-undo-tablespaces=0",
];

/// Makes a fresh data directory at `data`, which must not exist yet.
pub(crate) fn copy_to(data: &Path, programs: &Programs) -> Result<()> {
    let template = template(programs)?;
    run(Command::new("cp").args(["-a", "--reflink=auto"]).args([&template, data]))
}

/// The template of this server version, account and user.
fn template(programs: &Programs) -> Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let directory = env::temp_dir().join(format!("mtm-testkit-{user}"));
    fs::create_dir_all(&directory)?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{} belongs to somebody else", directory.display()))?;

    let lock = File::create(directory.join("mariadb.lock"))?;
    lock.lock().context("failed to lock the template")?;
    let finished = directory.join(format!("mariadb-{}", version(programs)?));
    if finished.is_dir() {
        return Ok(finished);
    }
    let unfinished = directory.join("mariadb-unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let mut install = Command::new(&programs.install);
    install
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", unfinished.display()))
        .arg(format!("--user={}", programs.account.name))
        .args(SIZES.map(|size| format!("--{size}")));
    run(&mut install).context("failed to bootstrap MariaDB")?;
    fs::rename(&unfinished, &finished)?;
    Ok(finished)
}

/// What makes a template unusable for another server, as a name for a file.
fn version(programs: &Programs) -> Result<String> {
    let output = Command::new(&programs.server).args(["--no-defaults", "--version"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split_whitespace().find(|word| word.contains("MariaDB"));
    let layout = SIZES.join("-");
    Ok([version.unwrap_or("unknown"), &layout, &programs.account.name]
        .join("-")
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '_' })
        .collect())
}
