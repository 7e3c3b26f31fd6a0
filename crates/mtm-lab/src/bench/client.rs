//! One client: asks, waits, counts, and repeats under the same key what was not answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use tokio::time;

use super::connection::{Connection, Reply};
use super::histogram::{Recorder, Times};
use super::material::Problem;
use super::pace::Stop;
use super::run::{BenchPlan, Faults};
use super::tally::Tally;
use super::target::Target;
use super::work::{Ask, Work};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What one client saw, or all of them.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) times: Recorder,
    /// Answers in the measured time.
    pub(super) measured: u64,
    /// Successes among them, and their movements.
    pub(super) accepted: u64,
    pub(super) measured_movements: u64,
    /// Since the start.
    pub(super) last_answer: Duration,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) refusals: BTreeMap<String, u64>,
    pub(super) faults: Faults,
    pub(super) tally: Tally,
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        self.times.merge(&other.times);
        self.measured += other.measured;
        self.accepted += other.accepted;
        self.measured_movements += other.measured_movements;
        self.last_answer = self.last_answer.max(other.last_answer);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (code, count) in other.refusals {
            *self.refusals.entry(code).or_default() += count;
        }
        self.faults.cut += other.faults.cut;
        self.faults.timed_out += other.faults.timed_out;
        self.faults.not_connected += other.faults.not_connected;
        self.faults.resent += other.faults.resent;
        self.faults.replayed += other.faults.replayed;
        self.tally += other.tally;
    }
}

pub(super) struct Client {
    pub(super) target: Target,
    pub(super) plan: BenchPlan,
    pub(super) nth: usize,
    /// Unique text of this run; keys begin with it.
    pub(super) run: String,
    pub(super) starts: Instant,
    /// Requests of all clients so far, where the plan counts them.
    pub(super) asked: Arc<AtomicU64>,
    pub(super) connection: Option<Connection>,
    pub(super) work: Work,
    pub(super) seen: Seen,
}

impl Client {
    /// Works until the plan's end.
    pub(super) async fn go(mut self) -> Seen {
        let mut idle_since = Duration::ZERO;
        for turn in 0.. {
            let planned = self.plan.pace.planned(self.nth, self.plan.clients, turn);
            if self.is_over(planned.unwrap_or_else(|| self.starts.elapsed())) {
                break;
            }
            if let Some(planned) = planned {
                time::sleep_until((self.starts + planned).into()).await;
            }
            let ask = self.work.next();
            let key = format!("bench-{}-{}-{turn}", self.run, self.nth);
            let sent = self.starts.elapsed();
            let lost_before = self.seen.faults.lost();
            let reply = self.until_answered(&ask, &key).await;
            let lost = self.seen.faults.lost() > lost_before;
            let answered = self.starts.elapsed();
            let times = Times { planned, idle_since, sent, answered };
            self.count(ask, reply, lost, times);
            idle_since = answered;
        }
        self.seen
    }

    fn is_over(&self, next: Duration) -> bool {
        match self.plan.stop {
            Stop::After(time) => next >= self.plan.warm_up + time,
            Stop::Requests(most) => self.asked.fetch_add(1, Ordering::Relaxed) >= most,
        }
    }

    /// Counts an answer; `lost` where an earlier answer to the same request was.
    fn count(&mut self, ask: Ask, reply: Option<Reply>, lost: bool, times: Times) {
        let Some(reply) = reply else {
            self.seen.tally.leave_open(ask.effect);
            return;
        };
        *self.seen.statuses.entry(reply.status.as_u16()).or_default() += 1;
        let accepted = reply.status.is_success();
        let measured = times.planned.unwrap_or(times.sent) >= self.plan.warm_up;
        if measured {
            self.seen.times.record(times);
            self.seen.measured += 1;
            self.seen.last_answer = times.answered;
        }
        if accepted {
            self.seen.tally.acknowledge(ask.effect);
            if measured {
                self.seen.accepted += 1;
                self.seen.measured_movements += ask.effect.movements;
            }
            self.work.learn(ask, &reply);
        } else {
            if lost && !judged_after_key(reply.status) {
                self.seen.tally.leave_open(ask.effect);
            }
            let problem: Problem = serde_json::from_slice(&reply.body).unwrap_or_default();
            let code = if problem.code.is_empty() { "without_code" } else { &problem.code };
            *self.seen.refusals.entry(code.to_owned()).or_default() += 1;
        }
    }

    /// The answer, on as many connections as it takes; `None` when patience is at its end.
    async fn until_answered(&mut self, ask: &Ask, key: &str) -> Option<Reply> {
        for attempt in 0..=self.plan.repetitions {
            if attempt > 0 {
                self.seen.faults.resent += 1;
                time::sleep(Duration::from_millis(5) * (1 << attempt.min(8))).await;
            }
            let request = request(&self.target, ask, key);
            let patience = self.plan.patience;
            let Some(connection) = self.connected().await else {
                self.seen.faults.not_connected += 1;
                continue;
            };
            let exchange = connection.exchange(request, ask.keep);
            match time::timeout(patience, exchange).await {
                Ok(Ok(reply)) => {
                    self.seen.faults.replayed += u64::from(reply.replayed);
                    return Some(reply);
                }
                Ok(Err(_)) => self.seen.faults.cut += 1,
                Err(_) => self.seen.faults.timed_out += 1,
            }
            self.connection = None;
        }
        None
    }

    /// The connection, opened again where it was lost.
    async fn connected(&mut self) -> Option<&mut Connection> {
        if self.connection.is_none() {
            let opened = time::timeout(self.plan.patience, Connection::open(&self.target)).await;
            self.connection = opened.ok().and_then(Result::ok);
        }
        self.connection.as_mut()
    }
}

/// Whether a refusal says that the request was not booked before either: its key was looked up
/// first and not found. Others, such as an overload, are given without looking.
fn judged_after_key(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 409 | 412 | 422)
}

fn request(target: &Target, ask: &Ask, key: &str) -> Request<Full<bytes::Bytes>> {
    let mut request = Request::new(Full::new(ask.body.clone()));
    // A path of this crate is one that the address type accepts.
    *request.uri_mut() = ask.path.parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(header::HOST, target.host.clone());
    headers.insert(header::AUTHORIZATION, target.authorization.clone());
    if !ask.body.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(key) = HeaderValue::from_str(key) {
            headers.insert(IDEMPOTENCY_KEY, key);
        }
        *request.method_mut() = Method::POST;
    }
    request
}
