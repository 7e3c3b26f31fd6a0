//! The command line: one file per command, global options after any of them.
//!
//! `mtm --help` is written by hand, in groups, so that it fits a screen; a test keeps it complete.

mod completions;
mod config;
mod globals;
mod tls;

use clap::{Parser, Subcommand};

pub(crate) use globals::Globals;

use crate::failure::Outcome;
use crate::output::Console;

/// The program's name.
pub(crate) const PROGRAM: &str = "mtm";

const HELP: &str = include_str!("help.txt");

/// Every piece accounted for.
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, about, override_help = HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make certificates for this server
    #[command(subcommand)]
    Tls(tls::Command),
    /// Check and show the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

/// What a command works with.
pub(crate) struct Call {
    /// The options that every command has.
    pub(crate) globals: Globals,
    /// Where it writes to.
    pub(crate) console: Console,
}

impl Cli {
    /// The console that the options ask for.
    pub(crate) fn console(&self) -> Console {
        self.globals.console()
    }

    /// Runs the command.
    pub(crate) fn run(self, console: Console) -> Outcome {
        let call = Call { globals: self.globals, console };
        match self.command {
            Command::Tls(command) => tls::run(&call, command),
            Command::Config(command) => config::run(&call, command),
            Command::Completions(arguments) => completions::run(&call, &arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_overview_names_every_command_and_fits_a_screen() {
        let words: Vec<&str> = HELP.split([' ', '\n']).collect();
        for command in Cli::command().get_subcommands() {
            assert!(words.contains(&command.get_name()), "{} is missing", command.get_name());
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty(), "{}", command.get_name());
        }
        assert!(HELP.lines().count() <= 40, "{} lines", HELP.lines().count());
        assert!(HELP.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn every_command_shows_examples() {
        fn check(command: &clap::Command) {
            if command.has_subcommands() {
                command.get_subcommands().for_each(check);
                return;
            }
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.contains("mtm "), "{} has no example", command.get_name());
        }
        Cli::command().get_subcommands().for_each(check);
    }
}
