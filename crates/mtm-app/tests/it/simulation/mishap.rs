//! What goes wrong with the ledger, at the commit that chance picked.
//!
//! A program that is killed leaves its files as they are in that moment. So the files are copied
//! inside the commit, before or after it, and the run goes on with the copy; what the old program
//! still does or says reaches nobody. Its log may have a torn end, as a write that was cut off leaves it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mtm_store::faults::{Faults, Mishap, Side};

use super::chance::Chance;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no room for the commit.
    DiskFull,
    /// The disk fails on this side of the commit.
    DiskFailed(Side),
    /// The program is killed on this side of the commit.
    Killed(Side),
}

impl Kind {
    const fn side(self) -> Side {
        match self {
            Self::DiskFull => Side::Before,
            Self::DiskFailed(side) | Self::Killed(side) => side,
        }
    }

    /// Whether the commit is durable all the same.
    pub(super) fn is_committed(self) -> bool {
        self.side() == Side::After
    }
}

/// The ledger's mishaps. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Mishaps(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    planned: Option<Plan>,
    struck: Option<Kind>,
    /// Who is told that a commit is held up, and who says that it may go on.
    held: Option<(Sender<()>, Receiver<()>)>,
}

struct Plan {
    kind: Kind,
    /// Commits that go well before.
    commits: u64,
    from: PathBuf,
    to: PathBuf,
    torn: Vec<u8>,
}

impl Mishaps {
    /// Draws what goes wrong at one of the next commits; the files are at `from`, and go to `to` where
    /// the program is killed.
    pub(super) fn plan(&self, chance: &mut Chance, commits: u64, from: &Path, to: &Path) {
        let kind = chance.weighed(&[
            (2, Kind::DiskFull),
            (1, Kind::DiskFailed(Side::Before)),
            (1, Kind::DiskFailed(Side::After)),
            (2, Kind::Killed(Side::Before)),
            (3, Kind::Killed(Side::After)),
        ]);
        let torn = if chance.once_in(2) { chance.below(9_000) } else { 0 };
        let torn = (0..torn).map(|byte| (byte % 251).to_le_bytes()[0]).collect();
        let commits = chance.below(commits);
        let (from, to) = (from.to_owned(), to.to_owned());
        self.lock().planned = Some(Plan { kind, commits, from, to, torn });
    }

    /// What went wrong since it was planned; nothing is planned any more.
    pub(super) fn end(&self) -> Option<Kind> {
        let mut state = self.lock();
        state.planned = None;
        state.struck.take()
    }

    /// Whether the program that is running was killed, and only does not know it.
    pub(super) fn was_killed(&self) -> bool {
        matches!(self.lock().struck, Some(Kind::Killed(_)))
    }

    /// Holds up the next commit: it says when it stands, and goes on when it is told to. So it is
    /// decided here, and not by threads, who is written together with whom.
    pub(super) fn hold_up(&self) -> (Receiver<()>, Sender<()>) {
        let ((stands, told), (go_on, waits)) = (channel(), channel());
        self.lock().held = Some((stands, waits));
        (told, go_on)
    }

    /// What the ledger asks around its commits.
    pub(super) fn script(&self) -> Faults {
        // guide: faults
        let mishaps = self.clone();
        Faults::scripted(move |side| mishaps.at_commit(side))
        // guide: end
    }

    fn at_commit(&self, side: Side) -> Option<Mishap> {
        let held = self.lock().held.take();
        if let Some((stands, waits)) = held {
            stands.send(()).unwrap();
            waits.recv().unwrap();
        }
        let mut state = self.lock();
        let plan = state.planned.as_mut().filter(|plan| plan.kind.side() == side)?;
        if plan.commits > 0 {
            plan.commits -= 1;
            return None;
        }
        let plan = state.planned.take()?;
        state.struck = Some(plan.kind);
        match plan.kind {
            Kind::DiskFull => Some(Mishap::DiskFull),
            Kind::DiskFailed(_) => Some(Mishap::DiskFailed),
            Kind::Killed(_) => {
                leave_files(&plan);
                None
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies the database and its log, as the killed program leaves them.
fn leave_files(plan: &Plan) {
    fs::copy(&plan.from, &plan.to).unwrap();
    let (log, kept) = (log_of(&plan.from), log_of(&plan.to));
    fs::copy(log, &kept).unwrap();
    fs::OpenOptions::new().append(true).open(kept).unwrap().write_all(&plan.torn).unwrap();
}

fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}
