//! One run: clients under one pace, and the sum of what they saw.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::client::{Client, Seen};
use super::histogram::{Latency, Recorder};
use super::material::{self, Material};
use super::pace::{Pace, Stop};
use super::prepare;
use super::scenario::Scenario;
use super::tally::Tally;
use super::target::{BenchError, Target};
use super::work::{Vocabulary, Work};

/// How to load the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenchPlan {
    /// What the clients do.
    pub scenario: Scenario,
    /// How many there are, each with a connection of its own; 1 to 4,096.
    pub clients: usize,
    /// When they send.
    pub pace: Pace,
    /// How long first, unmeasured.
    pub warm_up: Duration,
    /// When it ends.
    pub stop: Stop,
    /// The same seed asks the same, client by client.
    pub seed: u64,
    /// Receipts of a batch; 1 to 1,000.
    pub batch: u16,
    /// Pieces in the hot bucket at the start; more takes than that are refused.
    pub hot_pieces: u32,
    /// How long a client waits for an answer before it repeats the request on a new connection.
    pub patience: Duration,
    /// How often a request is repeated whose answer is lost.
    pub repetitions: u32,
}

impl BenchPlan {
    /// 32 clients for ten seconds after two of warm-up, as fast as answers come.
    pub const fn of(scenario: Scenario) -> Self {
        Self {
            scenario,
            clients: 32,
            pace: Pace::Closed,
            warm_up: Duration::from_secs(2),
            stop: Stop::After(Duration::from_secs(10)),
            seed: 1,
            batch: 1_000,
            hot_pieces: 2_000_000,
            patience: Duration::from_secs(30),
            repetitions: 8,
        }
    }

    fn check(&self) -> Result<(), BenchError> {
        let wrong = if !(1..=4_096).contains(&self.clients) {
            "use 1 to 4096 clients"
        } else if !(1..=1_000).contains(&self.batch) {
            "a batch holds 1 to 1000 movements"
        } else if matches!(self.pace, Pace::Open { per_second: 0 }) {
            "an open pace needs at least one request a second"
        } else if self.patience.is_zero() {
            "a client needs some patience"
        } else {
            return Ok(());
        };
        Err(BenchError::Plan { what: wrong })
    }
}

/// Answers that did not come, and what became of their requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Faults {
    /// Connections cut before the answer was there.
    pub cut: u64,
    /// Answers not there within the client's patience.
    pub timed_out: u64,
    /// Connections that could not be opened.
    pub not_connected: u64,
    /// Requests sent again under the same key.
    pub resent: u64,
    /// Of those, how many the server recognised and answered as before.
    pub replayed: u64,
}

impl Faults {
    /// Answers that may have been on their way.
    pub(super) fn lost(&self) -> u64 {
        self.cut + self.timed_out
    }
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunResult {
    /// What the clients did.
    pub scenario: Scenario,
    /// When they sent.
    pub pace: Pace,
    /// How many there were.
    pub clients: usize,
    /// Movements of each request.
    pub group: u16,
    /// What to give to see the same again.
    pub seed: u64,
    /// Measured time, in microseconds.
    pub measured_us: u64,
    /// Requests answered in the measured time, whatever the answer.
    pub requests: u64,
    /// Movements acknowledged in the measured time.
    pub movements: u64,
    /// Accepted requests a second.
    pub requests_per_second: u64,
    /// Acknowledged movements a second.
    pub movements_per_second: u64,
    /// From the planned moment to the whole answer.
    pub response: Latency,
    /// From sending to the whole answer.
    pub service: Latency,
    /// How late the generator itself was; `None` for a closed pace.
    pub generator_lag: Option<Latency>,
    /// Answers by status, warm-up included.
    pub statuses: BTreeMap<u16, u64>,
    /// Refusals by their code, warm-up included.
    pub refusals: BTreeMap<String, u64>,
    /// Answers that did not come.
    pub faults: Faults,
    /// What the ledger must show, preparation and warm-up included.
    pub tally: Tally,
}

/// Loads the server as planned, booking with `material`.
///
/// Refusals and lost answers are part of the result; an error means that the run did not take
/// place.
pub async fn run(
    target: &Target,
    plan: &BenchPlan,
    material: &Material,
) -> Result<RunResult, BenchError> {
    plan.check()?;
    material.check()?;
    if plan.scenario == Scenario::Lot && material.lots.is_empty() {
        return Err(BenchError::NoMaterial { what: "lots" });
    }
    let run = Uuid::now_v7().simple().to_string();
    let mut tally = Tally::default();
    let hot = match plan.scenario {
        Scenario::HotTake => {
            Some(prepare::hot_bucket(target, material, plan.hot_pieces, &run, &mut tally).await?)
        }
        _ => None,
    };
    let words = Arc::new(Vocabulary::new(material));
    let asked = Arc::new(AtomicU64::new(0));
    let mut connections = Vec::with_capacity(plan.clients);
    for _ in 0..plan.clients {
        connections.push(material::open(target).await?);
    }
    let starts = Instant::now();
    let mut clients = JoinSet::new();
    for (nth, connection) in connections.into_iter().enumerate() {
        let work =
            Work::new(plan.scenario, Arc::clone(&words), hot.clone(), plan.batch, plan.seed, nth);
        let client = Client {
            target: target.clone(),
            plan: *plan,
            nth,
            run: run.clone(),
            starts,
            asked: Arc::clone(&asked),
            connection: Some(connection),
            work,
            seen: Seen::default(),
        };
        clients.spawn(client.go());
    }
    let mut all = Seen::default();
    while let Some(finished) = clients.join_next().await {
        let seen = finished.map_err(|failure| BenchError::Answer {
            what: "a client's run".to_owned(),
            detail: failure.to_string(),
        })?;
        all.add(seen);
    }
    tally += all.tally;
    Ok(summary(plan, &all, tally))
}

fn summary(plan: &BenchPlan, all: &Seen, tally: Tally) -> RunResult {
    let measured = all.last_answer.saturating_sub(plan.warm_up);
    let measured_us = u64::try_from(measured.as_micros()).unwrap_or(u64::MAX);
    let rate = |count: u64| {
        let scaled = u128::from(count) * 1_000_000 / u128::from(measured_us.max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    };
    let times: &Recorder = &all.times;
    RunResult {
        scenario: plan.scenario,
        pace: plan.pace,
        clients: plan.clients,
        group: if plan.scenario == Scenario::Batch { plan.batch } else { 1 },
        seed: plan.seed,
        measured_us,
        requests: all.measured,
        movements: all.measured_movements,
        requests_per_second: rate(all.accepted),
        movements_per_second: rate(all.measured_movements),
        response: times.response(),
        service: times.service(),
        generator_lag: times.lag(),
        statuses: all.statuses.clone(),
        refusals: all.refusals.clone(),
        faults: all.faults,
        tally,
    }
}
