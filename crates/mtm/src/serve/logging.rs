//! Log lines: text on a terminal, JSON for whoever collects them.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::reload::Error;

use crate::config::{Config, LogFormat};
use crate::failure::{Failure, Outcome, exit};

/// Says anew what is logged.
pub(super) struct Filter(Box<dyn Fn(EnvFilter) -> Result<(), Error> + Send + Sync>);

impl Filter {
    /// From now on this is logged.
    pub(super) fn set(&self, filter: EnvFilter) -> Outcome {
        (self.0)(filter).map_err(|error| Failure::new("logging", exit::FAILURE, error.to_string()))
    }
}

/// What is to be logged.
pub(super) fn filter(config: &Config) -> Outcome<EnvFilter> {
    EnvFilter::try_new(&config.log_filter).map_err(|error| {
        let message = format!("log.filter is {:?}: {error}", config.log_filter);
        Failure::new("config_wrong_value", exit::USAGE, message)
            .next("Write it like `info` or `warn,mtm_web=debug`.")
    })
}

/// Starts logging to standard error; standard output is for answers.
pub(super) fn start(config: &Config) -> Outcome<Filter> {
    let filter = filter(config)?;
    let json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let (started, filter) = if json {
        let lines = lines.json().flatten_event(true).with_filter_reloading();
        let handle = lines.reload_handle();
        (lines.try_init(), Filter(Box::new(move |filter| handle.reload(filter))))
    } else {
        let lines = lines.with_ansi(io::stderr().is_terminal()).with_filter_reloading();
        let handle = lines.reload_handle();
        (lines.try_init(), Filter(Box::new(move |filter| handle.reload(filter))))
    };
    started.map_err(|error| Failure::new("logging", exit::FAILURE, error.to_string()))?;
    Ok(filter)
}
