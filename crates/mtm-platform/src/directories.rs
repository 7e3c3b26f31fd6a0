//! Where files belong on this operating system when nobody says otherwise.
//!
//! The choice follows each system's own convention (XDG on Linux, `Library` on macOS,
//! `AppData` on Windows). Nothing is created here: [`crate::DataDirectory::prepare`] does that
//! for the one directory a server needs, so that `mtm --help` never leaves traces on a disk.

use std::path::{Path, PathBuf};

use etcetera::app_strategy::{AppStrategy, AppStrategyArgs, choose_native_strategy};

/// The standard places of this program for the current user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    cache: PathBuf,
}

/// The system does not say where the current user's files belong.
#[derive(Debug, thiserror::Error)]
#[error("failed to find the home directory of the current user")]
pub struct DirectoriesError {
    #[source]
    source: etcetera::HomeDirError,
}

impl DirectoriesError {
    /// Stable machine-readable name.
    pub const fn code(&self) -> &'static str {
        "no_home_directory"
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        "Name the places explicitly with --data-dir and --config, or set HOME."
    }
}

impl Directories {
    /// The places this operating system prescribes for a program named `mtm`.
    pub fn standard() -> Result<Self, DirectoriesError> {
        let strategy = choose_native_strategy(AppStrategyArgs {
            top_level_domain: String::new(),
            author: String::new(),
            app_name: "mtm".to_owned(),
        })
        .map_err(|source| DirectoriesError { source })?;
        let cache = strategy.cache_dir();
        // Windows copies the roaming profile, where data would go, between machines; a database
        // belongs to one machine, and so it goes beside the (local) cache.
        let data = if cfg!(windows) { cache.with_file_name("data") } else { strategy.data_dir() };
        Ok(Self {
            config: strategy.config_dir(),
            // Systems without a place for state keep it below the data.
            state: strategy.state_dir().unwrap_or_else(|| data.join("state")),
            cache,
            data,
        })
    }

    /// Every place below one directory: portable installations and tests.
    pub fn below(root: &Path) -> Self {
        Self {
            config: root.join("config"),
            data: root.join("data"),
            state: root.join("state"),
            cache: root.join("cache"),
        }
    }

    /// The same places, but with this data directory; state moves along with it, so that one
    /// option relocates everything the program writes.
    #[must_use]
    pub fn with_data(self, data: impl Into<PathBuf>) -> Self {
        let data = data.into();
        Self { state: data.join("state"), data, ..self }
    }

    /// The same places, but with this configuration directory.
    #[must_use]
    pub fn with_config(self, config: impl Into<PathBuf>) -> Self {
        Self { config: config.into(), ..self }
    }

    /// Directory of `mtm.toml`.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Directory of the database, checkpoints, keys and the owner lock.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Directory of logs and command history: kept across runs, worthless in a backup.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Directory of what can be made again at any time.
    pub fn cache(&self) -> &Path {
        &self.cache
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_places_end_in_the_programs_name() {
        let places = Directories::standard().expect("the test runs as a user with a home");
        for place in [places.config(), places.data(), places.state(), places.cache()] {
            assert!(place.is_absolute(), "{}", place.display());
            assert!(place.to_string_lossy().contains("mtm"), "{}", place.display());
        }
    }

    #[test]
    fn naming_the_data_directory_moves_state_but_not_configuration() {
        let places = Directories::below(Path::new("/srv")).with_data("/plant/7");
        assert_eq!(places.data(), Path::new("/plant/7"));
        assert_eq!(places.state(), Path::new("/plant/7/state"));
        assert_eq!(places.config(), Path::new("/srv/config"));
        assert_eq!(places.clone().with_config("/etc/mtm").config(), Path::new("/etc/mtm"));
    }
}
