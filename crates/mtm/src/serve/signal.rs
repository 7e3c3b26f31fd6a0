//! When to stop: SIGTERM or Ctrl-C. When to read the configuration again: SIGHUP.
//!
//! A program that somebody started in a terminal ends with it: there, SIGHUP says that the terminal
//! was closed. A service has none, and SIGHUP is how its administrator talks to it.

use std::io;
#[cfg(unix)]
use std::io::IsTerminal as _;

use crate::failure::{Failure, Outcome, exit};

/// Listens from now on; the future completes when somebody asks the program to stop.
#[cfg(unix)]
pub(crate) fn stop() -> Outcome<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| failed(&error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| failed(&error))?;
    let mut closed = HangUp::listen(has_terminal())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("asked to stop (SIGTERM)"),
            _ = interrupt.recv() => tracing::info!("asked to stop (Ctrl-C)"),
            () = closed.come() => tracing::info!("the terminal was closed"),
        }
    })
}

#[cfg(unix)]
fn has_terminal() -> bool {
    io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal()
}

/// Listens from now on for whoever asks that the configuration is read again.
pub(crate) fn hang_up() -> Outcome<HangUp> {
    #[cfg(unix)]
    return HangUp::listen(!has_terminal());
    #[cfg(not(unix))]
    Ok(HangUp {})
}

/// SIGHUP, where there is one and it is meant for us.
pub(crate) struct HangUp {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl HangUp {
    #[cfg(unix)]
    fn listen(wanted: bool) -> Outcome<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = wanted.then(|| signal(SignalKind::hangup())).transpose();
        Ok(Self { signal: signal.map_err(|error| failed(&error))? })
    }

    /// Completes when the next one comes.
    pub(crate) async fn come(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
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
