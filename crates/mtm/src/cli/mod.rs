//! The command line: one file per command, global options after any of them.
//!
//! `mtm --help` is written by hand, in groups, so that it fits a screen; a test keeps it complete.

mod admin;
mod approval;
mod archive;
mod book;
mod change;
mod checkpoint;
mod completions;
mod config;
mod connect;
mod count;
pub(crate) mod data;
mod db;
mod erp;
mod globals;
mod lab;
mod label;
mod look;
mod machine;
mod openapi;
mod period;
mod print;
mod reconcile;
mod reservation;
mod routing;
mod scan;
mod serve;
mod shift;
mod tls;

use clap::{Parser, Subcommand};

pub(crate) use globals::Globals;

use crate::failure::{Failure, Outcome, exit};
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
    /// Start the server: interface, web pages, and the plant's one ledger
    Serve(serve::Arguments),
    /// Receive pieces
    In(book::receive::Arguments),
    /// Take pieces out
    Out(book::out::Arguments),
    /// Move pieces to another location or operation
    Move(book::transfer::Arguments),
    /// Make whole lots part of another one
    Merge(book::merge::Arguments),
    /// Book pieces as scrap
    Scrap(book::scrap::Arguments),
    /// Correct a bucket by a count
    Adjust(book::adjust::Arguments),
    /// Finish an operation: good, scrap and rework at once
    Complete(book::complete::Arguments),
    /// Undo movements
    Undo(book::undo::Arguments),
    /// Book by a scanner, line by line; keep scans while the server is away
    Scan(scan::Arguments),
    /// Show what stands where
    Stock(look::stock::Arguments),
    /// Find stock that mentions a text
    Find(look::find::Arguments),
    /// Show the movement log
    History(look::history::Arguments),
    /// Show everything about a lot
    Lot(look::lot::Arguments),
    /// Show the movements that make a number
    Explain(look::explain::Arguments),
    /// Figures for people who steer: throughput, minimum, shift
    #[command(subcommand)]
    Report(look::Report),
    /// What machines count: list, counters, counted, confirm, drop
    #[command(subcommand)]
    Machine(machine::Command),
    /// Labels on printers: printers, label, jobs, send, came-out, cancel
    #[command(subcommand)]
    Print(print::Command),
    /// Pieces kept for something: place, list, end
    #[command(subcommand)]
    Reservation(reservation::Command),
    /// Which operations parts go through: list, show, policy
    #[command(subcommand)]
    Routing(routing::Command),
    /// Which shifts the site runs: show
    #[command(subcommand)]
    Shift(shift::Command),
    /// Adjustments that take a second person: list, approve, refuse, policy
    #[command(subcommand)]
    Approval(approval::Command),
    /// Close a period, or show what is closed: show, close, reopen
    #[command(subcommand)]
    Period(period::Command),
    /// Labels of lots, locations and more: list, show, check, render
    #[command(subcommand)]
    Label(label::Command),
    /// Our stock beside another system's books: run, list, show, take, assign, close, reopen
    #[command(subcommand)]
    Reconcile(reconcile::Command),
    /// Add people, set passwords, keep people out
    #[command(subcommand)]
    User(admin::user::Command),
    /// Make, list and revoke tokens for machines
    #[command(subcommand)]
    Token(admin::token::Command),
    /// Other systems that may send messages: create, list, rotate, disable, enable, remove
    #[command(subcommand)]
    Inbound(admin::inbound::Command),
    /// Other systems that are told what happens, or called: list, pause, resume, test
    #[command(subcommand)]
    Connect(connect::Command),
    /// An ERP whose books are read: status, check, read, generate
    #[command(subcommand)]
    Erp(erp::Command),
    /// Copy the ledger while it is in use, and prove the copy
    Backup(admin::backup::Arguments),
    /// Put a proved backup in place
    Restore(admin::restore::Arguments),
    /// Cycle counts: plan, list, show, enter, recount, post, cancel
    #[command(subcommand)]
    Count(count::Command),
    /// Find out what is in the way
    Doctor(admin::doctor::Arguments),
    /// Prove the ledger; name the first altered row
    Verify(admin::verify::Arguments),
    /// Leave a checkpoint of the audit chain, or compare with one: list, check, key
    Checkpoint(checkpoint::Arguments),
    /// Write the sealed log to files that prove themselves: write, verify, redact
    #[command(subcommand)]
    Archive(archive::Command),
    /// Take over the legacy database
    MigrateLegacy(data::migrate::Arguments),
    /// Take over a file of bookings or master data
    Import(data::import::Arguments),
    /// Write movements or stock to a file
    #[command(subcommand)]
    Export(data::export::Command),
    /// Make a plant out of a seed
    Generate(data::generate::Arguments),
    /// Measure a server under load, and audit it
    Bench(data::bench::Arguments),
    /// Stand for other systems, to try connections with: up
    #[command(subcommand)]
    Lab(lab::Command),
    /// Look after the database itself: status, migrate, check-procedures, copy
    #[command(subcommand)]
    Db(db::Command),
    /// Make certificates for this server
    #[command(subcommand)]
    Tls(tls::Command),
    /// Check and show the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print the description of the HTTP interface
    Openapi(openapi::Arguments),
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
            Command::Serve(it) => serve::run(&call, it),
            Command::In(it) => block_on(book::receive::run(&call, it)),
            Command::Out(it) => block_on(book::out::run(&call, it)),
            Command::Move(it) => block_on(book::transfer::run(&call, it)),
            Command::Merge(it) => block_on(book::merge::run(&call, it)),
            Command::Scrap(it) => block_on(book::scrap::run(&call, it)),
            Command::Adjust(it) => block_on(book::adjust::run(&call, it)),
            Command::Complete(it) => block_on(book::complete::run(&call, it)),
            Command::Undo(it) => block_on(book::undo::run(&call, it)),
            Command::Scan(it) => scan::run(&call, it),
            Command::Stock(it) => block_on(look::stock::run(&call, it)),
            Command::Find(it) => block_on(look::find::run(&call, it)),
            Command::History(it) => block_on(look::history::run(&call, it)),
            Command::Lot(it) => block_on(look::lot::run(&call, it)),
            Command::Explain(it) => block_on(look::explain::run(&call, it)),
            Command::Report(report) => block_on(look::report(&call, report)),
            Command::Machine(command) => block_on(machine::run(&call, command)),
            Command::Print(command) => block_on(print::run(&call, command)),
            Command::Reservation(command) => block_on(reservation::run(&call, command)),
            Command::Routing(command) => block_on(routing::run(&call, command)),
            Command::Shift(command) => block_on(shift::run(&call, command)),
            Command::Approval(command) => block_on(approval::run(&call, command)),
            Command::Period(command) => block_on(period::run(&call, command)),
            Command::Label(command) => block_on(label::run(&call, command)),
            Command::Reconcile(command) => block_on(reconcile::run(&call, command)),
            Command::Count(command) => block_on(count::run(&call, command)),
            Command::User(command) => block_on(admin::user::run(&call, command)),
            Command::Token(command) => block_on(admin::token::run(&call, command)),
            Command::Inbound(command) => block_on(admin::inbound::run(&call, command)),
            Command::Connect(command) => block_on(connect::run(&call, command)),
            Command::Erp(command) => block_on(erp::run(&call, command)),
            Command::Backup(it) => block_on(admin::backup::run(&call, it)),
            Command::Restore(it) => block_on(admin::restore::run(&call, it)),
            Command::Doctor(it) => block_on(admin::doctor::run(&call, it)),
            Command::Openapi(it) => openapi::run(&call, &it),
            Command::Verify(it) => block_on(admin::verify::run(&call, it)),
            Command::Checkpoint(it) => block_on(checkpoint::run(&call, it)),
            Command::Archive(command) => block_on(archive::run(&call, command)),
            Command::MigrateLegacy(it) => block_on(data::migrate::run(&call, it)),
            Command::Import(it) => block_on(data::import::run(&call, it)),
            Command::Export(command) => block_on(data::export::run(&call, command)),
            Command::Generate(it) => block_on(data::generate::run(&call, it)),
            Command::Bench(it) => block_on(data::bench::run(&call, it)),
            Command::Lab(command) => block_on(lab::run(&call, command)),
            Command::Db(command) => block_on(db::run(&call, command)),
            Command::Tls(command) => tls::run(&call, command),
            Command::Config(command) => config::run(&call, &command),
            Command::Completions(arguments) => completions::run(&call, &arguments),
        }
    }
}

/// Runs a command that waits for things. One thread will do: the ledger has its own.
fn block_on(work: impl Future<Output = Outcome>) -> Outcome {
    run_on(tokio::runtime::Builder::new_current_thread(), work)
}

fn run_on(mut builder: tokio::runtime::Builder, work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = builder.enable_all().build().map_err(|error| {
        Failure::new("no_runtime", exit::FAILURE, format!("failed to start: {error}"))
    })?;
    let done = runtime.block_on(work);
    // A question that is still being asked is asked for nobody: whoever wrote has written by now.
    runtime.shutdown_background();
    done
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
