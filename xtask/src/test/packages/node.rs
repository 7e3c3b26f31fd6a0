//! A package of Node, for servers that tests talk to and that exist there only.
//!
//! It is installed into a folder below the target directory, in one version, by Node's own tool and from
//! wherever that is set up to fetch from. Scripts of packages are not run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::LIMIT;
use crate::tool;

/// What is wanted.
#[derive(Debug)]
pub(super) struct NodePackage {
    pub(super) package: &'static str,
    pub(super) version: &'static str,
}

impl NodePackage {
    /// Whether it is there. Another version is fetched by whoever removes the folder.
    pub(super) fn is_there(&self, unpacked: &Path) -> bool {
        self.folder(unpacked).join("node_modules").join(self.package).join("package.json").is_file()
    }

    /// How somebody would provide it.
    pub(super) fn command(&self) -> String {
        format!("npm install {}", self.named())
    }

    /// Fetches it, with what it needs; whether that helped, [`NodePackage::is_there`] tells.
    pub(super) fn provide(&self, unpacked: &Path) -> Result<()> {
        let folder = self.folder(unpacked);
        fs::create_dir_all(&folder)
            .with_context(|| format!("failed to make {}", folder.display()))?;
        let mut install = Command::new("npm");
        install.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]);
        install.arg("--prefix").arg(&folder).arg(self.named());
        tool::run_within(&mut install, LIMIT).map(drop)
    }

    fn folder(&self, unpacked: &Path) -> PathBuf {
        unpacked.join(self.package)
    }

    fn named(&self) -> String {
        format!("{}@{}", self.package, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_there_once_its_own_description_is() {
        let temp = tempfile::tempdir().unwrap();
        let package = NodePackage { package: "x", version: "1.2.3" };
        assert!(!package.is_there(temp.path()));
        let folder = temp.path().join("x/node_modules/x");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("package.json"), "{}").unwrap();
        assert!(package.is_there(temp.path()));
        assert_eq!(package.command(), "npm install x@1.2.3");
    }
}
