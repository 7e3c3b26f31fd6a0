//! A receiver of webhooks: takes what is signed after the Standard Webhooks specification, and says what
//! came.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Call;

/// Most messages of a receiver that are kept, the newest.
const KEPT: usize = 1_000;

/// The receivers by name; one is there when something was sent to it.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    inboxes: BTreeMap<String, Inbox>,
}

#[derive(Debug, Default)]
struct Inbox {
    secret: Option<Vec<u8>>,
    received: u64,
    unsigned: u64,
    ids: BTreeSet<String>,
    kept: Vec<Value>,
}

impl Inboxes {
    /// From now on, only what is signed with this secret (`whsec_…`) is taken by the receiver.
    pub(super) fn trust(&mut self, name: &str, secret: &str) -> Result<(), String> {
        let key = STANDARD
            .decode(secret.trim_start_matches("whsec_"))
            .map_err(|error| format!("not a secret of Standard Webhooks: {error}"))?;
        self.inboxes.entry(name.to_owned()).or_default().secret = Some(key);
        Ok(())
    }

    /// `POST /webhooks/{name}`.
    pub(super) fn take(&mut self, name: &str, call: &Call) -> Reply {
        let inbox = self.inboxes.entry(name.to_owned()).or_default();
        inbox.received += 1;
        if !inbox.believes(call) {
            inbox.unsigned += 1;
            return Reply::problem(401, "unsigned", "the signature is missing or another's");
        }
        let id = call.header("webhook-id").unwrap_or_default().to_owned();
        let body = serde_json::from_slice(&call.body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&call.body)));
        let first = inbox.ids.insert(id.clone());
        inbox.kept.push(json!({ "id": id, "first": first, "body": body }));
        if inbox.kept.len() > KEPT {
            inbox.kept.remove(0);
        }
        Reply::empty()
    }

    /// `GET /webhooks/{name}`.
    pub(super) fn account(&self, name: &str) -> Reply {
        let none = Inbox::default();
        let inbox = self.inboxes.get(name).unwrap_or(&none);
        let account = json!({
            "received": inbox.received,
            "distinct": inbox.ids.len(),
            "unsigned": inbox.unsigned,
            "items": inbox.kept,
        });
        Reply::json(200, &account)
    }
}

impl Inbox {
    /// Without a secret, everything that has an id.
    fn believes(&self, call: &Call) -> bool {
        let header = |name| call.header(name).unwrap_or_default();
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        if id.is_empty() {
            return false;
        }
        let Some(secret) = &self.secret else { return true };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let text = [format!("{id}.{at}.").as_bytes(), &call.body].concat();
        let mut given =
            header("webhook-signature").split(' ').filter_map(|it| it.strip_prefix("v1,"));
        given.any(|given| {
            STANDARD.decode(given).is_ok_and(|given| hmac::verify(&key, &text, &given).is_ok())
        })
    }
}
