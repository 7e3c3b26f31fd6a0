//! `mtm db`: the database itself, apart from what is booked in it.

mod accounts;
mod check;
mod copy;
mod migrate;
mod status;

use clap::Subcommand;
use mtm_platform::DataDirectory;

use super::Call;
use crate::config::Config;
use crate::door;
use crate::failure::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show engine, versions, sizes, and what waits for its place in the log
    Status(status::Arguments),
    /// Bring schema and procedures to this version
    Migrate(migrate::Arguments),
    /// Compare the database's procedures with this version's
    CheckProcedures(check::Arguments),
    /// Make the locked owner, the roles and the logins of a ledger on a server
    Accounts(accounts::Arguments),
    /// Move a whole ledger into an empty database, proved
    Copy(copy::Arguments),
}

pub(crate) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Status(_) => status::run(call).await,
        Command::Migrate(_) => migrate::run(call).await,
        Command::CheckProcedures(_) => check::run(call).await,
        Command::Accounts(it) => accounts::run(call, &it).await,
        Command::Copy(it) => copy::run(call, &it).await,
    }
}

/// The URL of the database that the configuration names, or else of the data directory's file.
/// It may hold a password: it is for the store, never for the screen.
fn url(config: &Config) -> Outcome<String> {
    if let Some(url) = &config.database {
        return Ok(url.reveal().to_owned());
    }
    let directory = DataDirectory::existing(&config.data_dir).map_err(door::refuse_missing)?;
    Ok(format!("sqlite:{}", directory.database().display()))
}
