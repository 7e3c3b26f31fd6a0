//! Log lines: text on a terminal, JSON for whoever collects them.

use std::io::{self, IsTerminal};

use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt};

use super::spans::Spans;
use crate::config::{Config, LogFormat};
use crate::failure::{Failure, Outcome, exit};

/// Says anew what is logged.
pub(super) struct Filter(Handle<EnvFilter, Registry>);

impl Filter {
    /// From now on this is logged.
    pub(super) fn set(&self, filter: EnvFilter) -> Outcome {
        let failed =
            |error: reload::Error| Failure::new("logging", exit::FAILURE, error.to_string());
        self.0.reload(filter).map_err(failed)
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

/// Starts logging to standard error; standard output is for answers. Spans are not logged, they go where
/// `spans` says.
pub(super) fn start(config: &Config, spans: &Spans) -> Outcome<Filter> {
    let (filter, handle) = reload::Layer::new(filter(config)?);
    let json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(io::stderr().is_terminal()).boxed()
    };
    spans
        .observe(lines.with_filter(filter))
        .map_err(|error| Failure::new("logging", exit::FAILURE, error.to_string()))?;
    Ok(Filter(handle))
}
