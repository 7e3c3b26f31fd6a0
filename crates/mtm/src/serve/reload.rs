//! Taking over a changed configuration without a restart.
//!
//! On SIGHUP, and when the configuration's file, the certificate's files or the identity provider's were changed, everything is
//! read and checked as at the start. Only when all of it is good is any of it taken over: bounds of
//! bookings, the bound of slow statements, how other systems are called, what is logged, certificate and key. Otherwise the old one
//! stays as a whole, and the log and the state of the task say why. What takes a restart is named.
//! The identity provider is one of the things that are taken over: its secret is changed in its file, and
//! nobody has to be signed out for it. So are the systems that are called: those that stay as they were keep
//! their tokens. Files that they name are looked at with each call, and not here.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use mtm_app::App;
use mtm_app::supervisor::{Ended, Stop};
use mtm_web::{TlsFiles, TlsHandle};

use super::{flows, logging, provider, signal};
use crate::config::{Config, KEYS, Settings};
use crate::failure::Outcome;

/// The name of the task.
pub(super) const TASK: &str = "configuration";

/// Keys of the identity provider begin so; all of them count at once.
const PROVIDER: &str = "oidc.";
/// Those of them that are files.
const PROVIDER_FILES: [&str; 2] = ["oidc.client_secret_file", "oidc.ca_file"];

/// Between two looks at the files. A change counts once two looks saw the same, so that none is read
/// while it is written.
const LOOK: Duration = Duration::from_secs(1);

/// Keys whose new value counts at once; a certificate's only where there was one at the start.
const LIVE: [&str; 13] = [
    "booking.max_quantity",
    "booking.undo_window_minutes",
    "database.slow_statement_ms",
    "guard.error_percent",
    "guard.slow_ms",
    "guard.slow_percent",
    "guard.least_calls",
    "guard.window_seconds",
    "guard.pause_ms",
    "guard.longest_pause_ms",
    "guard.at_once",
    "guard.per_second",
    "log.filter",
];
const CERTIFICATE: [&str; 2] = ["server.tls_cert", "server.tls_key"];

/// Where the configuration comes from: the same layers as at the start, read anew.
pub(crate) struct Origin {
    /// Reads every layer.
    pub(crate) read: Box<dyn Fn() -> Outcome<Settings> + Send + Sync>,
    /// The file among them, whether it is there or not.
    pub(crate) file: Option<PathBuf>,
}

/// Follows the configuration.
pub(super) struct Reload {
    origin: Origin,
    app: App,
    filter: logging::Filter,
    tls: Option<TlsHandle>,
    /// What the server started with: what takes a restart is still as it says.
    started: Settings,
    seen: Mutex<Seen>,
}

/// What was taken over last, and how the files looked when it was read.
struct Seen {
    settings: Settings,
    files: Looks,
}

/// When each file was changed, and how long it is; none where it is not there.
type Looks = Vec<Option<(SystemTime, u64)>>;

impl Reload {
    /// Nothing has changed since `settings` were read.
    pub(super) fn new(
        origin: Origin,
        settings: Settings,
        app: App,
        filter: logging::Filter,
        tls: Option<TlsHandle>,
    ) -> Self {
        let files = looks(&files(&origin, &settings));
        let (started, seen) = (settings.clone(), Mutex::new(Seen { settings, files }));
        Self { origin, app, filter, tls, started, seen }
    }

    /// Takes over what changes, until it is stopped.
    pub(super) async fn run(&self, mut stop: Stop) -> Ended {
        let mut hang_up = signal::hang_up().map_err(|failure| failure.to_string())?;
        loop {
            tokio::select! {
                () = stop.requested() => return Ok(()),
                () = hang_up.come() => tracing::info!("asked to read the configuration again"),
                () = self.changed() => tracing::info!("the configuration's files were changed"),
            }
            self.take_over();
        }
    }

    /// Completes when the files look otherwise than when they were read.
    async fn changed(&self) {
        let paths = files(&self.origin, &self.seen().settings);
        let mut before = None;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = looks(&paths);
            if now != self.seen().files && before.as_ref() == Some(&now) {
                return;
            }
            before = Some(now);
        }
    }

    /// Reads everything, and takes all of it over, or nothing.
    fn take_over(&self) {
        let mut seen = self.seen();
        // Before they are read: what is changed from now on is seen later.
        seen.files = looks(&files(&self.origin, &seen.settings));
        let note = match self.read() {
            Ok((settings, waiting)) => {
                seen.files = looks(&files(&self.origin, &settings));
                seen.settings = settings;
                tracing::info!(after_a_restart = ?waiting, "the configuration was taken over");
                let waiting = waiting.join(", ");
                (!waiting.is_empty()).then(|| format!("{waiting}: in force after a restart"))
            }
            Err(failure) => {
                tracing::error!(
                    code = failure.code,
                    "the configuration was not taken over, the one before stays: {failure}"
                );
                Some(format!("not taken over, the one before stays: {failure}"))
            }
        };
        self.app.tasks().note(TASK, note);
    }

    /// The new settings, in force by now, and the names of those that take a restart.
    fn read(&self) -> Outcome<(Settings, Vec<&'static str>)> {
        let settings = (self.origin.read)()?;
        let config = Config::of(&settings)?;
        let filter = logging::filter(&config)?;
        let identity = match (&self.tls, &config.tls) {
            (Some(_), Some((certificate, key))) => {
                let files = TlsFiles { certificate: certificate.clone(), key: key.clone() };
                Some(files.read().map_err(mtm_web::ServeError::from)?)
            }
            _ => None,
        };
        let provider = provider::provider(&config)?;
        let flows = flows::flows(&config)?;
        self.filter.set(filter)?;
        self.app.use_provider(provider);
        self.app.ledger().set_limits(config.limits);
        mtm_app::slow::tell_from(config.slow_statement);
        self.app.guards().set(&config.guards);
        self.app.use_peers(config.peers);
        self.app.use_flows(flows);
        self.app.use_printers(config.printers);
        self.app.use_machines(config.machines);
        self.app.use_edge_nodes(config.edge_nodes);
        self.app.set_scan_patterns(config.scan_patterns);
        self.app.set_wedges(config.wedges);
        if let (Some(tls), Some(identity)) = (&self.tls, identity) {
            tls.replace(identity);
        }
        let waiting = self.waiting(&settings);
        Ok((settings, waiting))
    }

    fn waiting(&self, new: &Settings) -> Vec<&'static str> {
        let value = |settings: &Settings, name: &str| {
            settings.setting(name).map(|setting| setting.value.clone())
        };
        let certified =
            self.tls.is_some() && CERTIFICATE.iter().all(|key| new.setting(key).is_some());
        let is_live = |name: &str| {
            LIVE.contains(&name)
                || name.starts_with(PROVIDER)
                || certified && CERTIFICATE.contains(&name)
        };
        let changed = KEYS.iter().map(|key| key.name);
        let differs = |name: &&str| value(&self.started, name) != value(new, name);
        changed.filter(|name| differs(name) && !is_live(name)).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files that are looked at.
fn files(origin: &Origin, settings: &Settings) -> Vec<PathBuf> {
    let named = CERTIFICATE.iter().chain(&PROVIDER_FILES).filter_map(|key| settings.setting(key));
    let named = named.map(|setting| PathBuf::from(&setting.value));
    origin.file.iter().cloned().chain(named).collect()
}

fn looks(files: &[PathBuf]) -> Looks {
    let look = |path: &PathBuf| {
        let found = std::fs::metadata::<&Path>(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    files.iter().map(look).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_at_once_are_keys() {
        for name in LIVE.iter().chain(&CERTIFICATE).chain(&PROVIDER_FILES) {
            assert!(KEYS.iter().any(|key| key.name == *name), "{name}");
        }
    }
}
