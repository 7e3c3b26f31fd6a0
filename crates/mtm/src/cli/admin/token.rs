//! `mtm token create`, `list`, `revoke`: machines that may come in.

use clap::{Args, Subcommand};
use mtm_app::auth::TokenRequest;
use mtm_core::code::Code;
use mtm_store::record::TokenRecord;
use serde_json::json;
use uuid::Uuid;

use super::{Role, locally};
use crate::cli::Call;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a token; its secret is shown once
    Create(New),
    /// List tokens
    #[command(after_help = "Examples:\n  mtm token list\n  mtm token list --json")]
    List,
    /// Revoke a token for good
    #[command(
        after_help = "Examples:\n  mtm token revoke scanner-7\n  mtm token revoke 0193a5c4-…"
    )]
    Revoke {
        /// Its name or id
        token: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mtm token create --name scanner-7 --scope operator
  mtm token create --name erp --scope admin --owns-lots --json")]
pub(crate) struct New {
    /// What it is for
    #[arg(long)]
    name: String,
    /// What it may do: look, also book, also undo and count, or everything
    #[arg(long, value_enum)]
    scope: Role,
    /// It may give receipts lot numbers of its own
    #[arg(long)]
    owns_lots: bool,
    /// Seconds within which an equal booking is questioned; 0 never
    #[arg(long, value_name = "SECONDS")]
    intent_window: Option<u32>,
}

pub(crate) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Create(new) => create(call, new).await,
        Command::List => list(call).await,
        Command::Revoke { token } => revoke(call, &token).await,
    }
}

async fn create(call: &Call, new: New) -> Outcome {
    let request = TokenRequest {
        name: new.name,
        scope: new.scope.into(),
        owns_lots: new.owns_lots,
        intent_window: new.intent_window,
    };
    let (record, secret) =
        locally(call, async |local| Ok(local.app.create_token(&local.who, request, None).await?))
            .await?;
    let answer = json!({
        "id": record.id, "name": record.name, "scope": record.scope,
        "owns_lots": record.owns_lots, "token": secret.reveal(),
    });
    call.console.answer(&answer, || {
        call.console.note("The secret is shown once and is not kept:");
        secret.reveal().to_owned()
    })
}

async fn list(call: &Call) -> Outcome {
    let tokens = locally(call, async |local| Ok(local.app.ledger().tokens().await?)).await?;
    call.console.answer(&json!({ "items": tokens }), || {
        let mut table = Table::new([
            Column::text("NAME"),
            Column::text("SCOPE"),
            Column::text("MADE"),
            Column::text("LAST USED"),
            Column::text("REVOKED"),
            Column::text("ID"),
        ]);
        let moment = |at: Option<_>| at.map(crate::output::moment).unwrap_or_default();
        for token in &tokens {
            table.row([
                token.name.clone(),
                token.scope.to_string(),
                moment(Some(token.created_at)),
                moment(token.last_used_at),
                moment(token.revoked_at),
                token.id.to_string(),
            ]);
        }
        if table.is_empty() { "There is no token.".to_owned() } else { call.console.table(&table) }
    })
}

async fn revoke(call: &Call, named: &str) -> Outcome {
    let token = locally(call, async |local| {
        let tokens = local.app.ledger().tokens().await?;
        let id = find(&tokens, named)?;
        Ok(local.app.revoke_token(&local.who, id, None).await?)
    })
    .await?;
    call.console.answer(&token, || format!("The token {} opens nothing any more.", token.name))
}

/// The token of this id, or the one in use under this name.
fn find(tokens: &[TokenRecord], named: &str) -> Outcome<Uuid> {
    let by_id = named.parse::<Uuid>().ok();
    let found = tokens
        .iter()
        .find(|token| Some(token.id) == by_id)
        .or_else(|| tokens.iter().find(|token| token.name == named && token.revoked_at.is_none()));
    found.map(|token| token.id).ok_or_else(|| {
        Failure::of(Code::NotFound, format!("there is no token {named} in use"))
            .next("`mtm token list` shows every token.")
    })
}
