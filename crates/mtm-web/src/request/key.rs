//! The `Idempotency-Key` of a write: 1 to 128 visible ASCII characters of the caller's own making.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use mtm_app::{IdempotencyKey, Principal, once};
use mtm_core::code::Code;
use serde::Serialize;

use super::caller::route;
use crate::problem::Problem;

/// The header that carries the key.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The header that says an answer is that of an earlier, equal request.
pub const REPLAYED: &str = "idempotent-replayed";

const LONGEST: usize = 128;

/// The key of an administrative write, where one was sent. Bookings have theirs in
/// [`Booking`](super::Booking).
///
/// Refuses with 400 `idempotency_key_invalid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    text: Option<String>,
    route: String,
}

impl Key {
    /// What the key stands for: this caller, this address, this body. The body must hold no
    /// secret that a person chose.
    pub fn of(
        self,
        who: &Principal,
        body: &impl Serialize,
    ) -> Result<Option<IdempotencyKey>, Problem> {
        Ok(once::key_of(who, &self.route, self.text, body)?)
    }
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self { text: key(&parts.headers)?, route: route(parts) })
    }
}

/// The key among these header fields.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.as_bytes();
    let usable = given.next().is_none()
        && (1..=LONGEST).contains(&text.len())
        && text.iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(text) if usable => Ok(Some(text.to_owned())),
        _ => Err(Problem::of(Code::IdempotencyKeyInvalid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_visible_text() {
        let with = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = axum::http::HeaderValue::from_bytes(value).unwrap();
                headers.append(IDEMPOTENCY_KEY, value);
            }
            key(&headers).map_err(|problem| problem.code())
        };
        assert_eq!(with(&[]), Ok(None));
        assert_eq!(with(&[b"0192-a!"]), Ok(Some("0192-a!".to_owned())));
        assert!(with(&[&[b'k'; 128]]).is_ok());
        let wrong: [&[&[u8]]; 5] = [&[b""], &[b"a b"], &[b"\xfc"], &[b"a", b"b"], &[&[b'k'; 129]]];
        for values in wrong {
            assert_eq!(with(values), Err(Code::IdempotencyKeyInvalid), "{values:?}");
        }
    }
}
