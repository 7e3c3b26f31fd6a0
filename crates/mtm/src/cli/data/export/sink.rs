//! Where an export goes: a file that appears when it is complete, or standard output.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use mtm_platform::{Access, durable::Draft};
use tokio::sync::mpsc;

use crate::failure::{Failure, Outcome, exit};

/// One of the two.
pub(in crate::cli) enum Sink {
    /// A file, under another name until it is complete.
    File(Draft),
    /// Standard output.
    Stream,
}

impl Sink {
    /// Opens the file at `path`, or standard output for `-`.
    pub(in crate::cli) fn open(path: &Path, is_binary: bool) -> Outcome<Self> {
        if path.as_os_str() != "-" {
            return Ok(Self::File(Draft::begin(path, Access::Inherited)?));
        }
        if is_binary && io::stdout().is_terminal() {
            return Err(Failure::usage("a workbook cannot be shown on a terminal")
                .next("Name a file with --out."));
        }
        Ok(Self::Stream)
    }

    /// Takes every piece. A reader that goes away has seen enough.
    pub(in crate::cli) async fn take(&mut self, mut pieces: mpsc::Receiver<Vec<u8>>) -> Outcome {
        while let Some(piece) = pieces.recv().await {
            match self {
                Self::File(draft) => draft.write_all(&piece)?,
                Self::Stream => match io::stdout().lock().write_all(&piece) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                    written => written.map_err(|error| broken(&error))?,
                },
            }
        }
        Ok(())
    }

    /// Puts the complete file in its place.
    pub(in crate::cli) fn finish(self) -> Outcome {
        match self {
            Self::File(draft) => Ok(draft.replace()?),
            Self::Stream => match io::stdout().lock().flush() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(broken(&error)),
                _ => Ok(()),
            },
        }
    }
}

fn broken(error: &io::Error) -> Failure {
    Failure::new("output_failed", exit::FAILURE, format!("failed to write the export: {error}"))
}
