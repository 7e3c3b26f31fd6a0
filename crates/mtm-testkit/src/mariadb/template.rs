//! Data directories that are made once per machine and copied for every server.

use std::env;
use std::fs::{self, File};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::programs::{Programs, run};

/// How long a template is good for; the empty one takes no longer to make again than one test.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// Small log and tablespaces: they decide how long a copy takes.
pub(crate) const SIZES: [&str; 4] = [
    "innodb-log-file-size=16M",
    "innodb-data-file-path=ibdata1:4M:autoextend",
    "innodb-autoextend-increment=4",
    "innodb-undo-tablespaces=0",
];

/// Makes a fresh data directory at `data`, which must not exist yet, from a template.
pub(super) fn copy(template: &Path, data: &Path) -> Result<()> {
    run(Command::new("cp").args(["-a", "--reflink=auto"]).args([template, data]))
}

/// The same from the template of an empty server.
pub(crate) fn copy_empty(data: &Path, programs: &Programs) -> Result<()> {
    copy(&empty(programs)?, data)
}

/// The template of a server that holds nothing.
pub(super) fn empty(programs: &Programs) -> Result<PathBuf> {
    once(&version(programs)?, |unfinished| {
        let mut install = Command::new(&programs.install);
        install
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--datadir={}", unfinished.display()))
            .arg(format!("--user={}", programs.account.name))
            .args(SIZES.map(|size| format!("--{size}")));
        run(&mut install).context("failed to bootstrap MariaDB")
    })
}

/// A template of a server that holds what `make` puts there, known by `content`.
pub(super) fn holding(
    content: &str,
    programs: &Programs,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    once(&format!("{}-{content}", version(programs)?), |unfinished| {
        forget_old()?;
        make(unfinished)
    })
}

/// Where this user's templates are.
fn home() -> Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let directory = env::temp_dir().join(format!("mtm-testkit-{user}"));
    fs::create_dir_all(&directory)?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{} belongs to somebody else", directory.display()))?;
    Ok(directory)
}

/// A directory that is made once per machine, user and name. Whoever else wants it waits.
fn once(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let directory = home()?;
    let name = format!("mariadb-{}", file_name(name));
    let lock = File::create(directory.join(format!("{name}.lock")))?;
    lock.lock().context("failed to lock the template")?;
    let finished = directory.join(&name);
    if finished.is_dir() {
        return Ok(finished);
    }
    let unfinished = directory.join(format!("{name}.unfinished"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    make(&unfinished)?;
    fs::rename(&unfinished, &finished)?;
    Ok(finished)
}

/// Removes templates that nobody made today: what they held has changed since.
fn forget_old() -> Result<()> {
    for entry in fs::read_dir(home()?)? {
        let path = entry?.path();
        let Ok(made) = fs::metadata(&path).and_then(|metadata| metadata.modified()) else {
            continue;
        };
        if path.is_dir() && made.elapsed().is_ok_and(|age| age > KEPT) {
            // Somebody else may be doing the same.
            drop(fs::remove_dir_all(&path));
        }
    }
    Ok(())
}

/// What makes a template unusable for another server.
fn version(programs: &Programs) -> Result<String> {
    let output = Command::new(&programs.server).args(["--no-defaults", "--version"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split_whitespace().find(|word| word.contains("MariaDB"));
    Ok([version.unwrap_or("unknown"), &SIZES.join("-"), &programs.account.name].join("-"))
}

/// A name for a file: the beginning for people, a number for all of it.
fn file_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '_' })
        .collect();
    // Not a secret and not for ever: the standard library's hash with its fixed keys will do.
    let number = BuildHasherDefault::<DefaultHasher>::default().hash_one(&plain);
    let short: String = plain.chars().take(40).collect();
    format!("{short}-{number:016x}")
}

/// Removes a template that a test made for itself.
#[cfg(test)]
pub(super) fn forget(content: &str, programs: &Programs) -> Result<()> {
    let template = holding(content, programs, |_| anyhow::bail!("it does not exist"))?;
    fs::remove_file(template.with_extension("lock"))?;
    Ok(fs::remove_dir_all(template)?)
}
