//! The database on a server: may this login do what it must, and no more.

use mtm_store::database::{self, Access};

use super::Finding;
use crate::config::Config;
use crate::failure::Failure;

pub(super) async fn look(config: &Config, findings: &mut Vec<Finding>) {
    let Some(url) = &config.database else { return };
    let status = match database::status(url.reveal()).await {
        Ok(status) => status,
        Err(error) => {
            let failure = Failure::from(error);
            let next = failure.next_step.unwrap_or_default();
            findings.push(Finding::problem("database", failure.message, next));
            return;
        }
    };
    let about = format!("{} {}", status.engine, status.version);
    findings.push(if status.incomplete {
        Finding::problem(
            "database",
            format!("{about}: a copy into it was begun and did not end"),
            "Start the copy or the restore again.",
        )
    } else if status.schema < status.schema_known {
        Finding::problem(
            "database",
            format!("{about}: schema {} of {}", status.schema, status.schema_known),
            "`mtm db migrate` brings it up.",
        )
    } else {
        Finding::ok("database", format!("{about}, schema {}", status.schema))
    });
    findings.extend(status.access.as_ref().map(rights));
}

/// Owner and roles, as far as this login is told.
fn rights(access: &Access) -> Finding {
    let role = access.role.as_deref().unwrap_or("no role");
    let who = format!("{} with {role}", access.account);
    if !access.rights.is_empty() {
        let all: Vec<_> = access.rights.iter().map(ToString::to_string).collect();
        return Finding::warning(
            "rights",
            format!("{who}: {}", all.join("; ")),
            "Run `mtm db accounts` with an administrator's URL: it gives what is missing. What \
             nobody needs is taken away with REVOKE.",
        );
    }
    let Some(owner) = &access.owner else {
        return Finding::warning("rights", who, "`mtm db migrate` makes the procedures.");
    };
    match access.owner_locked {
        Some(false) => Finding::warning(
            "rights",
            format!("{who}; {owner}, who owns the procedures, can sign in"),
            "`mtm db accounts` makes an owner that nobody can sign in as.",
        ),
        _ => Finding::ok("rights", format!("{who}: neither too little nor too much")),
    }
}
