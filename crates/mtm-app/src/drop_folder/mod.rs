//! A folder by which programs that speak no HTTP exchange files with this one.
//!
//! ```text
//! in/movements/     what others leave to be taken over, one folder for each kind of import
//! taken/movements/  what is being taken over just now
//! done/             what was taken over
//! quarantine/       what was not, each with a text beside it that says why
//! out/movements/    what happened here, for others to fetch
//! ```
//!
//! A file is whole when it stopped growing, is picked up by one rename, and from then on is an import
//! like any other: every row is judged, nothing is booked unless every row can be, and what is booked can
//! be undone as one. What is being taken over has a mark beside it that names its import, so that a
//! program that was killed goes on with that import and never begins it again. Only the server that is
//! elected looks at the folder, so several servers may share one.
//!
//! Deliberately absent: guesses. A file of movements whose bytes are in the ledger already may be a
//! repetition or a second delivery that looks the same; it waits in quarantine for somebody who knows.

mod leave;
mod listing;
mod place;
mod reason;
mod take;
mod view;

use std::path::PathBuf;
use std::time::Duration;

use mtm_platform::FileError;
use mtm_store::Fault;
use tokio::time::Instant;

pub(crate) use self::view::Shown;

pub use self::place::Settings;
pub use self::view::{DropFolderView, Quarantined};
pub use crate::elsewhere::NoAnswer;

use self::listing::Watched;
use self::place::Place;
use crate::App;
use crate::auth::principal;
use crate::import::ImportKind;
use crate::principal::{Principal, PrincipalKind};

/// Between two looks for what is old in `done`.
const SWEEP: Duration = Duration::from_secs(3_600);

/// Why a look at the folder ended early.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// The database, or the way to it.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The folder, or the way to it.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder is on another machine that hangs; what was asked there may still happen.
    #[error("the folder does not answer: {0}")]
    Silent(#[from] NoAnswer),
}

/// Who looks after a folder. What it knows between two looks may be lost at any moment.
#[derive(Debug)]
pub struct DropFolder {
    app: App,
    place: Place,
    watched: Watched,
    swept: Option<Instant>,
    left: Option<Instant>,
}

impl DropFolder {
    /// Looks after the folder that `settings` name.
    pub fn new(app: App, settings: Settings) -> Self {
        let (place, watched) = (Place::new(settings), Watched::default());
        Self { app, place, watched, swept: None, left: None }
    }

    /// One look: takes over what is whole, leaves what is new for others, and removes what was done long
    /// ago. Does nothing where another server is elected.
    ///
    /// # Errors
    /// The database or the folder is away, or the folder hangs; the next look goes on where this one ended.
    pub async fn look(&mut self) -> Result<(), DropError> {
        if !self.app.ledger().is_elected().await? {
            self.watched = Watched::default();
            return Ok(());
        }
        self.place.prepare().await?;
        let who = self.who().await?;
        for kind in ImportKind::all() {
            for path in self.place.under_way(kind).await? {
                self.go_on(&who, kind, path).await?;
            }
            for path in self.whole(kind).await? {
                let claimed = self.place.claim(kind, &path).await?;
                self.go_on(&who, kind, claimed).await?;
            }
        }
        self.leave().await?;
        self.sweep().await
    }

    /// What lies in a folder of `in` and stopped growing.
    async fn whole(&mut self, kind: ImportKind) -> Result<Vec<PathBuf>, DropError> {
        let inbox = self.place.inbox(kind);
        let files = self.place.look_into(inbox.clone()).await?;
        Ok(self.watched.settled(&inbox, files, self.place.settle(), Instant::now()))
    }

    /// Books what files say: a user of the folder's own.
    async fn who(&self) -> Result<Principal, Fault> {
        let user = self.app.ledger().ensure_folder_user().await.map_err(crate::error::fault)?;
        Ok(principal(user, PrincipalKind::Local))
    }

    async fn sweep(&mut self) -> Result<(), DropError> {
        if self.swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            self.place.sweep().await?;
            self.swept = Some(Instant::now());
        }
        Ok(())
    }
}
