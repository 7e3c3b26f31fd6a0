//! The data directory: is it there, can it be written, who owns it, is there room.

use std::path::Path;

use mtm_platform::{Cause, DataDirectory, Owner, Ownership};

use super::Finding;
use crate::config::Config;
use crate::failure::Failure;

/// Below so much a plant is warned: a busy day is some ten mebibytes.
const LITTLE_SPACE: u64 = 1 << 30;
/// Below so much bookings will soon fail.
const NO_SPACE: u64 = 64 << 20;

/// Gives the directory where it can be used, and its owner where there is one.
pub(super) fn look(
    config: &Config,
    findings: &mut Vec<Finding>,
) -> (Option<DataDirectory>, Option<Owner>) {
    let directory = match DataDirectory::existing(&config.data_dir) {
        Ok(directory) => directory,
        Err(error) if config.database.is_some() && error.cause() == Cause::Missing => {
            findings.push(Finding::ok(
                "data directory",
                "none on this machine; the ledger is on a database server",
            ));
            return (None, None);
        }
        Err(error) => {
            let failure = crate::door::refuse_missing(error);
            let next = failure.next_step.unwrap_or_default();
            findings.push(Finding::problem("data directory", failure.message, next));
            return (None, None);
        }
    };
    let place = directory.path().display().to_string();
    // Preparing an existing directory proves by a file that it can be written.
    match DataDirectory::prepare(directory.path()) {
        Ok(_) => findings.push(Finding::ok("data directory", format!("{place} can be written"))),
        Err(error) => {
            let failure = Failure::from(error);
            let next = failure.next_step.unwrap_or_default();
            findings.push(Finding::problem("data directory", failure.message, next));
        }
    }
    findings.extend(privacy(directory.path()));
    findings.extend(space(directory.path()));
    let owner = owner(&directory, findings);
    (Some(directory), owner)
}

fn owner(directory: &DataDirectory, findings: &mut Vec<Finding>) -> Option<Owner> {
    match directory.ownership() {
        Ok(Ownership::Free) => {
            findings.push(Finding::ok("owner", "no server runs on this directory"));
            None
        }
        Ok(Ownership::Held(owner)) => {
            let who = owner.as_ref().map_or_else(
                || "a process that is just starting".to_owned(),
                |owner| match &owner.address {
                    Some(address) => format!("process {} at {address}", owner.pid),
                    None => format!("process {}", owner.pid),
                },
            );
            findings.push(Finding::ok("owner", who));
            owner
        }
        Err(error) => {
            let next = error.next_step();
            findings.push(Finding::problem("owner", error.to_string(), next));
            None
        }
    }
}

#[cfg(unix)]
fn privacy(path: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let others = mode & 0o077;
    Some(if others == 0 {
        Finding::ok("privacy", "only its owner can look into the directory")
    } else {
        Finding::warning(
            "privacy",
            format!("other accounts of this machine can look into the directory (mode {mode:o})"),
            format!("chmod 700 {}", path.display()),
        )
    })
}

#[cfg(not(unix))]
fn privacy(_: &Path) -> Option<Finding> {
    None
}

fn space(path: &Path) -> Option<Finding> {
    let free = mtm_platform::disk::room(path).ok()??.free;
    let found = format!("{} MiB are free", free >> 20);
    Some(if free < NO_SPACE {
        Finding::problem("disk space", found, "Free space now: bookings fail when it is used up.")
    } else if free < LITTLE_SPACE {
        Finding::warning("disk space", found, "Free space, or move the directory to a larger disk.")
    } else {
        Finding::ok("disk space", found)
    })
}
