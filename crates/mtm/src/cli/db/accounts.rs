//! `mtm db accounts`: who may do what in a ledger's database.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use clap::Args;
use mtm_store::database::{self, AccountError, Accounts, Login, LoginRole};
use serde_json::json;

use super::url;
use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  MTM_DATABASE__URL=mysql://root@db.plant/mtm mtm db accounts --dry-run --app mtm_server
  MTM_DATABASE__URL=mysql://root@db.plant/mtm mtm db accounts --app mtm_server@10.0.0.% \\
      --plant press1 --plant press2 --read reports --migrate mtm_upgrade --passwords logins.txt

Run once, with the URL of an administrator of the server, and again whenever a login is added. It
makes an account that owns procedures, triggers and views and that nobody can sign in as, and the
roles mtm_app (the program), mtm_plant (a plant's SQL clients), mtm_read (reports) and mtm_migrate
(`mtm db migrate`, `mtm restore`). An empty database becomes a ledger; fill one by
`mtm db copy` before, which wants it empty. From then on the program needs only a login with the
role mtm_app.

Passwords come from a file or standard input (`-`), a line NAME=PASSWORD for each; a login that is
there already keeps its own unless a line names it. Whoever holds mtm_migrate may make procedures
for others, which is as much as an administrator's right: keep such a login for upgrades.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How the names of owner and roles begin: two ledgers on one server need different ones
    #[arg(long, value_name = "PREFIX", default_value = "mtm")]
    prefix: String,
    /// A login for this program
    #[arg(long, value_name = "NAME[@HOST]")]
    app: Vec<String>,
    /// A login for a plant's SQL clients
    #[arg(long, value_name = "NAME[@HOST]")]
    plant: Vec<String>,
    /// A login for reports
    #[arg(long, value_name = "NAME[@HOST]")]
    read: Vec<String>,
    /// A login for upgrades and restores
    #[arg(long, value_name = "NAME[@HOST]")]
    migrate: Vec<String>,
    /// The logins' passwords; `-` is standard input
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
    /// Show the statements, without passwords, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(call: &Call, it: &Arguments) -> Outcome {
    let url = url(&call.globals.config()?)?;
    let asked = Accounts { prefix: it.prefix.clone(), logins: it.logins()? };
    let statements = database::accounts(&url, &asked, it.dry_run).await?;
    let shown = database::without_password(&url);
    let answer = json!({ "url": shown, "done": !it.dry_run, "statements": statements });
    call.console.answer(&answer, || {
        if it.dry_run {
            return statements.join(";\n") + ";";
        }
        format!(
            "Procedures, triggers and views of {shown} belong to {}_owner, whom nobody can sign in as.\n\
             The program needs a login with the role {}_app.\n\
             `mtm db check-procedures` tells whether everything is as it must be.",
            it.prefix, it.prefix
        )
    })
}

impl Arguments {
    fn logins(&self) -> Outcome<Vec<Login>> {
        let mut passwords = self.read_passwords()?;
        let named = [
            (LoginRole::App, &self.app),
            (LoginRole::Plant, &self.plant),
            (LoginRole::Read, &self.read),
            (LoginRole::Migrate, &self.migrate),
        ];
        let mut logins = Vec::new();
        for (role, name) in
            named.iter().flat_map(|(role, names)| names.iter().map(|it| (*role, it)))
        {
            let (name, host) = name.split_once('@').unwrap_or((name, "%"));
            if name.is_empty() || host.is_empty() {
                return Err(Failure::usage("a login is NAME or NAME@HOST"));
            }
            let password = passwords.remove(name);
            logins.push(Login { role, name: name.to_owned(), host: host.to_owned(), password });
        }
        match passwords.keys().next() {
            // A slip of the pen would leave an account with its old password.
            Some(name) => {
                Err(Failure::usage(format!("{name} has a password and is no login here")))
            }
            None => Ok(logins),
        }
    }

    fn read_passwords(&self) -> Outcome<BTreeMap<String, String>> {
        let Some(path) = &self.passwords else { return Ok(BTreeMap::new()) };
        let unreadable =
            |error: io::Error| Failure::usage(format!("failed to read the passwords: {error}"));
        let mut text = String::new();
        if path.as_os_str() == "-" {
            io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        } else {
            text = fs::read_to_string(path).map_err(unreadable)?;
        }
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let entry = |(at, line): (usize, &str)| match line.split_once('=') {
            Some((name, password)) if !name.trim().is_empty() && !password.is_empty() => {
                Ok((name.trim().to_owned(), password.to_owned()))
            }
            // The line may hold a password: it is not shown.
            _ => Err(Failure::usage(format!("password {} is no line NAME=PASSWORD", at + 1))),
        };
        lines.enumerate().map(entry).collect()
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        let message = error.to_string();
        match error {
            AccountError::Open(cause) => cause.into(),
            AccountError::Prefix { .. } | AccountError::NoDatabase => Self::usage(message),
            AccountError::NoServer => Self::new("no_accounts", exit::CONFLICT, message)
                .next("Name a database on a server with --database or MTM_DATABASE__URL."),
            AccountError::NoPassword { .. } => {
                Self::usage(message).next("Give it a line NAME=PASSWORD in --passwords.")
            }
            AccountError::Refused { .. } => Self::new("accounts_refused", exit::FAILURE, message)
                .next("Use the URL of an administrator who may make accounts and give all rights."),
        }
    }
}
