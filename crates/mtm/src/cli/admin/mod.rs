//! Administration on the ledger of the data directory, also while a server runs.

pub(super) mod backup;
pub(super) mod doctor;
pub(super) mod inbound;
pub(super) mod restore;
mod scratch;
mod sql_login;
pub(super) mod token;
pub(super) mod user;
pub(super) mod verify;

use clap::ValueEnum;
use mtm_core::policy;

use super::Call;
use crate::door::Local;
use crate::failure::Outcome;

/// A role, as options name it. The variants carry no help: it would stretch every `--help` to
/// more than a screen.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Role {
    Viewer,
    Operator,
    Lead,
    Admin,
}

impl From<Role> for policy::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Operator => Self::Operator,
            Role::Lead => Self::Lead,
            Role::Admin => Self::Admin,
        }
    }
}

/// Opens the ledger, does `work`, and leaves the ledger as one file whatever came of it.
pub(super) async fn locally<T>(
    call: &Call,
    work: impl AsyncFnOnce(&Local) -> Outcome<T>,
) -> Outcome<T> {
    let local = Local::open(&call.globals.config()?).await?;
    let done = work(&local).await;
    local.close().await;
    done
}
