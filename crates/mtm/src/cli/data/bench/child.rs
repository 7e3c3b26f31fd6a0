//! The own server: this program again, as a child process on a temporary plant.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mtm_app::auth::TokenRequest;
use mtm_core::policy::Role;
use mtm_core::word::Timestamp;
use mtm_lab::bench::DataSize;
use mtm_lab::plant::{PlantSpec, Scale};
use mtm_platform::{DataDirectory, FileError, Operation};
use mtm_store::integrity::VerifyRange;
use uuid::Uuid;

use super::books::{self, Books};
use crate::cli::Call;
use crate::config::Config;
use crate::door::Local;
use crate::failure::{Failure, Outcome, exit};
use crate::plant::{NewSite, write_plant};

/// A temporary directory, removed with everything in it at the end.
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Makes one below `parent`.
    pub(super) fn make(parent: &Path) -> Outcome<Self> {
        let path = parent.join(format!("mtm-bench-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path)
            .map_err(|error| FileError::new(Operation::Write, &path, error))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed is the operating system's to clear.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A plant to measure on, and what it holds.
pub(super) struct Own {
    config: Config,
    /// An admin's token.
    pub(super) token: String,
    /// What the ledger holds before the load.
    pub(super) before: Books,
    /// How much that is.
    pub(super) data: DataSize,
}

impl Own {
    /// Makes a plant of `scale` below `directory`.
    pub(super) async fn prepare(
        call: &Call,
        config: &Config,
        directory: &Path,
        scale: Scale,
    ) -> Outcome<Self> {
        let data = DataDirectory::prepare(&directory.join("data"))?;
        let spec = PlantSpec::of(scale, 1, Timestamp::from(jiff::Timestamp::now()));
        let site =
            NewSite { name: "bench".to_owned(), time_zone: "Etc/UTC".to_owned(), demo: false };
        let progress = call.console.progress("making the plant", Some(spec.movements));
        write_plant(&data.database(), &spec, &site, &progress).await?;
        progress.finish();
        // Whatever database this machine is set up for is left alone.
        let config = Config {
            data_dir: data.path().to_path_buf(),
            database: None,
            server: None,
            ..config.clone()
        };
        let local = Local::open(&config).await?;
        let prepared = Self::look(&local).await;
        local.close().await;
        let (token, before, data) = prepared?;
        Ok(Self { config, token, before, data })
    }

    async fn look(local: &Local) -> Outcome<(String, Books, DataSize)> {
        let request = TokenRequest {
            name: "bench".to_owned(),
            scope: Role::Admin,
            owns_lots: false,
            intent_window: None,
        };
        let (_, secret) = local.app.create_token(&local.who, request, None).await?;
        let (before, data) = books::of_ledger(local.app.ledger()).await?;
        Ok((secret.reveal().to_owned(), before, data))
    }

    /// Starts the server, with nothing of this machine's configuration in its way.
    pub(super) fn start(&self, directory: &Path) -> Outcome<Server> {
        let failed = |error: std::io::Error| {
            Failure::new("no_server", exit::FAILURE, format!("failed to start the server: {error}"))
        };
        let empty = directory.join("mtm.toml");
        std::fs::write(&empty, "")
            .map_err(|error| FileError::new(Operation::Write, &empty, error))?;
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command
            .args(["serve", "--json", "--quiet", "--log", "warn", "--listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(&self.config.data_dir)
            .arg("--config")
            .arg(&empty)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MTM_") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().map_err(failed)?;
        let out = child.stdout.take();
        let mut server = Server { child, url: String::new() };
        if let Some(out) = out {
            let mut out = BufReader::new(out);
            let mut line = String::new();
            out.read_line(&mut line).map_err(failed)?;
            let ready: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            ready["url"].as_str().unwrap_or_default().clone_into(&mut server.url);
            // Kept open: a server must be able to say something.
            server.child.stdout = Some(out.into_inner());
        }
        if server.url.is_empty() {
            return Err(Failure::new("no_server", exit::FAILURE, "the own server did not start")
                .next("What it said stands above; `mtm serve` alone shows the same."));
        }
        Ok(server)
    }

    /// What the stopped server's ledger holds, and whether it verifies.
    pub(super) async fn audit(&self) -> Outcome<(Books, bool)> {
        let local = Local::open(&self.config).await?;
        let audited = async {
            let ledger = local.app.ledger();
            let (after, _) = books::of_ledger(ledger).await?;
            let report = ledger.verify(VerifyRange::Full, |_| {}).await?;
            Ok((after, report.ok))
        }
        .await;
        local.close().await;
        audited
    }
}

/// A running server; killed on drop.
pub(super) struct Server {
    child: Child,
    /// Where it answers.
    pub(super) url: String,
}

impl Server {
    /// Asks it to stop and waits until it has.
    pub(super) fn stop(mut self) -> Outcome {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            // Gone already is what the status below tells.
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        }
        #[cfg(not(unix))]
        let _ = self.child.kill();
        let ended = self.child.wait().map_err(|error| {
            Failure::new("no_server", exit::FAILURE, format!("failed to stop the server: {error}"))
        })?;
        if cfg!(unix) && !ended.success() {
            let message = format!("the own server ended with {ended}");
            return Err(Failure::new("server_failed", exit::FAILURE, message));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
