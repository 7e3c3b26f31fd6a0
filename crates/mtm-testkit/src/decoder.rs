//! Programs of others that read codes off pictures, and one that draws what a label printer would print.
//!
//! They know nothing of how our labels are made: what they read is what a scanner reads.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::mariadb::programs::program;
use crate::skip::{self, Fixture};

/// Longest that a Data Matrix is looked for in one picture, in milliseconds.
const LOOKED_FOR: &str = "20000";

const SCRIPT: &str = include_str!("decoder.mjs");

/// Readers of codes: `zbarimg`, `dmtxread`, and `pdftoppm`, which makes pictures of pages.
#[derive(Debug)]
pub struct Decoders {
    zbarimg: PathBuf,
    dmtxread: PathBuf,
    pdftoppm: PathBuf,
    directory: TempDir,
}

impl Decoders {
    /// Finds them.
    pub fn find() -> Result<Fixture<Self>> {
        if skip::quick() {
            return Ok(Fixture::Unavailable("left out of the quick run".to_owned()));
        }
        let [Some(zbarimg), Some(dmtxread), Some(pdftoppm)] =
            ["zbarimg", "dmtxread", "pdftoppm"].map(program)
        else {
            let reason = "zbarimg, dmtxread or pdftoppm is not installed".to_owned();
            return Ok(Fixture::Unavailable(reason));
        };
        let directory = tempfile::Builder::new().prefix("mtm-decoder-").tempdir()?;
        Ok(Fixture::Ready(Self { zbarimg, dmtxread, pdftoppm, directory }))
    }

    /// What the QR codes and Code 128 of a PNG say, in any order.
    pub fn bars(&self, png: &[u8]) -> Result<Vec<String>> {
        let mut command = Command::new(&self.zbarimg);
        command.args(["--quiet", "--raw", "--nodbus", "-Sdisable"]);
        command.args(["-Sqrcode.enable", "-Scode128.enable"]).arg(self.keep("bars.png", png)?);
        let output = command.output()?;
        // 4: there was none.
        ensure!(matches!(output.status.code(), Some(0 | 4)), "zbarimg failed: {output:?}");
        let text = String::from_utf8(output.stdout).context("no UTF-8")?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// What the one Data Matrix of a PNG says; FNC1 as the separator that scanners transmit.
    pub fn matrix(&self, png: &[u8]) -> Result<String> {
        let mut command = Command::new(&self.dmtxread);
        command.args(["--stop-after=1", "--gs1=29", "--milliseconds", LOOKED_FOR]);
        let output = command.arg(self.keep("matrix.png", png)?).output()?;
        ensure!(output.status.success(), "dmtxread found none: {output:?}");
        String::from_utf8(output.stdout).context("no UTF-8")
    }

    /// The one page of a document as a PNG.
    pub fn picture(&self, pdf: &[u8], dpi: u16) -> Result<Vec<u8>> {
        let page = self.keep("page.pdf", pdf)?;
        let picture = self.directory.path().join("page");
        let mut command = Command::new(&self.pdftoppm);
        command.args(["-png", "-singlefile", "-r", &dpi.to_string()]).arg(page).arg(&picture);
        let output = command.output()?;
        ensure!(output.status.success() && output.stderr.is_empty(), "pdftoppm: {output:?}");
        Ok(std::fs::read(picture.with_extension("png"))?)
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }
}

/// A label printer's firmware, as far as pictures go: the package `zpl-renderer-js` on Node.
#[derive(Debug)]
pub struct ZplPrinter {
    node: PathBuf,
    package: PathBuf,
}

impl ZplPrinter {
    /// Finds Node, and the package where the test command put it.
    pub fn find() -> Result<Fixture<Self>> {
        if skip::quick() {
            return Ok(Fixture::Unavailable("left out of the quick run".to_owned()));
        }
        let Some(node) = program("node") else {
            return Ok(Fixture::Unavailable("Node is not installed".to_owned()));
        };
        let package =
            skip::target_directory()?.join("unpacked/zpl-renderer-js/node_modules/zpl-renderer-js");
        if !package.join("package.json").is_file() {
            let reason = "no package zpl-renderer-js here; `cargo xtask test` fetches it";
            return Ok(Fixture::Unavailable(reason.to_owned()));
        }
        Ok(Fixture::Ready(Self { node, package }))
    }

    /// What a printer of so many dots to the millimetre would print, as a PNG.
    pub fn print(&self, zpl: &str, (width, height): (u16, u16), dots: u8) -> Result<Vec<u8>> {
        let mut command = Command::new(&self.node);
        command.args(["--input-type=module", "--eval", SCRIPT]);
        command.arg(&self.package);
        command.args([width.to_string(), height.to_string(), dots.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().context("no input")?.write_all(zpl.as_bytes())?;
        let output = child.wait_with_output()?;
        if !output.status.success() || output.stdout.is_empty() {
            bail!("the renderer failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.stdout)
    }
}
