//! Callers of one server that want the same pieces take turns, instead of losing races against
//! each other and deciding again and again.
//!
//! This is courtesy, not correctness: other servers know nothing of it, and two places may share
//! a turn. What must hold is enforced where it is written. Whoever waited too long goes ahead.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use mtm_core::command::Command;
use mtm_core::view::needs;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time;

/// How many turns there are: many more than callers at once.
const TURNS: usize = 512;
/// How long somebody waits for a turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// The turns of one server's callers.
#[derive(Debug)]
pub(super) struct Turns {
    turns: Vec<Mutex<()>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { turns: (0..TURNS).map(|_| Mutex::new(())).collect() }
    }
}

/// What others may want as well that `commands` want; `None` for what brings new pieces, or does
/// many things at once.
pub(super) fn wanted(commands: &[Command]) -> Option<u64> {
    let [command] = commands else { return None };
    let mut hasher = DefaultHasher::new();
    let needs = needs(&command.action);
    match (needs.lot, needs.pick) {
        (Some(lot), _) => lot.hash(&mut hasher),
        (None, Some(pick)) => (&pick.part, &pick.operation, &pick.location).hash(&mut hasher),
        (None, None) => return None,
    }
    Some(hasher.finish())
}

impl Turns {
    /// The turn of whoever books `commands`, to be held until they are answered.
    pub(super) async fn of(&self, commands: &[Command]) -> Option<MutexGuard<'_, ()>> {
        let nth = usize::try_from(wanted(commands)? % TURNS as u64).unwrap_or_default();
        time::timeout(PATIENCE, self.turns[nth].lock()).await.ok()
    }
}
