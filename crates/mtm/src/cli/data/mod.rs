//! Data in bulk: generated, imported, exported, taken over.

pub(super) mod bench;
pub(super) mod export;
pub(super) mod generate;
pub(super) mod import;
pub(super) mod migrate;

pub(crate) use generate::offset;

use crate::config::Config;
use crate::failure::{Failure, Outcome};

/// Refuses `--server` where a command works on the data directory only.
pub(super) fn refuse_server(config: &Config, command: &str) -> Outcome {
    match &config.server {
        None => Ok(()),
        Some(server) => Err(Failure::usage(format!(
            "{command} works on a data directory, not through {server}"
        ))
        .next("Run it on the server's machine with --data-dir and without --server.")),
    }
}
