//! A serial device whose other end a test holds: a pair of pseudo-terminals, plugged in at a path that stays.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serialport::{SerialPort, TTYPort};

/// A device that is plugged in until it is dropped, and until every process that was started meanwhile has ended:
/// those hold it as well.
#[derive(Debug)]
pub struct Pty {
    path: PathBuf,
    device: TTYPort,
    // Held open, so that what is sent before anybody listens waits.
    _port: TTYPort,
}

impl Drop for Pty {
    fn drop(&mut self) {
        // The number of the terminal is given to the next one, of another test perhaps.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Pty {
    /// Plugs one in at `path`, in place of the one that was there before.
    pub fn plug(path: &Path) -> Result<Self> {
        let (device, port) = TTYPort::pair().context("no pseudo-terminal")?;
        let name = port.name().context("a pseudo-terminal without a name")?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        symlink(name, path).context("failed to plug the device in")?;
        Ok(Self { path: path.to_owned(), device, _port: port })
    }

    /// Sends bytes; waits while the other side takes none, up to `deadline`.
    pub fn send(&mut self, mut bytes: &[u8], deadline: Duration) -> Result<()> {
        let started = Instant::now();
        while !bytes.is_empty() {
            match self.device.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    if started.elapsed() > deadline {
                        bail!("nobody took what the device sent within {deadline:?}");
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What it was sent by now; nothing where nothing comes for a tenth of a second.
    pub fn heard(&mut self) -> Result<Vec<u8>> {
        let mut room = [0_u8; 4096];
        match self.device.read(&mut room) {
            Ok(count) => Ok(room[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}
