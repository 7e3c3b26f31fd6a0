//! When to stop: SIGTERM or Ctrl-C.

use std::io;

use crate::failure::{Failure, Outcome, exit};

/// Listens from now on; the future completes when somebody asks the program to stop.
#[cfg(unix)]
pub(crate) fn stop() -> Outcome<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| failed(&error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| failed(&error))?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("asked to stop (SIGTERM)"),
            _ = interrupt.recv() => tracing::info!("asked to stop (Ctrl-C)"),
        }
    })
}

/// Listens from now on; the future completes when somebody asks the program to stop.
#[cfg(windows)]
pub(crate) fn stop() -> Outcome<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c().map_err(|error| failed(&error))?;
    let mut close = tokio::signal::windows::ctrl_close().map_err(|error| failed(&error))?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = close.recv() => {}
        }
    })
}

fn failed(error: &io::Error) -> Failure {
    Failure::new("no_signals", exit::FAILURE, format!("failed to listen for signals: {error}"))
}
