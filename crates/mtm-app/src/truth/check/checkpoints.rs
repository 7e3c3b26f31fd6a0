//! Checkpoints are written, and the chain goes through the newest one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;

use super::{Check, Looking};
use crate::App;
use crate::checkpoint::{Outside, Trouble};
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::settings::Settings;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "checkpoints",
    title: "Checkpoints",
    checks: "the chain goes through the newest checkpoint of this server, and that is not old, signed, and also where `audit.checkpoints_to` says; there, the chain goes through the newest one as well",
    often: "every 4 s; outside every hour, while something is wrong there every minute",
    red: "the chain was cut or computed anew since the checkpoint, or none was written for 26 h, here or outside (yellow: for 2 h here, once outside, or it is not signed)",
    cure: "where the chain differs: keep copies of database and checkpoints, `mtm checkpoint check FILE`, restore a backup; where none is written: the finding and the log say why, usually rights or room of the directory, or a share that is not mounted",
    scope: Scope::Here,
};

/// A program that just started has written none yet.
const GRACE: Duration = Duration::from_secs(120);

pub(in crate::truth) struct Checkpoints {
    place: Option<PathBuf>,
    old: Duration,
    missed: Duration,
    began: Instant,
}

/// What is read of a checkpoint; it may hold more.
#[derive(Deserialize)]
struct Checkpoint {
    sequence: u64,
    hash: String,
}

/// The newest one.
enum Newest {
    None,
    Unreadable(PathBuf, String),
    At(PathBuf, Checkpoint, Duration),
}

impl Checkpoints {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            place: settings.checkpoints.clone(),
            old: settings.checkpoint_old,
            missed: settings.checkpoint_missed,
            began: Instant::now(),
        }
    }

    async fn compared(&self, app: &App, place: PathBuf) -> Finding {
        let read = tokio::task::spawn_blocking(move || newest(&place)).await;
        match read.unwrap_or(Newest::None) {
            Newest::None if self.began.elapsed() < GRACE => {
                Finding::green("None was written yet since the program started.")
            }
            Newest::None => match app.ledger().moments().await {
                Ok(moments) if moments.recorded.is_none() => {
                    Finding::green("Nothing was recorded that a checkpoint could hold.")
                }
                Ok(_) => Finding::yellow("There is none.", WRITE),
                Err(error) => Finding::unasked(&error),
            },
            Newest::Unreadable(path, error) => {
                Finding::red(format!("The newest one cannot be read: {error}."), WRITE)
                    .about(vec![OffendingKey::new("path", path.display())])
            }
            Newest::At(path, checkpoint, age) => self.judge(app, &path, &checkpoint, age).await,
        }
    }

    async fn judge(
        &self,
        app: &App,
        path: &Path,
        Checkpoint { sequence, hash }: &Checkpoint,
        age: Duration,
    ) -> Finding {
        let keys = vec![
            OffendingKey::new("audit_entry", sequence),
            OffendingKey::new("path", path.display()),
        ];
        let found = match app.ledger().audit_hash(*sequence).await {
            Ok(found) => found,
            Err(error) => return Finding::unasked(&error),
        };
        if found.as_ref() != Some(hash) {
            let what = if found.is_some() { "is another one than" } else { "is gone, but was in" };
            let message = format!("Audit entry {sequence} {what} the newest checkpoint.");
            return Finding::red(
                message,
                "The chain was cut or computed anew. Keep a copy of the database and of the \
                 checkpoints, run `mtm checkpoint check` on the newest one, and restore a backup.",
            )
            .about(keys);
        }
        let hours = age.as_secs() / 3600;
        if age > self.missed {
            Finding::red(format!("None was written for {hours} hours."), WRITE).about(keys)
        } else if age > self.old {
            Finding::yellow(format!("None was written for {hours} hours."), WRITE).about(keys)
        } else {
            Finding::green(format!("The chain goes through the newest one, entry {sequence}."))
        }
    }
}

impl Checkpoints {
    /// What is wrong besides: outside, or with the signature.
    fn beyond(&self, trouble: Trouble) -> Option<Finding> {
        let place = || trouble.place.iter().map(|it| OffendingKey::new("path", it.display()));
        match trouble.outside {
            Outside::Failed { since, message } => {
                let tell =
                    if since.elapsed() > self.missed { Finding::red } else { Finding::yellow };
                let message = format!("The newest one could not be kept outside: {message}.");
                return Some(tell(message, OUTSIDE).about(place().collect()));
            }
            Outside::Differs { path, flaw, sequence } => {
                let keys = vec![
                    OffendingKey::new("audit_entry", sequence),
                    OffendingKey::new("path", path.display()),
                ];
                let message = format!("The newest one outside does not fit: {flaw}.");
                return Some(Finding::red(message, DIFFERS).about(keys));
            }
            Outside::Unused | Outside::Untried | Outside::Kept => {}
        }
        let unsigned = trouble.unsigned?;
        Some(Finding::yellow(format!("The newest one is not signed: {unsigned}."), SIGN))
    }
}

const OUTSIDE: &str = "Mount the share, give the account of the server access to it, or correct \
    `audit.checkpoints_to`. It is tried again every minute; bookings go on, and checkpoints are still \
    left in the data directory.";
const DIFFERS: &str = "The chain was cut or computed anew. Keep copies of the database and of the \
    checkpoints, run `mtm checkpoint check` on that file, and restore a backup. If an older backup was \
    put back on purpose, move the newer checkpoints outside to another directory; until then none is \
    written there.";
const SIGN: &str = "Restore the file `checkpoint.key` of the data directory, or move what is there \
    away: then a new key is made, which must be told to whoever checks.";
const WRITE: &str = "The server writes one every hour. Look in its log for why it does not: usually \
    the directory's rights, or a full disk.";

impl Check for Checkpoints {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let here = match self.place.clone() {
                Some(place) => self.compared(app, place).await,
                None => Finding::green("This program leaves none."),
            };
            match app.checkpoints().and_then(|keeper| self.beyond(keeper.trouble())) {
                Some(beyond) if beyond.light > here.light => beyond,
                _ => here,
            }
        })
    }

    fn pause(&self, pace: Duration) -> Duration {
        2 * pace
    }
}

/// Checkpoints are named by their place in the chain, so that the last name is the newest.
fn newest(place: &Path) -> Newest {
    let Ok(entries) = fs::read_dir(place) else { return Newest::None };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = paths.filter(|path| path.extension().is_some_and(|it| it == "json")).max();
    let Some(path) = newest else { return Newest::None };
    let read = || -> Result<(Checkpoint, Duration), String> {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let written = fs::metadata(&path).and_then(|it| it.modified());
        let written = written.map_err(|error| error.to_string())?;
        let age = SystemTime::now().duration_since(written).unwrap_or_default();
        let checkpoint = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok((checkpoint, age))
    };
    match read() {
        Ok((checkpoint, age)) => Newest::At(path, checkpoint, age),
        Err(error) => Newest::Unreadable(path, error),
    }
}
