//! Counters and latencies of this process, as Prometheus reads them.
//!
//! Own and small on purpose: every series is made when the router is, so that counting a request
//! is a lookup and two atomic additions without a lock, memory does not grow with traffic or with
//! how seldom somebody reads, and two servers in one process (tests) do not share a recorder.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use mtm_core::code::Code;
use mtm_core::movement::MovementType;

const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE];
const OTHER_METHOD: usize = METHODS.len();

const STATUSES: [u16; 22] = [
    200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 422, 428,
    429, 500, 503,
];
const OTHER_STATUS: usize = STATUSES.len();

/// Upper bounds of the latency buckets, in microseconds.
const BOUNDS: [u64; 14] = [
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    2_000_000, 5_000_000, 10_000_000,
];

/// A name as it stands in a label.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What one route was asked with one method.
#[derive(Debug, Default)]
struct Series {
    statuses: [AtomicU64; STATUSES.len() + 1],
    latencies: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Series {
    fn count(&self, status: StatusCode, took: Duration) {
        let status =
            STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(OTHER_STATUS);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.statuses[status].fetch_add(1, Ordering::Relaxed);
        self.latencies[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

type Route = [Series; METHODS.len() + 1];

/// The counters of one server.
#[derive(Debug)]
pub struct Metrics {
    routes: HashMap<Box<str>, Route>,
    /// Addresses that no route serves, together: a scanner must not make series.
    unmatched: Route,
    movements: [AtomicU64; MovementType::ALL.len()],
    refusals: Vec<AtomicU64>,
    connections: AtomicU64,
}

impl Metrics {
    /// Counters for these routes.
    pub fn new<'r>(routes: impl IntoIterator<Item = &'r str>) -> Self {
        Self {
            routes: routes.into_iter().map(|route| (route.into(), Route::default())).collect(),
            unmatched: Route::default(),
            movements: Default::default(),
            refusals: Code::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            connections: AtomicU64::new(0),
        }
    }

    /// Counts an answered request; `route` is the pattern that matched.
    pub fn request(
        &self,
        route: Option<&str>,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let series = route.and_then(|route| self.routes.get(route)).unwrap_or(&self.unmatched);
        let method = METHODS.iter().position(|known| known == method).unwrap_or(OTHER_METHOD);
        series[method].count(status, took);
    }

    /// Counts a movement that was booked.
    pub fn movement(&self, kind: MovementType) {
        if let Some(at) = MovementType::ALL.iter().position(|known| *known == kind) {
            self.movements[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a refusal or failure.
    pub fn refusal(&self, code: Code) {
        if let Some(at) = Code::ALL.iter().position(|known| *known == code) {
            self.refusals[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a connection until the guard is dropped.
    pub fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection ended.
    pub fn disconnected(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// All series in the Prometheus text format, with `gauges` of the moment after them.
    pub fn render(&self, gauges: &[Gauge]) -> String {
        let mut text = String::with_capacity(16 * 1024);
        let open = self.connections.load(Ordering::Relaxed);
        head(&mut text, "mtm_connections", "gauge", "Open connections.");
        line(&mut text, format_args!("mtm_connections {open}"));
        self.render_requests(&mut text);
        head(&mut text, "mtm_movements_total", "counter", "Movements booked by this process.");
        for (kind, count) in MovementType::ALL.iter().zip(&self.movements) {
            let (kind, count) = (kind.as_str(), count.load(Ordering::Relaxed));
            line(&mut text, format_args!("mtm_movements_total{{type=\"{kind}\"}} {count}"));
        }
        head(&mut text, "mtm_refusals_total", "counter", "Requests refused or failed, by code.");
        for (code, count) in Code::ALL.iter().zip(&self.refusals) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                line(&mut text, format_args!("mtm_refusals_total{{code=\"{code}\"}} {count}"));
            }
        }
        for gauge in gauges {
            head(&mut text, gauge.name, "gauge", gauge.help);
            line(&mut text, format_args!("{} {}", gauge.name, gauge.value));
        }
        text
    }

    fn render_requests(&self, text: &mut String) {
        let mut routes: Vec<_> =
            self.routes.iter().map(|(route, series)| (&**route, series)).collect();
        routes.push(("unmatched", &self.unmatched));
        routes.sort_unstable_by_key(|(route, _)| *route);
        let asked = || {
            routes.iter().flat_map(|(route, series)| {
                series.iter().enumerate().map(move |(at, series)| {
                    (*route, METHODS.get(at).map_or("OTHER", Method::as_str), series)
                })
            })
        };
        head(text, "mtm_http_requests_total", "counter", "Requests answered.");
        for (route, method, series) in asked() {
            for (at, count) in series.statuses.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let status = STATUSES.get(at).copied().unwrap_or(0);
                    line(
                        text,
                        format_args!(
                            "mtm_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
                        ),
                    );
                }
            }
        }
        head(text, "mtm_http_request_seconds", "histogram", "Time to answer a request.");
        for (route, method, series) in asked() {
            latency(text, route, method, series);
        }
    }
}

/// A value of the moment, read when somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Gauge {
    /// Name with unit.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// The value.
    pub value: u64,
}

fn latency(text: &mut String, route: &str, method: &str, series: &Series) {
    let counts: Vec<u64> =
        series.latencies.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return;
    }
    let labels = format!("method=\"{method}\",route=\"{route}\"");
    let mut below = 0;
    for (bound, count) in BOUNDS.iter().zip(&counts) {
        below += count;
        let (seconds, rest) = (bound / 1_000_000, bound % 1_000_000);
        line(
            text,
            format_args!(
                "mtm_http_request_seconds_bucket{{{labels},le=\"{seconds}.{rest:06}\"}} {below}"
            ),
        );
    }
    let micros = series.micros.load(Ordering::Relaxed);
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    line(text, format_args!("mtm_http_request_seconds_bucket{{{labels},le=\"+Inf\"}} {all}"));
    line(text, format_args!("mtm_http_request_seconds_sum{{{labels}}} {seconds}.{rest:06}"));
    line(text, format_args!("mtm_http_request_seconds_count{{{labels}}} {all}"));
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{content}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_method_and_status() {
        let metrics = Metrics::new(["/stock"]);
        let count = |route, status: u16, micros| {
            let status = StatusCode::from_u16(status).unwrap();
            metrics.request(route, &Method::GET, status, Duration::from_micros(micros));
        };
        count(Some("/stock"), 200, 400);
        count(Some("/stock"), 200, 1_500);
        count(Some("/stock"), 418, 500);
        count(None, 404, 20_000_000);
        metrics.movement(MovementType::Out);
        metrics.refusal(Code::NotFound);
        let text = metrics.render(&[Gauge { name: "mtm_outbox", help: "Newest.", value: 7 }]);
        for expected in [
            "mtm_http_requests_total{method=\"GET\",route=\"/stock\",status=\"200\"} 2",
            "mtm_http_requests_total{method=\"GET\",route=\"/stock\",status=\"0\"} 1",
            "mtm_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
            "route=\"/stock\",le=\"0.000500\"} 2",
            "route=\"/stock\",le=\"0.002000\"} 3",
            "route=\"/stock\",le=\"+Inf\"} 3",
            "mtm_http_request_seconds_sum{method=\"GET\",route=\"/stock\"} 0.002400",
            "route=\"unmatched\",le=\"10.000000\"} 0",
            "mtm_movements_total{type=\"out\"} 1",
            "mtm_refusals_total{code=\"not_found\"} 1",
            "mtm_outbox 7",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }
}
