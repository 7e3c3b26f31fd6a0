//! Where the legacy data comes from: the file of a dump, or the server itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mtm_app::legacy::plan::PlanError;
use mtm_app::legacy::plant::{LegacyError, LegacyPlant, LogFrom, read_plant, read_server};
use mtm_app::legacy::server::{Address, SourceFault};
use mtm_core::code::Code;
use mtm_platform::{FileError, Operation};

use crate::cli::Call;
use crate::config::{Config, Hidden};
use crate::failure::{Failure, Outcome, exit};
use crate::output::Progress;

/// What `--from` names.
#[derive(Debug, Clone)]
pub(super) enum Origin<'a> {
    /// The file of a dump.
    Dump(&'a Path),
    /// A server.
    Server(Address),
}

impl<'a> Origin<'a> {
    /// Tells an address from a file, and finds its password.
    pub(super) fn parse(text: &'a str, config: &Config) -> Outcome<Self> {
        if !Address::is_one(text) {
            return Ok(Self::Dump(Path::new(text)));
        }
        let password = config.legacy_password.as_ref().map(Hidden::reveal);
        Ok(Self::Server(Address::parse(text, password)?))
    }

    /// Reads everything.
    pub(super) async fn read(&self, call: &Call) -> Outcome<LegacyPlant> {
        match self {
            Self::Dump(path) => read_dump(call, path),
            Self::Server(address) => {
                let progress = call.console.progress("reading", None);
                let plant =
                    read_server(address, LogFrom::Beginning, |rows| progress.set(rows)).await?;
                progress.finish();
                Ok(plant)
            }
        }
    }
}

fn read_dump(call: &Call, path: &Path) -> Outcome<LegacyPlant> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = opened.map_err(|error| FileError::new(Operation::Read, path, error))?;
    let progress = call.console.progress("reading", Some(bytes));
    let plant = read_plant(Counted { file, done: 0, progress: &progress })?;
    progress.finish();
    Ok(plant)
}

/// A file that tells how far it was read.
struct Counted<'p> {
    file: File,
    done: u64,
    progress: &'p Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done += read as u64;
        self.progress.set(self.done);
        Ok(read)
    }
}

const UNCHANGED: &str = "The legacy data cannot be taken over as it is; nothing was written.";

impl From<SourceFault> for Failure {
    fn from(fault: SourceFault) -> Self {
        let exit = match &fault {
            SourceFault::Address { .. } => exit::USAGE,
            SourceFault::NoDatabase { .. } => exit::NOT_FOUND,
            _ if fault.is_away() => exit::UNAVAILABLE,
            _ => exit::FAILURE,
        };
        Self::new(fault.code(), exit, fault.to_string())
            .because("The legacy database could not be read; nothing was written.")
            .next(fault.next_step())
    }
}

impl From<LegacyError> for Failure {
    fn from(error: LegacyError) -> Self {
        match error {
            LegacyError::Server(fault) => fault.into(),
            error => Self::new(error.code(), exit::FAILURE, error.to_string())
                .because(UNCHANGED)
                .next(error.next_step()),
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let catalogued = Code::from_name(error.code()).map(|code| code.class().exit());
        Self::new(error.code(), catalogued.unwrap_or(exit::FAILURE), error.to_string())
            .because(UNCHANGED)
            .next(error.next_step())
    }
}
