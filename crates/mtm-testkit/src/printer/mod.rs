//! Printers of documents that others wrote: the print server CUPS (`cupsd`), and `ippeveprinter`, which stands for an
//! office printer. Both print into a directory, by a program of ours that does what a printer does: it lacks something, is slow,
//! or gives up, when it is told so.

mod cups;
mod ippeve;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::mariadb::programs::program;
use crate::{poll, skip};

pub use cups::CupsServer;
pub use ippeve::IppEvePrinter;

/// How long a start may take; it needs some tenths of a second.
const START: Duration = Duration::from_secs(60);
/// How long is waited for what comes out.
const SOON: Duration = Duration::from_secs(30);

/// Where a printer puts what it prints, and is told what it lacks.
#[derive(Debug, Clone)]
pub struct Tray(PathBuf);

/// The device: takes a document, waits while something is lacking, and puts it into the tray unless it is to fail. Its
/// last line counts: what was printed, by name of the job.
const DEVICE: &str = r#"
cp "$document" "$tray/taken.$$"
said=
while [ -s "$tray/lacks" ]; do
    now=$(cat "$tray/lacks")
    if [ "$now" != "$said" ]; then echo "STATE: +$now" >&2; said=$now; fi
    sleep 0.05
done
if [ -n "$said" ] && [ ! -e "$tray/keeps" ]; then echo "STATE: -$said" >&2; fi
if [ -e "$tray/fails" ]; then exit 1; fi
mv "$tray/taken.$$" "$tray/$(date +%s%N).pdf"
echo "$name" >> "$tray/printed"
"#;

impl Tray {
    /// An empty one, and beside it the program that fills it. `arguments` sets `document` and `name`.
    fn prepare(directory: &Path, program: &Path, arguments: &str) -> Result<Self> {
        let tray = directory.join("tray");
        fs::create_dir_all(&tray)?;
        let script = format!("#!/bin/sh\ntray='{}'\n{arguments}\n{DEVICE}", tray.display());
        fs::write(program, script)
            .with_context(|| format!("failed to write {}", program.display()))?;
        // Nobody else's: a print server runs what is root's alone as root, who may write here.
        fs::set_permissions(program, fs::Permissions::from_mode(0o700))?;
        Ok(Self(tray))
    }

    /// From now on it lacks this: a word of `printer-state-reasons`.
    pub fn lacks(&self, reason: &str) -> Result<()> {
        // At once, so that nobody reads half a word.
        let whole = self.0.join("lacks.new");
        fs::write(&whole, reason)?;
        Ok(fs::rename(whole, self.0.join("lacks"))?)
    }

    /// Somebody saw to it.
    pub fn seen_to(&self) -> Result<()> {
        self.lacks("")
    }

    /// From now on it goes on saying what it lacked, also when it does not lack it any more.
    pub fn keeps_saying_so(&self) -> Result<()> {
        Ok(fs::write(self.0.join("keeps"), "")?)
    }

    /// Whether it gives up from now on what it is sent, after it began.
    pub fn fails(&self, fails: bool) -> Result<()> {
        let mark = self.0.join("fails");
        if fails {
            fs::write(mark, "")?;
        } else {
            fs::remove_file(mark)?;
        }
        Ok(())
    }

    /// The names of the jobs that were printed, the oldest first.
    pub fn printed(&self) -> Vec<String> {
        let all = fs::read_to_string(self.0.join("printed")).unwrap_or_default();
        all.lines().map(str::to_owned).collect()
    }

    /// Waits until so many were printed.
    pub async fn until_printed(&self, count: usize) -> Result<()> {
        poll::eventually("what is printed", SOON, async || {
            Ok((self.printed().len() >= count).then_some(()))
        })
        .await
    }

    /// The documents that came out, in the order in which they did.
    pub fn documents(&self) -> Result<Vec<Vec<u8>>> {
        let mut paths: Vec<_> = fs::read_dir(&self.0)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|it| it == "pdf"))
            .collect();
        paths.sort();
        paths.iter().map(|path| Ok(fs::read(path)?)).collect()
    }
}

/// A program of this machine, or where the test command unpacks it.
fn find(name: &str, package: &str) -> Result<PathBuf, String> {
    if skip::quick() {
        return Err("left out of the quick run".to_owned());
    }
    let unpacked = || {
        let file = skip::target_directory().ok()?.join("unpacked").join(package).join("usr/sbin");
        Some(file.join(name)).filter(|path| path.is_file())
    };
    program(name)
        .or_else(unpacked)
        .ok_or_else(|| format!("no {name} here; `cargo xtask test` fetches it"))
}
