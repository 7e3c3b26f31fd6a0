//! `mtm inbound create`, `list`, `rotate`, `disable`, `enable`, `remove`: other systems that may send
//! messages.

use std::time::Duration;

use clap::{Args, Subcommand};
use mtm_core::code::Code;
use mtm_store::record::InboundSource;
use serde_json::json;
use uuid::Uuid;

use super::locally;
use crate::cli::Call;
use crate::door::Local;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a source; its secret is shown once
    #[command(after_help = "Examples:\n  mtm inbound create erp\n  mtm inbound create erp --json")]
    Create {
        /// The last step of its address, /api/v1/inbound/NAME
        name: String,
    },
    /// List sources
    #[command(after_help = "Examples:\n  mtm inbound list\n  mtm inbound list --json")]
    List,
    /// Give a source another secret
    Rotate(Rotate),
    /// Take nothing of a source
    #[command(after_help = "Examples:\n  mtm inbound disable erp")]
    Disable(Named),
    /// Take messages of a source again
    #[command(after_help = "Examples:\n  mtm inbound enable erp")]
    Enable(Named),
    /// Remove a source
    #[command(after_help = "Examples:\n  mtm inbound remove erp")]
    Remove(Named),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mtm inbound rotate erp\n  mtm inbound rotate erp --keep-hours 0"
)]
pub(crate) struct Rotate {
    /// Its name or id
    source: String,
    /// For so many hours the present secret counts as well
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=168))]
    keep_hours: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Its name or id
    source: String,
}

pub(crate) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::Create { name } => create(call, &name).await,
        Command::List => list(call).await,
        Command::Rotate(it) => rotate(call, &it).await,
        Command::Disable(it) => enable(call, &it.source, false).await,
        Command::Enable(it) => enable(call, &it.source, true).await,
        Command::Remove(it) => remove(call, &it.source).await,
    }
}

async fn create(call: &Call, name: &str) -> Outcome {
    let local = Local::with_secrets(&call.globals.config()?).await?;
    let made = local.app.create_inbound_source(&local.who, name, None).await;
    local.close().await;
    let (source, secret) = made?;
    tell_secret(call, &source, &secret)
}

async fn rotate(call: &Call, it: &Rotate) -> Outcome {
    let local = Local::with_secrets(&call.globals.config()?).await?;
    let rotated = rotated(&local, it).await;
    local.close().await;
    let (source, secret) = rotated?;
    tell_secret(call, &source, &secret)
}

async fn rotated(local: &Local, it: &Rotate) -> Outcome<(InboundSource, String)> {
    let id = find(&local.app.ledger().inbound_sources().await?, &it.source)?;
    let keep = Duration::from_secs(u64::from(it.keep_hours) * 3_600);
    Ok(local.app.rotate_inbound_secret(&local.who, id, keep, None).await?)
}

fn tell_secret(call: &Call, source: &InboundSource, secret: &str) -> Outcome {
    let answer = json!({
        "id": source.id, "name": source.name, "path": path(source),
        "former_until": source.former_until, "secret": secret,
    });
    call.console.answer(&answer, || {
        call.console.note(&format!("Messages go to {}, signed with this secret.", path(source)));
        call.console.note("It is shown once and is not kept:");
        secret.to_owned()
    })
}

fn path(source: &InboundSource) -> String {
    format!("/api/v1/inbound/{}", source.name)
}

async fn list(call: &Call) -> Outcome {
    let sources =
        locally(call, async |local| Ok(local.app.ledger().inbound_sources().await?)).await?;
    call.console.answer(&json!({ "items": sources }), || {
        let mut table = Table::new([
            Column::text("NAME"),
            Column::number("TAKEN"),
            Column::text("LAST TAKEN"),
            Column::text("LAST REFUSED"),
            Column::text("DISABLED"),
            Column::text("WHY REFUSED"),
        ]);
        let moment = |at: Option<_>| at.map(crate::output::moment).unwrap_or_default();
        for source in &sources {
            table.row([
                source.name.clone(),
                source.taken.to_string(),
                moment(source.taken_at),
                moment(source.refused_at),
                moment(source.disabled_at),
                source.last_error.clone().unwrap_or_default(),
            ]);
        }
        if table.is_empty() { "There is no source.".to_owned() } else { call.console.table(&table) }
    })
}

async fn enable(call: &Call, named: &str, enabled: bool) -> Outcome {
    let source = locally(call, async |local| {
        let id = find(&local.app.ledger().inbound_sources().await?, named)?;
        Ok(local.app.enable_inbound_source(&local.who, id, None, enabled, None).await?.value)
    })
    .await?;
    call.console.answer(&source, || {
        if enabled {
            format!("Messages of {} are taken.", source.name)
        } else {
            format!("Nothing of {} is taken.", source.name)
        }
    })
}

async fn remove(call: &Call, named: &str) -> Outcome {
    let source = locally(call, async |local| {
        let id = find(&local.app.ledger().inbound_sources().await?, named)?;
        Ok(local.app.remove_inbound_source(&local.who, id, None).await?.value)
    })
    .await?;
    call.console.answer(&source, || format!("The source {} is removed.", source.name))
}

/// The source of this name or id.
fn find(sources: &[InboundSource], named: &str) -> Outcome<Uuid> {
    let by_id = named.parse::<Uuid>().ok();
    let found = sources.iter().find(|source| Some(source.id) == by_id || source.name == named);
    found.map(|source| source.id).ok_or_else(|| {
        Failure::of(Code::NotFound, format!("there is no source {named}"))
            .next("`mtm inbound list` shows every source.")
    })
}
