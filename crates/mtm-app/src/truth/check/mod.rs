//! The checks: a module for each invariant, all of one shape.

pub(super) mod chain;
pub(super) mod checkpoints;
pub(super) mod clock;
pub(super) mod database;
pub(super) mod disk;
pub(super) mod history;
pub(super) mod procedures;
pub(super) mod relays;
pub(super) mod sealing;
pub(super) mod secrets;
pub(super) mod servers;
pub(super) mod stock;
pub(super) mod tasks;
pub(super) mod verification;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::finding::Finding;
use super::invariant::Invariant;
use super::settings::Settings;
use crate::App;

/// What a look gives.
pub(super) type Looking<'c> = BoxFuture<'c, Finding>;

/// Looks at one invariant.
pub(super) trait Check: Send {
    /// At which.
    fn invariant(&self) -> &'static Invariant;

    /// Looks. May be given up half way, and begins anew then.
    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c>;

    /// Another server looks at it by now.
    fn elsewhere(&mut self) {}

    /// How long to rest before the next look.
    fn pause(&self, pace: Duration) -> Duration {
        pace
    }

    /// How long a look may take.
    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// What a look that took longer says.
    fn late(&self) -> Finding {
        let seconds = self.patience().as_secs();
        Finding::unknown(format!("It could not be found out within {seconds} seconds."))
    }
}

/// Every check.
pub(super) fn all(settings: &Settings) -> Vec<Box<dyn Check>> {
    vec![
        Box::new(database::Database),
        Box::new(stock::Stock::default()),
        Box::new(chain::Chain::default()),
        Box::new(history::History::default()),
        Box::new(checkpoints::Checkpoints::of(settings)),
        Box::new(sealing::Sealing::of(settings)),
        Box::new(relays::Relays),
        Box::new(procedures::Procedures),
        Box::new(servers::Servers::default()),
        Box::new(clock::Clock),
        Box::new(disk::Disk::of(settings)),
        Box::new(secrets::Secrets),
        Box::new(tasks::Tasks),
    ]
}
