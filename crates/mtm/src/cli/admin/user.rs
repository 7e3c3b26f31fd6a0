//! `mtm user add`, `list`, `set-password`, `disable`, `enable`, `unlink`, `sql-login`: people who may
//! come in.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use mtm_app::auth::{NewPerson, PersonChanges};
use mtm_core::code::Code;
use mtm_core::word::UserName;
use mtm_store::record::UserRecord;
use serde_json::json;

use super::{Role, locally, sql_login};
use crate::cli::Call;
use crate::door::Local;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a person
    Add(New),
    /// List everybody
    #[command(after_help = "Examples:\n  mtm user list\n  mtm user list --json")]
    List,
    /// Set a person's password
    SetPassword(Password),
    /// Keep a person out
    #[command(after_help = "Examples:\n  mtm user disable anna")]
    Disable {
        /// Login name
        name: String,
    },
    /// Let a person in again
    #[command(after_help = "Examples:\n  mtm user enable anna")]
    Enable {
        /// Login name
        name: String,
    },
    /// Forget who a person is for the identity provider
    #[command(after_help = "Examples:
  mtm user unlink anna

They come in by their password, if they have one. Whoever arrives from the provider under that login
name afterwards is new here, and with `oidc.link` the same person again.")]
    Unlink {
        /// Login name
        name: String,
    },
    /// Say whom a plant's SQL client books as, or show who does
    SqlLogin(sql_login::Arguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mtm user add anna --role operator --display-name \"Anna Kern\" --password-stdin < secret.txt
  mtm user add ben --role lead --no-password")]
pub(crate) struct New {
    /// Login name
    name: String,
    /// What they may do: look, also book, also undo and count, or everything
    #[arg(long, value_enum)]
    role: Role,
    /// Name people know them by
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    #[command(flatten)]
    source: PasswordSource,
    /// They cannot sign in until somebody sets a password
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    no_password: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mtm user set-password anna --password-stdin < secret.txt
  mtm user set-password anna --password-file /run/secrets/anna")]
pub(crate) struct Password {
    /// Login name
    name: String,
    #[command(flatten)]
    source: PasswordSource,
}

/// Where a password comes from: never the command line, which every process can read.
#[derive(Debug, Args)]
struct PasswordSource {
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Read the password from this file
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,
}

pub(crate) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Add(new) => add(call, new).await,
        Command::List => list(call).await,
        Command::SetPassword(it) => {
            let password = it.source.read(call)?;
            let changes = PersonChanges { password: Some(password), ..PersonChanges::default() };
            let user = change(call, &it.name, changes).await?;
            call.console.answer(&user, || format!("{} has a new password.", user.name))
        }
        Command::Unlink { name } => {
            let user = locally(call, async |local| {
                let user = named(local, &name).await?;
                Ok(local.app.unlink_identity(&local.who, user.id).await?)
            })
            .await?;
            call.console.answer(&user, || {
                format!("{} is nobody for the identity provider any more.", user.name)
            })
        }
        Command::SqlLogin(it) => sql_login::run(call, &it).await,
        Command::Disable { name } => {
            let changes = PersonChanges { disabled: Some(true), ..PersonChanges::default() };
            let user = change(call, &name, changes).await?;
            call.console.answer(&user, || format!("{} cannot sign in any more.", user.name))
        }
        Command::Enable { name } => {
            let changes = PersonChanges { disabled: Some(false), ..PersonChanges::default() };
            let user = change(call, &name, changes).await?;
            call.console.answer(&user, || format!("{} can sign in again.", user.name))
        }
    }
}

async fn add(call: &Call, new: New) -> Outcome {
    let password = if new.no_password { None } else { Some(new.source.read(call)?) };
    let person = NewPerson {
        name: new.name,
        display_name: new.display_name,
        role: new.role.into(),
        password,
    };
    let user =
        locally(call, async |local| Ok(local.app.create_user(&local.who, person, None).await?))
            .await?;
    call.console.answer(&user, || format!("{} is in as {}.", user.name, user.role))
}

async fn list(call: &Call) -> Outcome {
    let users = locally(call, async |local| Ok(local.app.ledger().users().await?)).await?;
    call.console.answer(&json!({ "items": users }), || {
        let mut table = Table::new([
            Column::text("NAME"),
            Column::text("KNOWN AS"),
            Column::text("KIND"),
            Column::text("ROLE"),
            Column::text("PASSWORD"),
            Column::text("PROVIDER"),
            Column::text("DISABLED"),
        ]);
        for user in &users {
            table.row([
                user.name.to_string(),
                user.display_name.clone().unwrap_or_default(),
                user.kind.as_str().to_owned(),
                user.role.to_string(),
                if user.has_password { "yes" } else { "no" }.to_owned(),
                if user.has_identity { "yes" } else { "no" }.to_owned(),
                user.disabled_at.map(crate::output::moment).unwrap_or_default(),
            ]);
        }
        call.console.table(&table)
    })
}

async fn change(call: &Call, name: &str, changes: PersonChanges) -> Outcome<UserRecord> {
    locally(call, async |local| {
        let user = named(local, name).await?;
        Ok(local.app.edit_user(&local.who, user.id, None, changes, None).await?)
    })
    .await
}

pub(super) async fn named(local: &Local, name: &str) -> Outcome<UserRecord> {
    let parsed: UserName =
        name.parse().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    local.app.ledger().user_by_name(&parsed).await?.ok_or_else(|| {
        Failure::of(Code::NotFound, format!("there is no user {name}"))
            .next("`mtm user list` shows everybody.")
    })
}

impl PasswordSource {
    fn read(&self, call: &Call) -> Outcome<String> {
        let unreadable =
            |error: io::Error| Failure::usage(format!("failed to read the password: {error}"));
        let text = if let Some(path) = &self.password_file {
            std::fs::read_to_string(path).map_err(unreadable)?
        } else {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                if !self.password_stdin {
                    return Err(Failure::usage("no password was given")
                        .next("Pipe it in with --password-stdin, or name --password-file."));
                }
                call.console.note("Type the password (it shows), then Enter:");
            }
            let mut line = String::new();
            stdin.lock().read_line(&mut line).map_err(unreadable)?;
            line
        };
        match text.lines().next().unwrap_or_default() {
            "" => Err(Failure::usage("the password is empty")),
            password => Ok(password.to_owned()),
        }
    }
}
