//! The options that every command takes.

use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, FlagValue, Settings};
use crate::failure::Outcome;
use crate::output::Console;

/// The options that every command takes, before or after its name.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Globals {
    /// Directory of the database
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Database instead of the file in the data directory (better: `MTM_DATABASE__URL`)
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Configuration file instead of the standard one
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Work on this server instead of the data directory
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Token for that server (better: `MTM_CLIENT__TOKEN`)
    #[arg(long, global = true, value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Answers as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress, no remarks
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// No colours (so does `NO_COLOR`)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

impl Globals {
    /// Where to write to.
    pub(crate) fn console(&self) -> Console {
        Console::new(self.json, self.quiet, self.no_color)
    }

    /// Every layer of the configuration, with what this command's own flags say on top.
    pub(crate) fn settings(&self, own: impl IntoIterator<Item = FlagValue>) -> Outcome<Settings> {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let mine: [Option<FlagValue>; 4] = [
            self.data_dir.as_ref().map(|dir| ("data_dir", path(dir), "--data-dir")),
            self.database.clone().map(|url| ("database.url", url, "--database")),
            self.server.clone().map(|url| ("client.server", url, "--server")),
            self.token.clone().map(|token| ("client.token", token, "--token")),
        ];
        let flags = mine.into_iter().flatten().chain(own);
        config::read(self.config.as_deref(), std::env::vars_os(), flags)
    }

    /// The configuration of a command without flags of its own.
    pub(crate) fn config(&self) -> Outcome<Config> {
        Config::of(&self.settings([])?)
    }
}
