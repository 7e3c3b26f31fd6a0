//! How long a booking is tried before its caller hears that it did not work.

use std::time::{Duration, Instant};

use crate::fault::Fault;

/// How often a submission is decided again because others were faster.
const MOST_CONFLICTS: u32 = 60;
/// How long a submission is tried in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a submission is tried while the database is away: a cut connection or a moment is
/// nobody's business, and then the caller may know another server.
const AWAY: Duration = Duration::from_secs(2);

/// What is left of the patience with a submission.
#[derive(Debug)]
pub(super) struct Patience {
    until: Instant,
    attempts: u32,
    conflicts: u32,
    /// Since when the database is away.
    away: Option<Instant>,
    /// An attempt of which nobody knows whether it was written.
    unsure: Option<Fault>,
}

impl Patience {
    pub(super) fn begun(now: Instant) -> Self {
        let until = now + PATIENCE;
        Self { until, attempts: 0, conflicts: 0, away: None, unsure: None }
    }

    /// How often it was tried.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether an attempt may have been written.
    pub(super) fn is_unsure(&self) -> bool {
        self.unsure.is_some()
    }

    /// Others were faster.
    pub(super) fn conflict(&mut self, now: Instant) -> Result<(), Fault> {
        self.conflicts += 1;
        self.away = None;
        let text = format!("others were faster {} times", self.conflicts);
        self.again(now, self.conflicts < MOST_CONFLICTS, Fault::Transient(text))
    }

    /// The database is away, or the connection was.
    pub(super) fn away(&mut self, now: Instant, fault: Fault) -> Result<(), Fault> {
        let since = *self.away.get_or_insert(now);
        if matches!(fault, Fault::Ambiguous(_)) {
            self.unsure.get_or_insert_with(|| fault.clone());
        }
        self.again(now, now - since < AWAY, fault)
    }

    fn again(&mut self, now: Instant, worth_it: bool, fault: Fault) -> Result<(), Fault> {
        self.attempts += 1;
        if worth_it && now < self.until {
            return Ok(());
        }
        // Whoever gives up must not say that nothing was written if an attempt may have been.
        Err(self.unsure.take().unwrap_or(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away() -> Fault {
        Fault::Transient("away".to_owned())
    }

    #[test]
    fn whoever_gives_up_does_not_forget_what_nobody_knows() {
        let now = Instant::now();
        let mut patience = Patience::begun(now);
        patience.away(now, Fault::Ambiguous("cut".to_owned())).unwrap();
        patience.away(now, away()).unwrap();
        assert!(patience.is_unsure());
        assert!(matches!(patience.away(now + AWAY, away()), Err(Fault::Ambiguous(_))));
    }

    #[test]
    fn a_database_that_answers_is_not_away_and_patience_ends() {
        let now = Instant::now();
        let mut patience = Patience::begun(now);
        patience.away(now, away()).unwrap();
        patience.conflict(now + AWAY).unwrap();
        patience.away(now + AWAY, away()).unwrap();
        assert!(matches!(patience.conflict(now + PATIENCE), Err(Fault::Transient(_))));
        assert_eq!(patience.attempts(), 4);
    }

    #[test]
    fn whom_others_outrun_too_often_hears_of_it() {
        let now = Instant::now();
        let mut patience = Patience::begun(now);
        for _ in 1..MOST_CONFLICTS {
            patience.conflict(now).unwrap();
        }
        assert!(patience.conflict(now).unwrap_err().is_transient());
    }
}
