//! Tokens for machines: the client credentials of RFC 6749, section 4.4.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Settings;
use super::reply::Reply;
use super::request::{Call, decoded};

/// The tokens that were given.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// Until when each is good.
    good: BTreeMap<String, Instant>,
    given: u64,
}

impl Tokens {
    /// `POST /oauth2/token`.
    pub(super) fn give(&mut self, settings: &Settings, call: &Call) -> Reply {
        let form = call.form();
        if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
            return refusal(400, "unsupported_grant_type");
        }
        if client(call, &form) != Some((settings.client_id.clone(), settings.client_secret.clone()))
        {
            return refusal(401, "invalid_client").header("www-authenticate", "Basic");
        }
        self.given += 1;
        // Nothing is protected by it but a simulation; the same requests are given the same tokens.
        let token = Sha256::digest(format!("{}:{}", settings.client_secret, self.given));
        let token = URL_SAFE_NO_PAD.encode(token);
        let until = Instant::now() + Duration::from_secs(settings.token_seconds);
        self.good.insert(token.clone(), until);
        let answer = json!({
            "access_token": token, "token_type": "Bearer", "expires_in": settings.token_seconds,
        });
        Reply::json(200, &answer).header("cache-control", "no-store")
    }

    /// Whether a request shows a token that is good now.
    pub(super) fn admits(&self, call: &Call) -> bool {
        let token = call.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        token.and_then(|token| self.good.get(token)).is_some_and(|until| *until > Instant::now())
    }

    /// No token that was given is good any more.
    pub(super) fn revoke(&mut self) {
        self.good.clear();
    }

    /// How many were given.
    pub(super) fn given(&self) -> u64 {
        self.given
    }
}

/// Who asks, by either way of section 2.3.1.
pub(super) fn client(call: &Call, form: &BTreeMap<String, String>) -> Option<(String, String)> {
    if let Some(basic) = call.header("authorization").and_then(|it| it.strip_prefix("Basic ")) {
        let text = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        return Some((decoded(id), decoded(secret)));
    }
    Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone()))
}

/// As section 5.2 has it.
pub(super) fn refusal(status: u16, error: &str) -> Reply {
    Reply::json(status, &json!({ "error": error })).header("cache-control", "no-store")
}
