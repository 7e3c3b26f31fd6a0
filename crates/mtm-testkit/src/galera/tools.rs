//! What replication needs beside the server: the library, and the script that sends a whole state.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::mariadb::programs::program;
use crate::skip;

/// Where distributions put the library.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/galera/libgalera_smm.so",
    "/usr/lib/libgalera_smm.so",
    "/usr/lib64/galera-4/libgalera_smm.so",
    "/usr/lib64/galera/libgalera_smm.so",
];

/// The script for sending a state by `rsync`, and what it reads.
const SCRIPTS: [&str; 2] = ["wsrep_sst_rsync", "wsrep_sst_common"];

/// Where the test command unpacks the scripts, below the target directory: the package they come
/// in would start a server of its own.
const UNPACKED: &str = "unpacked/mariadb-server/usr/bin";

/// Found on this machine.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) library: PathBuf,
    /// The folder with the scripts.
    scripts: PathBuf,
}

impl Tools {
    /// All of them, or why not.
    pub(super) fn find() -> Result<Self, String> {
        let library = LIBRARIES.map(PathBuf::from).into_iter().find(|path| path.is_file());
        let library = library.ok_or("no Galera library (package galera-4) on this machine")?;
        for tool in ["rsync", "ps"] {
            program(tool).ok_or_else(|| format!("no {tool} on this machine"))?;
        }
        if program("ss").or_else(|| program("lsof")).is_none() {
            return Err("neither ss nor lsof on this machine".to_owned());
        }
        let scripts = scripts().ok_or("no wsrep_sst_rsync here; `cargo xtask test` fetches it")?;
        Ok(Self { library, scripts })
    }

    /// Makes a folder with copies of the scripts: the server's account may not be able to enter the
    /// one they are in.
    pub(super) fn place_scripts_in(&self, folder: &Path) -> Result<()> {
        fs::create_dir(folder)?;
        for script in SCRIPTS {
            let copy = folder.join(script);
            fs::copy(self.scripts.join(script), &copy)
                .and_then(|_| fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)))
                .with_context(|| format!("failed to copy {script}"))?;
        }
        Ok(())
    }
}

fn scripts() -> Option<PathBuf> {
    let installed = program(SCRIPTS[0]).and_then(|path| Some(path.parent()?.to_path_buf()));
    let unpacked = || Some(skip::target_directory().ok()?.join(UNPACKED));
    let complete = |folder: &PathBuf| SCRIPTS.iter().all(|script| folder.join(script).is_file());
    installed.filter(complete).or_else(|| unpacked().filter(complete))
}
