//! Log lines: text on a terminal, JSON for whoever collects them.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};
use crate::failure::{Failure, Outcome, exit};

/// Starts logging to standard error; standard output is for answers.
pub(super) fn start(config: &Config) -> Outcome {
    let filter = EnvFilter::try_new(&config.log_filter).map_err(|error| {
        let message = format!("log.filter is {:?}: {error}", config.log_filter);
        Failure::new("config_wrong_value", exit::USAGE, message)
            .next("Write it like `info` or `warn,mtm_web=debug`.")
    })?;
    let json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_ansi(io::stderr().is_terminal()).try_init()
    };
    started.map_err(|error| Failure::new("logging", exit::FAILURE, error.to_string()))
}
