//! Where everybody reads how the invariants are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use mtm_core::word::Timestamp;
use mtm_store::integrity::VerifyReport;

use super::check::verification;
use super::finding::Finding;
use super::invariant::{INVARIANTS, Invariant};
use super::light::Light;

/// A verdict that was not renewed for so long is none any more.
const STALE: Duration = Duration::from_secs(180);

/// How an invariant is, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What must hold.
    pub invariant: &'static Invariant,
    /// What was found last.
    pub finding: Finding,
    /// Since when it shines as it does.
    pub since: Option<Timestamp>,
    /// When it was looked at last.
    pub checked_at: Option<Timestamp>,
    /// What was red since the world was told last: where the database takes nothing, telling waits.
    untold: Option<Finding>,
    looked: Option<Instant>,
}

impl Verdict {
    /// How it is.
    pub const fn light(&self) -> Light {
        self.finding.light
    }

    /// What was found when it was red the last time, where the world may not know.
    pub(super) const fn untold(&self) -> Option<&Finding> {
        self.untold.as_ref()
    }

    /// The same, or nothing known where nobody looked for long.
    fn fresh(&self) -> Self {
        let renewed = self.invariant == &verification::INVARIANT;
        match self.looked {
            Some(looked) if !renewed && looked.elapsed() > STALE => {
                let finding = Finding::unknown("Nobody looked for three minutes.");
                Self { finding, ..self.clone() }
            }
            _ => self.clone(),
        }
    }
}

/// How every invariant is.
#[derive(Debug)]
pub struct Board {
    verdicts: RwLock<Vec<Verdict>>,
    audited_to: AtomicU64,
}

impl Default for Board {
    fn default() -> Self {
        let verdicts = INVARIANTS.into_iter().map(|invariant| {
            let finding = if invariant == &verification::INVARIANT {
                verification::not_asked()
            } else {
                Finding::unknown("Nobody looked yet.")
            };
            let (since, checked_at, looked) = (None, None, None);
            Verdict { invariant, finding, since, checked_at, untold: None, looked }
        });
        Self { verdicts: RwLock::new(verdicts.collect()), audited_to: AtomicU64::new(0) }
    }
}

impl Board {
    /// Every invariant, in the order in which they are shown.
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.read().iter().map(Verdict::fresh).collect()
    }

    /// The worst of them.
    pub fn light(&self) -> Light {
        self.read().iter().map(|it| it.fresh().light()).max().unwrap_or(Light::Unknown)
    }

    /// Those that do not hold, or not for long.
    pub fn troubled(&self) -> usize {
        self.read().iter().filter(|it| it.light() > Light::Unknown).count()
    }

    /// Up to which audit entry everything was read since the program started.
    pub fn audited_to(&self) -> u64 {
        self.audited_to.load(Ordering::Relaxed)
    }

    /// Keeps what a verification that somebody asked for found.
    pub fn verified(&self, report: &VerifyReport) {
        self.put(&verification::INVARIANT, verification::found(report), report.verified_at);
    }

    pub(super) fn audited(&self, upto: u64) {
        self.audited_to.store(upto, Ordering::Relaxed);
    }

    /// The world knows of this verdict, or another server tells of it.
    pub(super) fn told(&self, known: &Verdict) {
        let mut verdicts = self.verdicts.write().unwrap_or_else(PoisonError::into_inner);
        let same = |it: &&mut Verdict| it.invariant == known.invariant && it.untold == known.untold;
        if let Some(verdict) = verdicts.iter_mut().find(same) {
            verdict.untold = None;
        }
    }

    /// Writes down what was found at `now`.
    pub(super) fn put(&self, invariant: &'static Invariant, finding: Finding, now: Timestamp) {
        let mut verdicts = self.verdicts.write().unwrap_or_else(PoisonError::into_inner);
        let Some(verdict) = verdicts.iter_mut().find(|it| it.invariant == invariant) else {
            return;
        };
        if verdict.light() != finding.light || verdict.since.is_none() {
            told(invariant, verdict.light(), &finding);
            verdict.since = Some(now);
        }
        if finding.light == Light::Red {
            verdict.untold = Some(finding.clone());
        }
        verdict.finding = finding;
        verdict.checked_at = Some(now);
        verdict.looked = Some(Instant::now());
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Verdict>> {
        self.verdicts.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change is logged once.
fn told(invariant: &Invariant, before: Light, finding: &Finding) {
    let (name, message) = (invariant.name, &finding.message);
    let keys: Vec<_> = finding.keys.iter().map(|it| format!("{} {}", it.kind, it.key)).collect();
    let keys = keys.join(", ");
    match finding.light {
        Light::Red => tracing::error!(invariant = name, keys, "truth light red: {message}"),
        Light::Yellow => tracing::warn!(invariant = name, keys, "truth light yellow: {message}"),
        Light::Green if before > Light::Unknown => {
            tracing::info!(invariant = name, "truth light green again: {message}");
        }
        Light::Green | Light::Unknown => tracing::debug!(invariant = name, "{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::disk;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    #[test]
    fn a_light_remembers_since_when_it_shines_so() {
        let board = Board::default();
        let disk = || board.verdicts().into_iter().find(|it| it.invariant == &disk::INVARIANT);
        assert_eq!(board.light(), Light::Unknown, "nobody looked");
        let full = || Finding::red("full", "free space");
        for (second, finding) in
            [(1, Finding::green("room")), (2, Finding::green("less")), (3, full()), (4, full())]
        {
            board.put(&disk::INVARIANT, finding, at(second));
        }
        let verdict = disk().unwrap();
        assert_eq!((verdict.since, verdict.checked_at), (Some(at(3)), Some(at(4))));
        assert_eq!((board.light(), board.troubled()), (Light::Red, 1));
        assert_eq!(verdict.untold(), Some(&full()));
        board.put(&disk::INVARIANT, Finding::green("room"), at(5));
        assert_eq!(disk().unwrap().since, Some(at(5)));
        assert_eq!(disk().unwrap().untold(), Some(&full()), "it was red, and nobody was told");
        board.told(&disk().unwrap());
        assert_eq!(disk().unwrap().untold(), None);
        assert_eq!(board.light(), Light::Unknown, "the others were not looked at");
        for invariant in INVARIANTS {
            board.put(invariant, Finding::green("well"), at(6));
        }
        assert_eq!(board.light(), Light::Green);
    }
}
