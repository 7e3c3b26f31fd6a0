//! The folder as people see it: what waits in it, and what went wrong.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mtm_core::word::Timestamp;
use mtm_platform::FileError;
use mtm_store::Fault;
use serde::Serialize;

use super::place::{Place, REASON, beside, name_of};
use super::{DropError, Settings, leave, listing};
use crate::App;
use crate::import::ImportKind;

/// Most files in quarantine that are shown, the newest.
const SHOWN: usize = 20;
/// Most bytes of a reason that are shown.
const REASON_BYTES: u64 = 2_000;
/// How long whoever looks at it waits for the folder at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// The folder that people are shown. Its way there is another than that of who looks after it: while a large
/// file is read, people see what waits.
#[derive(Debug)]
pub(crate) struct Shown(Place);

impl Shown {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Place::new(settings))
    }
}

/// A folder by which files are exchanged, as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DropFolderView {
    /// Where it is.
    pub folder: String,
    /// Files that wait to be taken over.
    pub waiting: u64,
    /// Files that are being taken over.
    pub under_way: u64,
    /// Files that were not taken over and wait for somebody.
    pub quarantined: u64,
    /// The newest of these.
    pub quarantine: Vec<Quarantined>,
    /// When a file was last taken over.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_done: Option<Timestamp>,
    /// Files of movements that wait to be fetched; null where none are left.
    pub to_fetch: Option<u64>,
    /// Why the folder cannot be looked into; the figures above say nothing then.
    pub error: Option<String>,
}

/// A file that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quarantined {
    /// Its name in quarantine.
    pub file: String,
    /// Since when it has been there.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
    /// Why, as the text beside it begins.
    pub why: String,
}

impl App {
    /// The folder by which files are exchanged, as it stands now; `None` where there is none.
    pub async fn drop_folder(&self) -> Result<Option<DropFolderView>, Fault> {
        let Some(shown) = self.shown_folder() else { return Ok(None) };
        let place = shown.0.clone();
        match shown.0.aside_within(PATIENCE, move || look(&place)).await {
            Ok(view) => Ok(Some(view)),
            Err(DropError::Fault(fault)) => Err(fault),
            Err(error @ (DropError::File(_) | DropError::Silent(_))) => {
                let (folder, error) = (shown.0.folder().display().to_string(), error.to_string());
                Ok(Some(DropFolderView { folder, error: Some(error), ..DropFolderView::default() }))
            }
        }
    }
}

fn look(place: &Place) -> Result<DropFolderView, FileError> {
    let count = |path: &Path| Ok::<_, FileError>(listing::files(path)?.len());
    let (mut waiting, mut under_way) = (0, 0);
    for kind in ImportKind::all() {
        waiting += count(&place.inbox(kind))?;
        under_way += place.files_under_way(kind)?.len();
    }
    let done = listing::files(&place.done())?;
    let mut refused = listing::files(&place.quarantine())?;
    refused.retain(|found| !found.path.to_string_lossy().ends_with(REASON));
    refused.sort_unstable_by_key(|found| std::cmp::Reverse(found.moved));
    let to_fetch = match place.leaves_every() {
        Some(_) => Some(leave::waiting(&place.out())?),
        None => None,
    };
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(DropFolderView {
        folder: place.folder().display().to_string(),
        waiting: number(waiting),
        under_way: number(under_way),
        quarantined: number(refused.len()),
        quarantine: refused.iter().take(SHOWN).map(quarantined).collect(),
        last_done: done.iter().map(|found| found.moved).max().map(moment),
        to_fetch: to_fetch.map(number),
        error: None,
    })
}

fn quarantined(found: &listing::Found) -> Quarantined {
    let mut why = Vec::new();
    let reason = beside(&found.path, REASON);
    let read = match fs::symlink_metadata(&reason) {
        // It leads out of the folder, and would show people what it leads to.
        Ok(it) if it.is_symlink() => Err(std::io::ErrorKind::NotFound.into()),
        // Whoever settles it may take the text away.
        _ => File::open(&reason).and_then(|file| file.take(REASON_BYTES).read_to_end(&mut why)),
    };
    if read.is_err() {
        why = b"the text that says why is gone".to_vec();
    }
    Quarantined {
        file: name_of(&found.path).to_string_lossy().into_owned(),
        since: moment(found.moved),
        why: String::from_utf8_lossy(&why).trim().to_owned(),
    }
}

fn moment(at: SystemTime) -> Timestamp {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
