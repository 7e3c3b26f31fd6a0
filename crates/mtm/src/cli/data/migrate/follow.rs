//! `--follow` and `--cut-over`: the parallel run.
//!
//! The ledger is opened for each look and closed after it: a server beside it, a backup or a
//! restart of its database never meet a connection that nobody uses.

use std::time::Duration;

use jiff::tz::TimeZone;
use mtm_app::App;
use mtm_app::legacy::follow::{FollowError, FollowReport};
use mtm_app::legacy::plant::{LogFrom, read_server};
use mtm_app::legacy::server::Address;
use mtm_platform::DataDirectory;
use mtm_store::Ledger;
use serde::Serialize;
use tokio::time;

use super::{Arguments, take_over, write_report};
use crate::cli::Call;
use crate::config::Config;
use crate::failure::{Failure, Outcome, exit};
use crate::serve::signal;

/// What following needs.
pub(super) struct Following<'f> {
    pub(super) call: &'f Call,
    pub(super) it: &'f Arguments,
    pub(super) config: &'f Config,
    pub(super) address: Address,
    pub(super) zone: Option<TimeZone>,
}

impl Following<'_> {
    pub(super) async fn run(&self) -> Outcome {
        if self.it.cut_over {
            return self.cut_over().await;
        }
        if self.it.once {
            let report = self.look().await?;
            self.keep(&report)?;
            return self.call.console.answer(&report, || report.text());
        }
        self.keep_up().await
    }

    async fn keep_up(&self) -> Outcome {
        let stop = signal::stop()?;
        tokio::pin!(stop);
        let pause = self.it.every;
        loop {
            match self.look().await {
                Ok(report) => {
                    self.keep(&report)?;
                    self.tell(&report)?;
                }
                // Servers come back.
                Err(failure) if failure.passes() => {
                    let seconds = pause.as_secs();
                    self.call.console.warn(&format!("{failure}; trying again in {seconds} s"));
                }
                Err(failure) => return Err(failure),
            }
            tokio::select! {
                () = time::sleep(pause) => {}
                () = &mut stop => {
                    self.call.console.note(
                        "Stopped following; the same command goes on from here. `--cut-over` ends it.",
                    );
                    return Ok(());
                }
            }
        }
    }

    fn tell(&self, report: &FollowReport) -> Outcome {
        if self.call.console.is_json() {
            return self.call.console.write(&text_of(report)?);
        }
        let at = crate::output::moment(report.looked_at);
        self.call.console.write(&format!("{at}  {}", report.line()))
    }

    /// One look; takes everything over first where nothing was.
    async fn look(&self) -> Outcome<FollowReport> {
        let open = self.open().await?;
        let looked = self.look_from(&open.ledger).await;
        open.close().await;
        looked
    }

    async fn look_from(&self, ledger: &Ledger) -> Outcome<FollowReport> {
        let app = App::new(ledger.clone()).await?;
        if !app.is_following().await? {
            let progress = self.call.console.progress("reading", None);
            let plant =
                read_server(&self.address, LogFrom::Beginning, |rows| progress.set(rows)).await?;
            progress.finish();
            take_over(ledger, self.it, &plant, self.zone.clone()).await?;
            self.call.console.note("Everything was taken over; following from here.");
        }
        let zone = self.zone(&app);
        let who = app.follower().await?;
        Ok(app.follow(&who, &self.address, &zone).await?)
    }

    async fn cut_over(&self) -> Outcome {
        let open = self.open().await?;
        let done = async {
            let app = App::new(open.ledger.clone()).await?;
            let (zone, who) = (self.zone(&app), app.follower().await?);
            let accept = self.it.accept_differences;
            Ok::<_, Failure>(app.cut_over(&who, &self.address, &zone, accept).await?)
        };
        let done = done.await;
        open.close().await;
        let report = done?;
        self.keep(&report)?;
        self.call.console.answer(&report, || report.text())?;
        if report.cut_over {
            return Ok(());
        }
        let message = "the systems differ, or the ledger is not what it was told: not cut over";
        Err(Failure::new("legacy_differs", exit::CONFLICT, message)
            .because("The report lists every difference with its class; following may go on.")
            .next(report.next_steps.join(" ")))
    }

    fn zone(&self, app: &App) -> TimeZone {
        self.zone.clone().unwrap_or_else(|| app.site().zone.clone())
    }

    fn keep(&self, report: &impl Serialize) -> Outcome {
        write_report(self.it, &serde_json::to_value(report).map_err(|error| broken(&error))?)
    }

    async fn open(&self) -> Outcome<Open> {
        let directory = DataDirectory::prepare(&self.config.data_dir)?;
        // Nobody else may make the plant meanwhile; one that is there is shared with its server.
        let lock = if directory.database().exists() { None } else { Some(directory.claim()?) };
        let ledger = crate::serve::open(self.config, &directory).await?;
        Ok(Open { ledger, _lock: lock })
    }
}

/// The ledger for one look.
struct Open {
    ledger: Ledger,
    _lock: Option<mtm_platform::OwnerLock>,
}

impl Open {
    async fn close(self) {
        self.ledger.close().await;
    }
}

/// A pause as people write it: `30s`, `5m`, `1h`.
pub(super) fn pause(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix('s') {
        Some(number) => (number, 1),
        None => match (text.strip_suffix('m'), text.strip_suffix('h')) {
            (Some(number), _) => (number, 60),
            (_, Some(number)) => (number, 3600),
            (None, None) => (text, 1),
        },
    };
    match number.parse::<u32>() {
        Ok(number) if number > 0 => Ok(Duration::from_secs(u64::from(number) * unit)),
        _ => Err("write it as 30s, 5m or 1h".to_owned()),
    }
}

fn text_of(report: &FollowReport) -> Outcome<String> {
    serde_json::to_string(report).map_err(|error| broken(&error))
}

fn broken(error: &serde_json::Error) -> Failure {
    Failure::new("internal", exit::FAILURE, error.to_string())
}

impl From<FollowError> for Failure {
    fn from(error: FollowError) -> Self {
        let (code, next, message) = (error.code(), error.next_step(), error.to_string());
        let exit = match error {
            FollowError::Legacy(error) => return error.into(),
            FollowError::Plan(error) => return error.into(),
            FollowError::App(error) => return error.into(),
            FollowError::NotTakenOver => exit::NOT_FOUND,
            FollowError::CutOver { .. }
            | FollowError::OtherDatabase { .. }
            | FollowError::StillBooked { .. } => exit::CONFLICT,
        };
        Self::new(code, exit, message).because("Nothing was written by this look.").next(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_read_as_people_write_them() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("2h", 7200), ("45", 45)] {
            assert_eq!(pause(text), Ok(Duration::from_secs(seconds)));
        }
        for wrong in ["0s", "", "s", "-1s", "1.5m", "soon"] {
            assert!(pause(wrong).is_err(), "{wrong}");
        }
    }
}
