//! The service as it runs: the ledger in its file, the application over it, and what follows the log.
//! It is closed, killed and begun again while everything outside stays.

use std::path::PathBuf;
use std::sync::Arc;

use mtm_app::App;
use mtm_app::relay::{BrokerRelay, Standing, WebhookRelay};
use mtm_app::vault::Vault;
use mtm_store::closing::Closing;
use mtm_store::minimum::MinimumWatch;
use mtm_store::{Ledger, ManualClock, OpenOptions};
use tempfile::TempDir;

use super::mishap::Mishaps;
use super::outside::Outside;

/// What stays when the program ends.
pub(super) struct Home {
    directory: TempDir,
    /// How often it was begun on other files.
    files: u32,
    clock: Arc<ManualClock>,
    mishaps: Mishaps,
    outside: Outside,
}

/// A program that runs, and what it forgets when it ends.
pub(super) struct Service {
    pub(super) app: App,
    pub(super) webhooks: WebhookRelay,
    pub(super) brokers: Vec<(BrokerRelay, Standing)>,
    pub(super) minimums: MinimumWatch,
    pub(super) closing: Option<Closing>,
}

impl Home {
    pub(super) fn new(clock: Arc<ManualClock>, mishaps: Mishaps, outside: Outside) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), files: 0, clock, mishaps, outside }
    }

    /// The database that is in use.
    pub(super) fn database(&self) -> PathBuf {
        self.directory.path().join(format!("mtm-{}.db", self.files))
    }

    /// Where a killed program leaves its files.
    pub(super) fn next_database(&self) -> PathBuf {
        self.directory.path().join(format!("mtm-{}.db", self.files + 1))
    }

    /// From now on the files are those that a killed program left.
    pub(super) fn go_on_with_what_is_left(&mut self) {
        let before = self.database();
        self.files += 1;
        for ending in ["", "-wal", "-shm"] {
            let mut name = before.as_os_str().to_owned();
            name.push(ending);
            // What was carried over is not there any more.
            drop(std::fs::remove_file(name));
        }
    }

    /// Begins the program.
    pub(super) async fn begin(&self) -> Service {
        let options = OpenOptions {
            create: self.files == 0,
            clock: self.clock.clone(),
            faults: Some(self.mishaps.script()),
            ..OpenOptions::default()
        };
        let ledger = Ledger::open(&self.database(), options).await.unwrap();
        let vault = Vault::open(&self.directory.path().join("secrets.key")).unwrap();
        let app = App::with_vault(ledger, vault).await.unwrap();
        let (webhooks, brokers) = self.outside.relays(&app);
        let mut standing = Vec::new();
        for broker in brokers {
            broker.meet().await.unwrap();
            let stands = broker.standing();
            standing.push((broker, stands));
        }
        let minimums = MinimumWatch::default();
        Service { app, webhooks, brokers: standing, minimums, closing: None }
    }
}
