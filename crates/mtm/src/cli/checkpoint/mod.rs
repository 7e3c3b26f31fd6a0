//! `mtm checkpoint`: what proves later that nothing was cut off or computed anew.

mod check;
mod key;
mod list;
mod write;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mtm_app::checkpoint::{
    Checkpoint, CheckpointError, Flaw, Keeper, KeyError, PublicKey, Signature, SigningKey,
};
use serde_json::{Value, json};

use super::Call;
use crate::config::Config;
use crate::door::directory_of;
use crate::failure::{Failure, Outcome, exit};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = write::EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    write: write::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the newest ones, here and outside
    List(list::Arguments),
    /// Compare the ledger with one
    Check(check::Arguments),
    /// Print the public key that they are checked with
    Key(key::Arguments),
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    match it.command {
        None => write::run(call, it.write).await,
        Some(Command::List(it)) => list::run(call, &it),
        Some(Command::Check(it)) => check::run(call, it).await,
        Some(Command::Key(it)) => key::run(call, &it),
    }
}

/// Who leaves checkpoints in the data directory.
pub(super) fn keeper(config: &Config) -> Outcome<Keeper> {
    let directory = directory_of(config)?.ok_or_else(|| {
        Failure::usage(
            "checkpoints, and the key that they are signed with, are in a data directory",
        )
        .next("Name the data directory of the server with --data-dir.")
    })?;
    Ok(Keeper::new(&directory, config.checkpoints_to.clone()))
}

/// The keys that are trusted, and whether there must be a signature by one of them: those that are
/// named, or else the one of the data directory, if it has one.
pub(super) struct Trusted {
    keys: Vec<PublicKey>,
    demanded: bool,
}

impl Trusted {
    /// The keys in `named`, or else that of the data directory.
    pub(super) fn of(config: &Config, named: &[PublicKey]) -> Outcome<Self> {
        if !named.is_empty() {
            return Ok(Self { keys: named.to_vec(), demanded: true });
        }
        // Where there is none, whoever needs the ledger of it says so.
        let own = match directory_of(config).ok().flatten() {
            Some(directory) => Keeper::new(&directory, None).existing_key()?,
            None => None,
        };
        Ok(Self { keys: own.iter().map(SigningKey::public).collect(), demanded: false })
    }

    /// The keys.
    pub(super) fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Refuses a checkpoint that is not what was signed.
    pub(super) fn check(&self, checkpoint: &Checkpoint) -> Outcome<Signature> {
        checkpoint.signature(&self.keys, self.demanded).map_err(|flaw| refused(&[flaw]))
    }
}

/// A checkpoint that says nothing, or a ledger that does not go through it. There is at least one flaw.
pub(super) fn refused(flaws: &[Flaw]) -> Failure {
    let Some(first) = flaws.first() else {
        return Failure::new("internal", exit::FAILURE, "nothing was found, and it was refused");
    };
    let message = match flaws.len() {
        1 => first.to_string(),
        more => format!("{first}; and {} more", more - 1),
    };
    let keep = "Keep a copy of the directory as it is, then compare with a backup or restore one.";
    let mut failure = match first {
        flaw if flaw.is_of_checkpoint() => {
            let failure = Failure::new("checkpoint_invalid", exit::FAILURE, message);
            failure.next(match flaw {
                Flaw::OtherKey { .. } => {
                    "Name the key that its server printed (`mtm checkpoint key`) with --key, if you \
                     trust that one."
                }
                _ => "Use another copy of it, or another checkpoint: this one proves nothing.",
            })
        }
        Flaw::EntryMissing { .. } | Flaw::EntryDiffers { .. } => {
            Failure::new("chain_altered", exit::FAILURE, message)
                .because("The chain was cut, or computed anew, since the checkpoint was written.")
                .next(keep)
        }
        _ => Failure::new("ledger_altered", exit::FAILURE, message)
            .because("Movements were changed since the checkpoint was written.")
            .next(keep),
    };
    let flaws: Vec<Value> = flaws.iter().take(20).map(told).collect();
    *failure.details = json!({ "flaws": flaws });
    failure
}

fn told(flaw: &Flaw) -> Value {
    let mut facts = serde_json::to_value(flaw).unwrap_or_default();
    facts["message"] = json!(flaw.to_string());
    facts
}

/// What a checkpoint says, without the totals of every part.
pub(super) fn facts(checkpoint: &Checkpoint, path: Option<&PathBuf>) -> Value {
    let bare = Checkpoint { totals: None, ..checkpoint.clone() };
    let mut facts = serde_json::to_value(bare).unwrap_or_default();
    if let Some(path) = path {
        facts["path"] = json!(path);
    }
    facts
}

/// Who vouches for it, in words.
pub(super) fn vouched(signature: Signature) -> String {
    match signature {
        Signature::Trusted(key) => format!("signed with {key}, which is trusted"),
        Signature::Unknown(key) => {
            format!("signed with {key}; no key is known here to compare it with (--key names one)")
        }
        Signature::None => "not signed".to_owned(),
    }
}

/// The same for machines.
pub(super) fn vouched_for(signature: Signature) -> Value {
    match signature {
        Signature::Trusted(key) => json!({ "state": "trusted", "key": key }),
        Signature::Unknown(key) => json!({ "state": "unknown_key", "key": key }),
        Signature::None => json!({ "state": "unsigned" }),
    }
}

/// What the checkpoint leaves open.
pub(super) fn not_excluded(sequence: u64, is_elsewhere: bool) -> String {
    let cut = format!(
        "that entries after {sequence}, the checkpoint's, were cut off together with their movements \
         and stock, or rewritten"
    );
    if is_elsewhere {
        return cut;
    }
    format!(
        "{cut}; and, as that checkpoint lies in the data directory, anything by somebody who can write \
         there: compare with one kept elsewhere (--since)"
    )
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::File(error) => error.into(),
            other => Self::new("checkpoint_key_unusable", exit::FAILURE, other.to_string())
                .next("Restore the file, or move it away and tell whoever checks the new key."),
        }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::File(error) => error.into(),
            CheckpointError::Key(error) => error.into(),
            CheckpointError::Ledger(error) => error.into(),
            CheckpointError::NotOne { .. } => Self::usage(error.to_string()).next(
                "Name a file that `mtm checkpoint` wrote, or a server, in a checkpoints directory.",
            ),
        }
    }
}
