//! A package of Python, for servers and libraries that tests talk to and that exist there only.
//!
//! It is installed into an environment of its own below the target directory, in one version, by Python's own tools and
//! from wherever those are set up to fetch from. Nothing is built: what exists as sources only is not taken.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::LIMIT;
use crate::tool;

/// What is wanted.
#[derive(Debug)]
pub(super) struct PythonPackage {
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    /// What it is given to go with, each in one version, where what its author asks for is not to be had built; all
    /// that it asks for where this is empty.
    pub(super) with: &'static [&'static str],
}

impl PythonPackage {
    /// Whether it is there. Another version is fetched by whoever removes the folder.
    pub(super) fn is_there(&self, unpacked: &Path) -> bool {
        let folder = self.folder(unpacked);
        // Written last: an installation that broke off is none.
        folder.join("bin/python").is_file() && folder.join("installed").is_file()
    }

    /// How somebody would provide it.
    pub(super) fn command(&self) -> String {
        format!("pip install {}", self.wanted().join(" "))
    }

    /// Fetches it, with what it needs; yields whether that worked.
    pub(super) fn provide(&self, unpacked: &Path) -> Result<bool> {
        let folder = self.folder(unpacked);
        let mut environment = Command::new("python3");
        environment.args(["-m", "venv", "--clear"]).arg(&folder);
        if !tool::run_within(&mut environment, LIMIT)?.ok {
            return Ok(false);
        }
        let mut install = Command::new(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--only-binary", ":all:", "--no-input"]);
        install.args(["--disable-pip-version-check", "--quiet"]).args(self.wanted());
        if !tool::run_within(&mut install, LIMIT)?.ok {
            return Ok(false);
        }
        std::fs::write(folder.join("installed"), self.named())?;
        Ok(true)
    }

    fn folder(&self, unpacked: &Path) -> PathBuf {
        unpacked.join(self.package)
    }

    /// What is installed, as arguments.
    fn wanted(&self) -> Vec<String> {
        let alone = (!self.with.is_empty()).then(|| "--no-deps".to_owned());
        let with = self.with.iter().map(|it| (*it).to_owned());
        alone.into_iter().chain([self.named()]).chain(with).collect()
    }

    fn named(&self) -> String {
        format!("{}=={}", self.package, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_package_is_there_once_its_installation_came_to_its_end() {
        let temp = tempfile::tempdir().unwrap();
        let package = PythonPackage { package: "x", version: "1.2.3", with: &[] };
        let folder = temp.path().join("x/bin");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("python"), "").unwrap();
        assert!(!package.is_there(temp.path()));
        fs::write(temp.path().join("x/installed"), "").unwrap();
        assert!(package.is_there(temp.path()));
        assert_eq!(package.command(), "pip install x==1.2.3");
        let package = PythonPackage { with: &["y==4"], ..package };
        assert_eq!(package.command(), "pip install --no-deps x==1.2.3 y==4");
    }
}
