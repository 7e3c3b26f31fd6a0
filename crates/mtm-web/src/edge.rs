//! The outermost layer, once for every request: it gives it a trace id, bounds its declared size,
//! turns a [`Problem`] into an answer, adds the security headers, counts, and logs what is ours.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use mtm_core::code::Code;
use mtm_core::trouble::Level;
use tracing::{Instrument as _, Span};

use crate::problem::Problem;
use crate::request::{Trace, media_type, too_large};
use crate::web::Shared;

/// Header that names the trace of an answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Stands in the log where no route matched.
const UNMATCHED: &str = "unmatched";

/// For answers that no browser shall render.
const API_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// For pages: only what this server sends, nothing inline.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// Wraps every route and the fallback.
pub(crate) async fn edge(State(web): State<Shared>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let trace = Trace::of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (trace, span) = if web.spans() {
        trace.record(&method, route.as_ref().map(MatchedPath::as_str))
    } else {
        (trace, Span::none())
    };
    request.extensions_mut().insert(trace);
    let mut response = match oversized(request.headers(), web.limits().body.size) {
        Some(problem) => axum::response::IntoResponse::into_response(problem),
        None => AssertUnwindSafe(next.run(request).instrument(span.clone()))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| {
                let cause = format!("a handler panicked: {}", message_of(&*panic));
                axum::response::IntoResponse::into_response(Problem::internal(cause))
            }),
    };
    let route = route.as_ref().map(MatchedPath::as_str);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        report(&problem, &trace, &method, route);
        outcome(&span, problem.code());
        web.metrics().refusal(problem.code());
        // Pages tell their visitors themselves.
        if !runs_in_browser(response.headers()) {
            render(&mut response, problem, &trace);
        }
    } else {
        let (route, status) = (route.unwrap_or(UNMATCHED), response.status().as_u16());
        tracing::debug!(trace_id = %trace, %method, route, status, "request answered");
    }
    harden(response.headers_mut(), &trace);
    span.record("http.response.status_code", response.status().as_u16());
    web.metrics().request(route, &method, response.status(), started.elapsed());
    response
}

/// Refuses bodies whose declared size is too large, if their kind is one that is read whole.
/// Kinds that are read as a stream are bounded where they are read.
fn oversized(headers: &HeaderMap, most: usize) -> Option<Problem> {
    let declared: u64 = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    let whole = media_type(headers).is_some_and(|(kind, subtype)| {
        kind.eq_ignore_ascii_case("application")
            && ["json", "x-www-form-urlencoded"]
                .iter()
                .any(|known| subtype.eq_ignore_ascii_case(known))
    });
    (whole && usize::try_from(declared).map_or(true, |declared| declared > most))
        .then(|| too_large(most))
}

/// Logs what went wrong, once, as loudly as its class says, with the trace id that the client is given.
fn report(problem: &Problem, trace: &Trace, method: &Method, route: Option<&str>) {
    let (status, code) = (problem.status().as_u16(), problem.code());
    let route = route.unwrap_or(UNMATCHED);
    let cause = problem.cause().unwrap_or_default();
    match code.class().level() {
        Level::Error => {
            tracing::error!(trace_id = %trace, %method, route, status, %code, cause, "request failed");
        }
        Level::Warn => {
            tracing::warn!(trace_id = %trace, %method, route, status, %code, cause, "request not served");
        }
        Level::Debug => {
            tracing::debug!(trace_id = %trace, %method, route, status, %code, "request refused");
        }
    }
}

/// Says at a recorded span what was answered; what is our own failure, as one.
fn outcome(span: &Span, code: Code) {
    span.record("code", code.as_str());
    if code.class().level() == Level::Error {
        span.record("error", code.as_str());
    }
}

fn render(response: &mut Response, problem: Problem, trace: &Trace) {
    // Strings, numbers and lists of them always serialise.
    let body = serde_json::to_vec(&problem.into_body(Some(trace.to_string()))).unwrap_or_default();
    *response.body_mut() = body.into();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
}

/// Adds the headers every answer has; a handler's own choice of caching stands.
fn harden(headers: &mut HeaderMap, trace: &Trace) {
    let policy = if runs_in_browser(headers) { PAGE_POLICY } else { API_POLICY };
    headers.insert(REQUEST_ID, trace.header());
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Stricter would make browsers send `Origin: null` with forms, which the same-origin check
    // could not tell from another site.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(const { HeaderValue::from_static("no-store") });
}

/// Pages, and scripts: a worker runs under the policy its own script came with.
fn runs_in_browser(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().starts_with(b"text/html")
            || value.as_bytes().starts_with(b"text/javascript")
    })
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The answer where a route matches and its method does not.
pub(crate) async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("{method} is not known here; see Allow"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use mtm_app::App;
    use mtm_store::{Ledger, OpenOptions};
    use tower::ServiceExt;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata};

    use super::*;
    use crate::server::Limits;
    use crate::web::Web;

    /// Remembers how loud things are.
    struct Levels(Arc<Mutex<Vec<tracing::Level>>>);

    impl tracing::Subscriber for Levels {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            self.0.lock().unwrap().push(*event.metadata().level());
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn every_code_is_logged_once_and_as_loudly_as_its_class_says() {
        for code in Code::ALL {
            let (heard, trace) = (Arc::default(), Trace::of(&HeaderMap::new()));
            tracing::subscriber::with_default(Levels(Arc::clone(&heard)), || {
                report(&Problem::of(*code), &trace, &Method::GET, None);
            });
            let expected = match code.class().level() {
                Level::Debug => tracing::Level::DEBUG,
                Level::Warn => tracing::Level::WARN,
                Level::Error => tracing::Level::ERROR,
            };
            assert_eq!(*heard.lock().unwrap(), [expected], "{code}");
        }
    }

    async fn broken() -> Problem {
        Problem::internal("the secret cause")
    }

    async fn panicking() -> Problem {
        panic!("the secret cause")
    }

    #[tokio::test]
    async fn our_own_failures_are_answers_that_leak_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let web = Web::new(App::new(ledger).await.unwrap(), Limits::default());
        let router: Router = Router::new()
            .route("/broken", get(broken))
            .route("/panicking", get(panicking))
            .layer(from_fn_with_state(web.clone(), edge));
        for path in ["/broken", "/panicking"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let text = String::from_utf8_lossy(&body).into_owned();
            assert!(text.contains("\"internal\"") && !text.contains("secret"), "{text}");
        }
        assert!(web.metrics().render(&[]).contains("mtm_refusals_total{code=\"internal\"} 2"));
    }
}
