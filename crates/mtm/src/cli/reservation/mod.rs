//! `mtm reservation`: pieces of a lot are kept for something.

mod end;
mod list;
mod place;

use clap::Subcommand;

use super::{Call, book, look};
use crate::failure::Outcome;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Keep pieces of a lot for a work order or a purpose
    Place(place::Arguments),
    /// Show reservations, newest first
    List(list::Arguments),
    /// End a reservation
    End(end::Arguments),
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Place(it) => place::run(call, it).await,
        Command::List(it) => list::run(call, it).await,
        Command::End(it) => end::run(call, it).await,
    }
}
