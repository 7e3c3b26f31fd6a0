//! The folder itself: what stands where in it, and how files go from one place to another.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mtm_platform::durable::{self, Access};
use mtm_platform::{FileError, Operation};

use super::DropError;
use super::listing::{self, Found};
use crate::elsewhere::Elsewhere;
use crate::import::ImportKind;

/// How a folder is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is. It must exist: one that was not mounted is not made anew beside its place.
    pub folder: PathBuf,
    /// How long a file must not have grown.
    pub settle: Duration,
    /// Largest file that is taken, in bytes.
    pub most: usize,
    /// How long what was taken over is kept in `done`.
    pub keep: Duration,
    /// How long movements are gathered before they are left for others in `out`; none are where `None`.
    pub leaves_every: Option<Duration>,
    /// How long one step in it may take: it may be on another machine, and hang.
    pub patience: Duration,
}

/// Ends the name of the mark beside a file that is being taken over.
const MARK: &str = ".import";
/// Ends the name of the text beside a file in quarantine.
pub(super) const REASON: &str = ".reason.txt";

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Place {
    settings: Settings,
    elsewhere: Elsewhere,
}

impl Place {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, elsewhere: Elsewhere::default() }
    }

    pub(super) fn settle(&self) -> Duration {
        self.settings.settle
    }

    pub(super) fn leaves_every(&self) -> Option<Duration> {
        self.settings.leaves_every
    }

    pub(super) fn folder(&self) -> &Path {
        &self.settings.folder
    }

    fn at(&self, name: &str) -> PathBuf {
        self.settings.folder.join(name)
    }

    pub(super) fn inbox(&self, kind: ImportKind) -> PathBuf {
        self.at("in").join(kind.as_str())
    }

    pub(super) fn taken(&self, kind: ImportKind) -> PathBuf {
        self.at("taken").join(kind.as_str())
    }

    pub(super) fn done(&self) -> PathBuf {
        self.at("done")
    }

    pub(super) fn quarantine(&self) -> PathBuf {
        self.at("quarantine")
    }

    pub(super) fn out(&self) -> PathBuf {
        self.at("out").join("movements")
    }

    /// Makes what is missing in the folder.
    pub(super) async fn prepare(&self) -> Result<(), DropError> {
        let place = self.clone();
        self.aside(move || {
            let folder = &place.settings.folder;
            fs::metadata(folder).map_err(FileError::at(Operation::Inspect, folder))?;
            let mut all = vec![place.done(), place.quarantine()];
            all.extend(ImportKind::all().flat_map(|kind| [place.inbox(kind), place.taken(kind)]));
            if place.leaves_every().is_some() {
                all.push(place.out());
            }
            for path in all {
                fs::create_dir_all(&path)
                    .map_err(FileError::at(Operation::CreateDirectory, &path))?;
            }
            Ok(())
        })
        .await
    }

    /// The files of a directory that others write to.
    pub(super) async fn look_into(&self, directory: PathBuf) -> Result<Vec<Found>, DropError> {
        self.aside(move || listing::files(&directory)).await
    }

    /// What was picked up and is not over, by name. A mark whose file is gone is removed: it must not
    /// be taken for that of another file of the same name.
    pub(super) async fn under_way(&self, kind: ImportKind) -> Result<Vec<PathBuf>, DropError> {
        let place = self.clone();
        self.aside(move || {
            let files = place.files_under_way(kind)?;
            for mark in listing::files(&place.taken(kind))?.into_iter().map(|found| found.path) {
                if is_mark(&mark) && !files.iter().any(|file| beside(file, MARK) == mark) {
                    fs::remove_file(&mark).map_err(FileError::at(Operation::Remove, &mark))?;
                }
            }
            Ok(files)
        })
        .await
    }

    /// The same, as they stand.
    pub(super) fn files_under_way(&self, kind: ImportKind) -> Result<Vec<PathBuf>, FileError> {
        let all = listing::files(&self.taken(kind))?.into_iter().map(|found| found.path);
        Ok(all.filter(|path| !is_mark(path)).collect())
    }

    /// Picks a file up: from now on nobody else has it.
    pub(super) async fn claim(&self, kind: ImportKind, path: &Path) -> Result<PathBuf, DropError> {
        self.moved(path.to_owned(), self.taken(kind)).await
    }

    /// The bytes of a file that was picked up; `None` where they are too many.
    pub(super) async fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, DropError> {
        let (path, most) = (path.to_owned(), self.settings.most);
        self.aside(move || {
            let wrong = |error| FileError::new(Operation::Read, &path, error);
            let mut bytes = Vec::new();
            let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
            File::open(&path)
                .and_then(|file| file.take(bound).read_to_end(&mut bytes))
                .map_err(wrong)?;
            Ok((bytes.len() <= most).then_some(bytes))
        })
        .await
    }

    /// The import that a file is being taken over by, where that was begun.
    pub(super) async fn mark(&self, path: &Path) -> Result<Option<String>, DropError> {
        let mark = beside(path, MARK);
        self.aside(move || match fs::read_to_string(&mark) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(Operation::Read, &mark, error)),
        })
        .await
    }

    /// Writes down which import a file is taken over by, before the first of its rows is.
    pub(super) async fn set_mark(&self, path: &Path, import: &str) -> Result<(), DropError> {
        let (mark, text) = (beside(path, MARK), format!("{import}\n"));
        self.aside(move || durable::replace(&mark, text.as_bytes(), Access::Inherited)).await
    }

    /// A file was taken over.
    pub(super) async fn finish(&self, path: &Path) -> Result<(), DropError> {
        self.moved(path.to_owned(), self.done()).await?;
        self.forget_mark(path).await
    }

    /// A file was not taken over; `why` is left beside it. The text comes first: a file in quarantine
    /// never lacks it.
    pub(super) async fn refuse(&self, path: &Path, why: String) -> Result<(), DropError> {
        let (from, quarantine) = (path.to_owned(), self.quarantine());
        self.aside(move || {
            let target = durable::free_in(&quarantine, name_of(&from));
            durable::replace(&beside(&target, REASON), why.as_bytes(), Access::Inherited)?;
            durable::move_to(&from, &target)
        })
        .await?;
        self.forget_mark(path).await
    }

    /// Removes what was done long ago.
    pub(super) async fn sweep(&self) -> Result<(), DropError> {
        let (done, keep) = (self.done(), self.settings.keep);
        self.aside(move || {
            let now = SystemTime::now();
            for found in listing::files(&done)? {
                let age = now.duration_since(found.moved).unwrap_or_default();
                if age > keep {
                    fs::remove_file(&found.path)
                        .map_err(FileError::at(Operation::Remove, &found.path))?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Does one step in the folder.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, DropError> {
        self.aside_within(self.settings.patience, work).await
    }

    /// Does something in the folder that is waited for only so long.
    pub(super) async fn aside_within<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, DropError> {
        Ok(self.elsewhere.work(patience, work).await??)
    }

    async fn moved(&self, path: PathBuf, directory: PathBuf) -> Result<PathBuf, DropError> {
        self.aside(move || durable::move_into(&path, &directory, name_of(&path))).await
    }

    /// A mark whose file is elsewhere says nothing.
    async fn forget_mark(&self, path: &Path) -> Result<(), DropError> {
        let mark = beside(path, MARK);
        self.aside(move || match fs::remove_file(&mark) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(FileError::new(Operation::Remove, &mark, error))
            }
            _ => Ok(()),
        })
        .await
    }
}

fn is_mark(path: &Path) -> bool {
    path.to_string_lossy().ends_with(MARK)
}

/// The file beside `path` whose name ends with `ending` as well.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(name_of(path));
    name.push(ending);
    path.with_file_name(name)
}

pub(super) fn name_of(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}
