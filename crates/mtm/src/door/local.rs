//! The ledger, opened by this process.

use std::path::Path;

use mtm_app::vault::Vault;
use mtm_app::{App, Principal};
use mtm_platform::{Cause, DataDirectory, FileError};
use mtm_store::{Ledger, OpenError, OpenOptions};

use super::os_user;
use crate::config::{Config, Hidden};
use crate::failure::{Failure, Outcome, exit};

/// The application on the ledger of the data directory, and who works with it.
pub(crate) struct Local {
    /// The use cases.
    pub(crate) app: App,
    /// `cli:` and the name of the operating system's user.
    pub(crate) who: Principal,
}

impl Local {
    /// Opens the ledger that is there.
    pub(crate) async fn open(config: &Config) -> Outcome<Self> {
        let app = App::new(Self::ledger(config).await?).await?;
        app.set_scan_patterns(config.scan_patterns.clone());
        Self::of(app).await
    }

    /// Opens the ledger that is there, with the key of the secrets that it keeps.
    pub(crate) async fn with_secrets(config: &Config) -> Outcome<Self> {
        let key = match &config.secrets_key {
            Some(key) => key.clone(),
            None => {
                DataDirectory::existing(&config.data_dir).map_err(refuse_missing)?.secrets_key()
            }
        };
        let ledger = Self::ledger(config).await?;
        let app = App::with_vault(ledger, Vault::open(&key)?).await?;
        Self::of(app).await
    }

    async fn of(app: App) -> Outcome<Self> {
        let who = app.local_principal(&os_user()).await?;
        Ok(Self { app, who })
    }

    async fn ledger(config: &Config) -> Outcome<Ledger> {
        Ok(if let Some(url) = &config.database {
            connect(url, options(config, false)).await?
        } else {
            let directory = DataDirectory::existing(&config.data_dir).map_err(refuse_missing)?;
            open_ledger(&directory.database(), options(config, false)).await?
        })
    }

    /// Leaves the ledger as one file.
    pub(crate) async fn close(&self) {
        self.app.ledger().close().await;
    }
}

/// Opens the ledger that the configuration names, or else the file in `directory`; makes it where
/// there is none.
pub(crate) async fn make_ledger(config: &Config, directory: &DataDirectory) -> Outcome<Ledger> {
    match &config.database {
        Some(url) => connect(url, options(config, true)).await,
        None => open_ledger(&directory.database(), options(config, true)).await,
    }
}

fn options(config: &Config, create: bool) -> OpenOptions {
    OpenOptions {
        create,
        limits: config.limits,
        readers: config.readers,
        writers: config.writers,
        reports: config.reports,
        slow_statement: config.slow_statement,
        ..OpenOptions::default()
    }
}

async fn connect(url: &Hidden, options: OpenOptions) -> Outcome<Ledger> {
    Ok(Ledger::connect(url.reveal(), options).await?)
}

/// Opens a ledger; what stands in the way is told with what to do about it.
pub(crate) async fn open_ledger(path: &Path, options: OpenOptions) -> Outcome<Ledger> {
    match Ledger::open(path, options).await {
        Ok(ledger) => Ok(ledger),
        // The engine needs room to open a ledger at all, and does not say that it found none.
        Err(error @ OpenError::Failed { .. }) => match path.parent().map(DataDirectory::prepare) {
            Some(Err(cause)) => Err(cause.into()),
            _ => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// A data directory that is not there, told as what it means.
pub(crate) fn refuse_missing(error: FileError) -> Failure {
    let missing = error.cause() == Cause::Missing;
    let failure = Failure::from(error);
    if !missing {
        return failure;
    }
    failure.because("There is no plant in that directory.").next(FIRST_START)
}

const FIRST_START: &str =
    "Name the directory with --data-dir, or start `mtm serve` once to make a plant there.";

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (code, exit, next) = match &error {
            OpenError::Missing { .. } => ("ledger_missing", exit::NOT_FOUND, FIRST_START),
            OpenError::ReadOnly { .. } => (
                "ledger_read_only",
                exit::FAILURE,
                "Give this account write access to the file and its directory.",
            ),
            OpenError::NotADatabase { .. } | OpenError::Foreign { .. } => (
                "ledger_foreign",
                exit::CONFLICT,
                "Choose another directory with --data-dir; the file was left alone.",
            ),
            OpenError::Newer { .. } | OpenError::NewerServer { .. } => {
                ("ledger_newer", exit::CONFLICT, "Use the version of mtm that last wrote it.")
            }
            OpenError::Locked { .. } => {
                ("ledger_locked", exit::UNAVAILABLE, "Wait for the other program, then try again.")
            }
            OpenError::DiskFull { .. } => {
                ("disk_full", exit::UNAVAILABLE, "Free space on that disk, then try again.")
            }
            OpenError::Corrupt { .. } => (
                "ledger_corrupt",
                exit::FAILURE,
                "Keep a copy of the directory, then restore the newest backup with `mtm restore`.",
            ),
            OpenError::Server { .. } => (
                "database_unavailable",
                exit::UNAVAILABLE,
                "Check the server, the URL's host, user and database, and that its account may create tables.",
            ),
            OpenError::ForeignServer => (
                "ledger_foreign",
                exit::CONFLICT,
                "Name an empty database in the URL; this one was left alone.",
            ),
            OpenError::Incomplete => (
                "ledger_incomplete",
                exit::CONFLICT,
                "Start the copy again with `mtm db copy`; it begins anew.",
            ),
            OpenError::NotPermitted { .. } => (
                "migration_needed",
                exit::CONFLICT,
                "Run `mtm db migrate` with the URL of an account that may migrate (`mtm db accounts --migrate NAME` makes one), then start again.",
            ),
            OpenError::Denied { .. } => (
                "not_permitted",
                exit::FAILURE,
                "Use a login with the role mtm_app (`mtm db accounts --app NAME` makes one); `mtm db status` tells which rights are missing.",
            ),
            OpenError::Failed { .. } => {
                ("ledger_failed", exit::FAILURE, "`mtm doctor` looks for the cause.")
            }
        };
        Self::new(code, exit, error.to_string()).next(next)
    }
}
