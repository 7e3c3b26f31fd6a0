//! Which request this is: a trace id for people and logs, W3C trace context for machines.
//!
//! A valid `traceparent` of the caller is kept, so that the events a booking causes name the
//! request that caused them. Without one the request gets one of its own, made without a
//! system call: it has to be distinct, not secret.

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use mtm_core::trace::{SPANS, TRACEPARENT, TraceParent};
use tracing::Span;
use tracing::field::Empty;

/// Identity of one request.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    context: TraceParent,
    /// The caller's, where there was one.
    caller: Option<TraceParent>,
}

impl Trace {
    /// The identity of the request with these header fields.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut sent = headers.get_all(TRACEPARENT).iter();
        // Two of them are none: nobody could say which one counts.
        let only = sent.next().filter(|_| sent.next().is_none());
        let caller = only.and_then(|value| TraceParent::parse(value.to_str().ok()?));
        Self { context: caller.unwrap_or_else(fresh), caller }
    }

    /// The same, recorded: what it causes names this server's own span as its parent. Not where its
    /// caller has a trace that nobody records.
    pub(crate) fn record(self, method: &Method, route: Option<&str>) -> (Self, Span) {
        let own = match self.caller {
            Some(caller) if !caller.is_sampled() => return (self, Span::none()),
            Some(caller) => caller.recorded(fresh().span()),
            None => self.context.recorded(self.context.span()),
        };
        let context = own.unwrap_or(self.context);
        let span = tracing::trace_span!(
            target: SPANS, "request", span.kind = "server", context = %context,
            parent = self.caller.map(display), http.request.method = %method, http.route = route,
            http.response.status_code = Empty, code = Empty, error = Empty,
        );
        (Self { context, ..self }, span)
    }

    /// What the events that this request causes carry.
    pub fn context(&self) -> String {
        self.context.to_string()
    }

    /// The id as a header value.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context.trace_id())
    }
}

/// The outermost layer put it there; a request that bypassed it gets a fresh one.
impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

/// A context no other request of this process has, and with overwhelming probability none of
/// another process.
fn fresh() -> TraceParent {
    static SEED: LazyLock<(u64, u64)> = LazyLock::new(|| {
        let random = || RandomState::new().hash_one(std::process::id());
        (random(), random())
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);
    loop {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (mix(SEED.0 ^ n), mix(SEED.1.wrapping_add(n)));
        let trace = (u128::from(high) << 64) | u128::from(low);
        // All but one in 2^64 are made at the first try.
        if let Some(context) = TraceParent::new(trace, mix(high ^ low.rotate_left(32))) {
            return context;
        }
    }
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
    fn a_callers_context_is_kept_and_a_broken_one_is_replaced() {
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(TRACEPARENT, value.parse().unwrap());
            }
            Trace::of(&headers)
        };
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(with(&[good]).to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(with(&[good]).context(), good);
        for broken in [&[][..], &[""], &["00-7-7-01"], &[good, good]] {
            let made = with(broken);
            assert_ne!(made.to_string(), with(&[good]).to_string(), "{broken:?}");
            let context = TraceParent::parse(&made.context()).unwrap();
            assert_eq!(context.trace_id(), made.to_string(), "{broken:?}");
        }
    }

    #[test]
    fn what_is_recorded_is_a_span_of_the_callers_trace_unless_nobody_records_that() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT, value.parse().unwrap());
            let (trace, _) = Trace::of(&headers).record(&Method::GET, None);
            TraceParent::parse(&trace.context()).unwrap()
        };
        let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let recorded = with(sampled);
        assert_eq!(recorded.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(recorded.is_sampled() && recorded.span_id() != "00f067aa0ba902b7");
        let unsampled = sampled.replace("-01", "-00");
        assert_eq!(with(&unsampled).to_string(), unsampled);
        let alone = Trace::of(&HeaderMap::new());
        let (recorded, _) = alone.record(&Method::GET, None);
        assert_eq!(recorded.to_string(), alone.to_string(), "the id that people are told");
    }

    #[test]
    fn fresh_ids_are_distinct() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| fresh().trace_id()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
