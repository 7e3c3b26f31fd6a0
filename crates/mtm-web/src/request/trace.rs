//! Which request this is: a trace id for people and logs, W3C trace context for machines.
//!
//! A valid `traceparent` of the caller is kept, so that the events a booking causes name the
//! request that caused them. Without one the request gets an id of its own, made without a
//! system call: it has to be distinct, not secret.

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

/// The header that carries W3C trace context.
const TRACEPARENT: &str = "traceparent";

/// Identity of one request.
#[derive(Debug, Clone)]
pub struct Trace {
    id: u128,
    parent: Option<HeaderValue>,
}

impl Trace {
    /// The identity of the request with these header fields.
    pub fn of(headers: &HeaderMap) -> Self {
        let parent = headers.get(TRACEPARENT);
        match parent.and_then(|value| trace_id(value.as_bytes())) {
            Some(id) => Self { id, parent: parent.cloned() },
            None => Self { id: fresh(), parent: None },
        }
    }

    /// The caller's trace context, where one was sent.
    pub fn parent(&self) -> Option<&str> {
        self.parent.as_ref().and_then(|value| value.to_str().ok())
    }

    /// The id as a header value.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.id)
    }
}

/// The outermost layer put it there; a request that bypassed it gets a fresh one.
impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

/// The trace id of a `traceparent` of version 00, unless it is malformed or all zero.
fn trace_id(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text).ok()?;
    let mut fields = text.split('-');
    let (version, trace, span, flags) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let hexadecimal = |field: &str, length: usize| {
        field.len() == length && field.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well_formed = version == "00"
        && fields.next().is_none()
        && hexadecimal(trace, 32)
        && hexadecimal(span, 16)
        && hexadecimal(flags, 2)
        && span.bytes().any(|byte| byte != b'0');
    let id = well_formed.then(|| u128::from_str_radix(trace, 16).ok()).flatten()?;
    (id != 0).then_some(id)
}

/// A trace id no other request of this process has, and with overwhelming probability none of
/// another process.
fn fresh() -> u128 {
    static SEED: LazyLock<(u64, u64)> = LazyLock::new(|| {
        let random = || RandomState::new().hash_one(std::process::id());
        (random(), random())
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let high = u128::from(mix(SEED.0 ^ n));
    (high << 64) | u128::from(mix(SEED.1.wrapping_add(n)))
}

/// A bijection that spreads neighbouring numbers over the whole range.
fn mix(mut n: u64) -> u64 {
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_context_is_kept_and_a_broken_one_is_not() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT, value.parse().unwrap());
            Trace::of(&headers)
        };
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(with(good).to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(with(good).parent(), Some(good));
        for broken in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(with(broken).parent(), None, "{broken}");
        }
    }

    #[test]
    fn fresh_ids_are_distinct() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| fresh()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
