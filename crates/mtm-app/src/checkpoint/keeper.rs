//! Leaves checkpoints, here and at the place outside, and remembers what became of them.
//!
//! The place outside is on another machine: it may be away, or hang. What is done there is waited
//! for only so long; no booking waits for any of it. Before one is written
//! there, the newest one that is there is compared with the chain: while they differ, none is written.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mtm_platform::DataDirectory;
use mtm_store::Ledger;

use super::{Checkpoint, CheckpointError, Flaw, KeyError, SigningKey, folder, outside};
use crate::elsewhere::Elsewhere;

/// Before a difference counts it is looked at again.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// What became of the place outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// None is configured.
    Unused,
    /// Nothing was tried since the program started.
    Untried,
    /// The newest one is there.
    Kept,
    /// It could not be written.
    Failed {
        /// Since when.
        since: Instant,
        /// Why.
        message: String,
    },
    /// The chain does not go through the newest one that is there.
    Differs {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        flaw: Flaw,
        /// Its place in the chain.
        sequence: u64,
    },
}

/// What a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where checkpoints go outside.
    pub place: Option<PathBuf>,
    /// What became of it there.
    pub outside: Outside,
    /// Why the newest one is not signed.
    pub unsigned: Option<String>,
}

/// Leaves checkpoints.
#[derive(Debug)]
pub struct Keeper {
    folder: PathBuf,
    key: PathBuf,
    place: Option<PathBuf>,
    /// The way to the place outside.
    elsewhere: Elsewhere,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The one to be kept outside.
    last: Option<Checkpoint>,
    outside: Outside,
    unsigned: Option<String>,
}

impl Keeper {
    /// Leaves them in `directory`, and at `place` outside, where there is one.
    pub fn new(directory: &DataDirectory, place: Option<PathBuf>) -> Self {
        let outside = if place.is_some() { Outside::Untried } else { Outside::Unused };
        Self {
            folder: directory.checkpoints(),
            key: directory.checkpoint_key(),
            place,
            elsewhere: Elsewhere::default(),
            state: Mutex::new(State { last: None, outside, unsigned: None }),
        }
    }

    /// Where they are left here.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// The key to sign with, made where there is none.
    pub fn key(&self) -> Result<SigningKey, KeyError> {
        SigningKey::open(&self.key)
    }

    /// The key that is there.
    pub fn existing_key(&self) -> Result<Option<SigningKey>, KeyError> {
        SigningKey::existing(&self.key)
    }

    /// What a person should know about the last ones.
    pub fn trouble(&self) -> Trouble {
        let state = self.state();
        Trouble {
            place: self.place.clone(),
            outside: state.outside.clone(),
            unsigned: state.unsigned.clone(),
        }
    }

    /// Whether the place outside has the last one, or need not have any.
    pub fn is_settled(&self) -> bool {
        matches!(self.state().outside, Outside::Unused | Outside::Kept)
    }

    /// Whether the last one is not signed, and another one would be.
    pub fn can_sign_again(&self) -> bool {
        self.state().unsigned.is_some() && self.key().is_ok()
    }

    /// The end of the chain of `ledger` as it is now, signed; nothing where nothing was recorded yet.
    /// Writes nothing.
    pub async fn make(&self, ledger: &Ledger) -> Result<Option<Checkpoint>, CheckpointError> {
        let Some(checkpoint) = unsigned(ledger).await? else { return Ok(None) };
        Ok(Some(checkpoint.sign(&self.key()?, ledger.clock().now())))
    }

    /// Leaves one, and waits no longer than `patience` for the place outside. Gives where it is here. One
    /// that cannot be signed is better than none.
    pub async fn leave(
        &self,
        ledger: &Ledger,
        patience: Duration,
    ) -> Result<Option<PathBuf>, CheckpointError> {
        let Some(checkpoint) = unsigned(ledger).await? else { return Ok(None) };
        let (checkpoint, unsigned) = match self.key() {
            Ok(key) => (checkpoint.sign(&key, ledger.clock().now()), None),
            Err(error) => (checkpoint, Some(error.to_string())),
        };
        let path = folder::write(&self.folder, &checkpoint)?;
        {
            let mut state = self.state();
            state.unsigned = unsigned;
            state.last = Some(checkpoint);
        }
        self.keep_outside(ledger, patience).await;
        Ok(Some(path))
    }

    /// Brings the last one outside, where there is such a place.
    pub async fn keep_outside(&self, ledger: &Ledger, patience: Duration) {
        let (Some(place), last) = (self.place.clone(), self.state().last.clone()) else { return };
        let Some(last) = last else { return };
        let became = match self.bring(ledger, place, last, patience).await {
            Ok(became) => became,
            Err(error) => {
                let since = match &self.state().outside {
                    Outside::Failed { since, .. } => *since,
                    _ => Instant::now(),
                };
                Outside::Failed { since, message: error }
            }
        };
        self.state().outside = became;
    }

    async fn bring(
        &self,
        ledger: &Ledger,
        place: PathBuf,
        last: Checkpoint,
        patience: Duration,
    ) -> Result<Outside, String> {
        let there = place.clone();
        let newest = self.aside(patience, move || outside::newest(&there)).await?;
        if let Some((path, newest)) = newest {
            let mut flaw = newest.chain_flaw(ledger).await.map_err(|error| error.to_string())?;
            if flaw.is_some() {
                // Another server of a cluster may have written it, and this one sees its entry next.
                tokio::time::sleep(SECOND_LOOK).await;
                flaw = newest.chain_flaw(ledger).await.map_err(|error| error.to_string())?;
            }
            if let Some(flaw) = flaw {
                return Ok(Outside::Differs { path, flaw, sequence: newest.sequence });
            }
        }
        self.aside(patience, move || outside::put(&place, &last)).await?;
        Ok(Outside::Kept)
    }

    /// Does `work` at the place outside.
    async fn aside<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> Result<T, CheckpointError> + Send + 'static,
    ) -> Result<T, String> {
        let came = self.elsewhere.work(patience, work).await.map_err(|error| error.to_string())?;
        came.map_err(|error| error.to_string())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn unsigned(ledger: &Ledger) -> Result<Option<Checkpoint>, CheckpointError> {
    let end = ledger.chain_end().await?;
    Ok(end.map(|(place, parts)| Checkpoint::of(place, parts)))
}
