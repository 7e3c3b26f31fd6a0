//! `mtm`: the server and the command line of MTM WIP, one program.
//!
//! This crate is the composition root: it reads the configuration, opens the ledger, puts the
//! application and the web server together and speaks to people on terminals. Rules of the domain
//! live in `mtm-core`, use cases in `mtm-app`; nothing here decides about pieces.

mod cli;
mod config;
mod doctor;
mod door;
mod failure;
mod mapping;
mod output;
mod peer;
mod plant;
mod serve;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let console = cli.console();
    match cli.run(console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.fail(&failure);
            ExitCode::from(failure.exit)
        }
    }
}
