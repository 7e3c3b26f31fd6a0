//! `mtm db status`: what the database is and how it is.

use std::fmt::Write as _;

use clap::Args;
use mtm_store::database::{self, Access, DatabaseStatus, ServerRole};
use serde_json::json;

use super::url;
use crate::cli::Call;
use crate::config::Config;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm db status
  mtm db status --data-dir /srv/mtm --json
  MTM_DATABASE__URL=mysql://mtm@db.plant/mtm mtm db status

Nothing is changed, and a running server is not disturbed. Passwords are not shown.";

/// Tables that are shown to people; machines get all.
const TABLES: usize = 5;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(super) async fn run(call: &Call) -> Outcome {
    let config = call.globals.config()?;
    let url = url(&config)?;
    let status = database::status(&url).await?;
    let shown = database::without_password(&url);
    let mut answer = serde_json::to_value(&status).unwrap_or_default();
    answer["url"] = json!(shown);
    answer["pools"] = json!({
        "writers": config.writers, "readers": config.readers, "reports": config.reports,
    });
    call.console.answer(&answer, || tell(&status, &shown, &config))
}

fn tell(status: &DatabaseStatus, url: &str, config: &Config) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name:<12}{value}");
    };
    line("Database", url.to_owned());
    line("Engine", format!("{} {}", status.engine, status.version));
    line("Schema", schema(status));
    line("Size", size(status.bytes));
    for table in status.tables.iter().filter(|table| table.bytes > 0).take(TABLES) {
        line("", format!("{:<20}{:>12}", table.table, size(table.bytes)));
    }
    if let Some(sealing) = &status.sealing {
        let holder = sealing.holder.as_deref().unwrap_or("nobody now");
        line("Sealer", format!("{holder} (fence {})", sealing.fence));
        let age = sealing.oldest_age_micros.map_or_else(String::new, |age| {
            format!(", the oldest for {}.{} s", age / 1_000_000, age / 100_000 % 10)
        });
        line("Waiting", format!("{} without a place in the log{age}", sealing.waiting));
    }
    if let Some(access) = &status.access {
        let role = access.role.as_deref().unwrap_or("none");
        line("Account", format!("{} with the role {role}", access.account));
        line("Owner", owner(access));
        line("Contract", access.contract.clone());
        for drift in &access.rights {
            line("", drift.to_string());
        }
    }
    for server in &status.servers {
        let role = match server.role {
            ServerRole::Writer => "may be written to",
            ServerRole::Replica => "follows",
        };
        line("Server", format!("{} ({role}): {}", server.host, server.state));
    }
    let (writers, readers, reports) = (config.writers, config.readers, config.reports);
    line("Pools", format!("{writers} bookings, {readers} queries and {reports} reports at once"));
    text
}

fn owner(access: &Access) -> String {
    let Some(owner) = &access.owner else { return "nobody: there are no procedures".to_owned() };
    match access.owner_locked {
        Some(true) => format!("{owner}, locked"),
        Some(false) => format!("{owner}, who can sign in (`mtm db accounts` makes a locked one)"),
        None => owner.clone(),
    }
}

fn schema(status: &DatabaseStatus) -> String {
    let (found, known) = (status.schema, status.schema_known);
    if status.incomplete {
        return "a copy that did not end; no ledger (start the copy again)".to_owned();
    }
    match found {
        0 => format!("none: no ledger (this program knows up to {known})"),
        _ if found == known => format!("{found}, the newest that this program knows"),
        _ if found < known => format!("{found} of {known}: `mtm db migrate` brings it up"),
        _ => format!("{found}, newer than this program knows ({known})"),
    }
}

/// Bytes, as people read them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        let shown = [(0, "0 B"), (2048, "2 KiB"), (5 << 20, "5 MiB"), (20 << 30, "20 GiB")];
        for (bytes, expected) in shown {
            assert_eq!(size(bytes), expected);
        }
    }
}
