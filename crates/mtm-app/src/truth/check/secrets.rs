//! The key of other systems' secrets is where it must be, and fits them.

use std::time::Duration;

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "secrets_key",
    title: "Key of secrets",
    checks: "the key file is there, unchanged, and the secrets in the database were kept under it",
    often: "every 4 s",
    red: "the key file is gone or another one, or a secret cannot be read: nothing is sent where it is needed",
    cure: "restore the key file from where it is kept; servers that share a database share it; a secret of a lost key is made anew with its webhook",
    scope: Scope::Here,
};

pub(in crate::truth) struct Secrets;

impl Check for Secrets {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            let Some(vault) = app.vault() else {
                return Finding::green("This program keeps no secrets.");
            };
            if let Err(error) = vault.intact() {
                let next = "Put the key file back before the server is started again: without it \
                            every secret in the database is lost.";
                let key = OffendingKey::new("path", vault.path().display());
                let message = format!("The key file is not as it was: {error}.");
                return Finding::red(message, next).about(vec![key]);
            }
            let active = match app.ledger().active_webhooks().await {
                Ok(active) => active,
                Err(error) => return Finding::unasked(&error),
            };
            let unread = active.iter().find_map(|it| {
                Some((it, vault.unseal(it.id.as_bytes(), &it.sealed_secret).err()?))
            });
            match unread {
                None => Finding::green("The key is there, and reads every secret."),
                Some((webhook, error)) => Finding::red(
                    format!("A webhook's secret cannot be read: {error}."),
                    "Restore the key file that the secrets were kept under, or remove the webhook \
                     and make it anew.",
                )
                .about(vec![OffendingKey::new("webhook", webhook.id)]),
            }
        })
    }

    fn pause(&self, pace: Duration) -> Duration {
        2 * pace
    }
}
