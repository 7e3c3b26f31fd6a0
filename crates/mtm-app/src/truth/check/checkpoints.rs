//! Checkpoints are written, and the chain goes through the newest one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::settings::Settings;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "checkpoints",
    title: "Checkpoints",
    checks: "the chain goes through the newest checkpoint of this server, and that is not old",
    often: "every 4 s",
    red: "the chain was cut or computed anew since the checkpoint, or none was written for 26 h (yellow: for 2 h)",
    cure: "where the chain differs: keep copies of database and checkpoints, restore a backup; where none is written: the log says why, usually rights or room of the directory",
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
                 checkpoints, run `mtm verify --checkpoint`, and restore a backup.",
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

const WRITE: &str = "The server writes one every hour. Look in its log for why it does not: usually \
    the directory's rights, or a full disk.";

impl Check for Checkpoints {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            match self.place.clone() {
                Some(place) => self.compared(app, place).await,
                None => Finding::green("This program leaves none."),
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
