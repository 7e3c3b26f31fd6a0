//! A change that goes to a server, or to the ledger here, under one key.

use mtm_app::{AppError, IdempotencyKey, once};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::look;
use crate::door::{Client, Local, Reply};
use crate::failure::Outcome;

/// A change on its way: a path of a server, and what is sent there.
pub(super) struct Change<'c, B> {
    pub(super) path: String,
    pub(super) key: String,
    body: &'c B,
}

impl<'c, B: Serialize> Change<'c, B> {
    pub(super) fn new(path: String, key: Option<String>, body: &'c B) -> Self {
        let key = key.unwrap_or_else(|| format!("cli-{}", Uuid::now_v7()));
        Self { path, key, body }
    }

    /// Sends it to a server.
    pub(super) fn send(&self, client: &Client) -> Outcome<Value> {
        let body = look::json_of(self.body)?;
        let reply: Reply<Value> = client.post(&self.path, &self.key, &body)?;
        Ok(reply.value)
    }

    /// Its key, for the ledger here: the same as a server's, so that a repetition is recognised
    /// whichever way it comes.
    pub(super) fn key(&self, local: &Local) -> Result<Option<IdempotencyKey>, AppError> {
        let route = format!("POST {}", self.path);
        once::key_of(&local.who, &route, Some(self.key.clone()), self.body)
    }
}
