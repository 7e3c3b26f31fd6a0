//! How fast the ledger answers on a big plant: `cargo run --release -p mtm-store --example
//! read_rate [buckets] [movements] [clients] [question]` (200,000 buckets, 2,000,000 movements,
//! 32 clients and every question unless said otherwise).
//!
//! Builds the plant in a temporary directory, then asks each question many times, first by one
//! client, then by many at once, and prints the latencies. Questions follow the real shape of
//! demand: half of them are about the twenty most popular parts.

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "shared with the tests, which look at more of it and fail where it cannot go on"
)]
#[path = "../tests/it/read_bulk/mod.rs"]
mod read_bulk;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mtm_core::word::{LocationCode, LotNumber, PartCode, Timestamp};
use mtm_store::query::{
    ExplainQuery, GroupBy, HistoryQuery, PageRequest, Pattern, ReadError, StockQuery,
};
use mtm_store::{Ledger, OpenOptions};
use read_bulk::{Bulk, Random, Size};
use rusqlite::Connection;

/// How often one client asks each question.
const TURNS: usize = 400;
/// Rows of a page.
const ROWS: u16 = 50;

fn main() -> Result<()> {
    let only = std::env::args().nth(4).unwrap_or_default();
    let mut arguments = std::env::args().skip(1).take(3).map(|text| text.parse::<usize>());
    let buckets = arguments.next().transpose()?.unwrap_or(200_000);
    let movements = arguments.next().transpose()?.unwrap_or(2_000_000);
    let clients = arguments.next().transpose()?.unwrap_or(32);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure(buckets, movements, clients, &only))
}

async fn measure(buckets: usize, movements: usize, clients: usize, only: &str) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("mtm.db");
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    Ledger::open(&path, options.clone()).await?.close().await;
    let started = Instant::now();
    let hand = Connection::open(&path)?;
    hand.pragma_update(None, "synchronous", "OFF")?;
    hand.pragma_update(None, "cache_size", -512 * 1024)?;
    hand.set_prepared_statement_cache_capacity(32);
    let size = Size { parts: 50_000, locations: 10_000, operations: 72, buckets, movements };
    let bulk = Bulk::filled(&hand, size, 7);
    drop(hand);
    println!(
        "{} buckets, {} movements, {} parts, {} locations in {:.1} s, {} MiB",
        bulk.stock.len(),
        bulk.facts.len(),
        bulk.parts.len(),
        bulk.locations.len(),
        started.elapsed().as_secs_f32(),
        std::fs::metadata(&path)?.len() >> 20,
    );
    let ledger = Ledger::open(&path, options).await?;
    let questions = Arc::new(Questions::of(&bulk).context("the plant is empty")?);
    drop(bulk);
    for clients in [1, clients] {
        println!("\n{clients} client(s)         p50      p99      max    per second  CPU ms each");
        let asked = |kind: &Kind| format!("{kind:?}").contains(only);
        for kind in Kind::ALL.into_iter().filter(asked) {
            run(&ledger, &questions, kind, clients).await?;
        }
    }
    ledger.close().await;
    Ok(())
}

/// Codes that exist, to ask about.
struct Questions {
    parts: Vec<String>,
    popular: Vec<String>,
    locations: Vec<String>,
    lots: Vec<String>,
    standing: Vec<(String, String, String)>,
    first: Timestamp,
    last: Timestamp,
}

impl Questions {
    fn of(bulk: &Bulk) -> Option<Self> {
        let mut random = Random::new(11);
        let buckets: Vec<_> = bulk.stock.keys().collect();
        let standing: Vec<_> = (0..2_000)
            .map(|_| {
                let (part, _, location, lot) = bulk.words(buckets[random.below(buckets.len())]);
                (part, location, lot)
            })
            .collect();
        Some(Self {
            popular: bulk.parts.iter().take(20).cloned().collect(),
            parts: standing.iter().map(|(part, ..)| part.clone()).collect(),
            locations: standing.iter().map(|(_, location, _)| location.clone()).collect(),
            lots: (0..2_000)
                .map(|_| bulk.facts[random.below(bulk.facts.len())].lot.clone())
                .collect(),
            standing,
            first: Timestamp::from_micros(bulk.facts.first()?.at),
            last: Timestamp::from_micros(bulk.facts.last()?.at),
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    StockSearch,
    StockFirstPage,
    StockText,
    StockAsOfPart,
    StockAsOfDayAgo,
    GroupsByPart,
    GroupsByOperation,
    HistoryPage,
    HistoryOfPart,
    HistoryOfLocation,
    HistoryOfUser,
    Lot,
    ExplainBucket,
    ExplainPart,
    SuggestLot,
    SuggestWorkOrder,
}

impl Kind {
    const ALL: [Self; 16] = [
        Self::StockSearch,
        Self::StockFirstPage,
        Self::StockText,
        Self::StockAsOfPart,
        Self::StockAsOfDayAgo,
        Self::GroupsByPart,
        Self::GroupsByOperation,
        Self::HistoryPage,
        Self::HistoryOfPart,
        Self::HistoryOfLocation,
        Self::HistoryOfUser,
        Self::Lot,
        Self::ExplainBucket,
        Self::ExplainPart,
        Self::SuggestLot,
        Self::SuggestWorkOrder,
    ];

    /// How often it is asked, compared with the others: what reads much is asked less.
    fn turns(self) -> usize {
        match self {
            Self::StockText | Self::StockAsOfDayAgo | Self::GroupsByOperation => TURNS / 20,
            _ => TURNS,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "queries hold it as an option")]
fn exact(text: &str) -> Option<Pattern> {
    Some(Pattern::parse(text))
}

fn rows() -> PageRequest {
    PageRequest { limit: ROWS, ..PageRequest::default() }
}

async fn run(
    ledger: &Ledger,
    questions: &Arc<Questions>,
    kind: Kind,
    clients: usize,
) -> Result<()> {
    let (started, busy) = (Instant::now(), cpu_millis());
    let turns = (kind.turns() / if clients > 1 { 4 } else { 1 }).max(5);
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..clients {
        let (ledger, questions) = (ledger.clone(), Arc::clone(questions));
        tasks.spawn(async move {
            let mut random = Random::new(client as u64 + 1);
            let mut taken = Vec::with_capacity(turns);
            for _ in 0..turns {
                let asked = Instant::now();
                ask(&ledger, &questions, kind, &mut random).await?;
                taken.push(asked.elapsed());
            }
            Ok::<_, ReadError>(taken)
        });
    }
    let mut taken: Vec<Duration> = Vec::new();
    while let Some(client) = tasks.join_next().await {
        taken.extend(client??);
    }
    let count = f64::from(u32::try_from(taken.len()).unwrap_or(u32::MAX));
    let busy = match (busy, cpu_millis()) {
        (Some(before), Some(after)) => format!("{:.2}", (after - before) / count),
        _ => "?".to_owned(),
    };
    let per_second = count / started.elapsed().as_secs_f64();
    taken.sort_unstable();
    let at = |share: usize| taken[(taken.len() * share / 100).min(taken.len() - 1)];
    println!(
        "{:<20} {:>8.2} {:>8.2} {:>8.2} ms {per_second:>10.0} {busy:>8}",
        format!("{kind:?}"),
        at(50).as_secs_f64() * 1000.0,
        at(99).as_secs_f64() * 1000.0,
        at(100).as_secs_f64() * 1000.0,
    );
    Ok(())
}

/// What this program has used of the processors so far, where the system tells: it says more than
/// the clock on a machine that is busy with other things. In ticks of a hundredth of a second.
fn cpu_millis() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * 10.0)
}

async fn ask(
    ledger: &Ledger,
    questions: &Questions,
    kind: Kind,
    random: &mut Random,
) -> Result<(), ReadError> {
    let mut pick = |texts: &[String]| texts[random.below(texts.len())].clone();
    let part = pick(&questions.parts);
    let popular = pick(&questions.popular);
    let location = pick(&questions.locations);
    let lot = pick(&questions.lots);
    let turn = random.below(4);
    let (held_part, held_location, held_lot) =
        questions.standing[random.below(questions.standing.len())].clone();
    let stock = StockQuery { page: rows(), ..StockQuery::default() };
    let history = HistoryQuery { page: rows(), ..HistoryQuery::default() };
    match kind {
        // What people type: a part, its beginning, a place, a part at a place.
        Kind::StockSearch => {
            let query = match turn {
                0 => StockQuery { part: exact(&part), ..stock },
                1 => StockQuery { part: exact(&format!("{}%", &part[..5])), ..stock },
                2 => StockQuery { location: exact(&location), ..stock },
                _ => {
                    StockQuery { part: exact(&held_part), location: exact(&held_location), ..stock }
                }
            };
            ledger.stock(query).await.map(drop)
        }
        Kind::StockFirstPage => ledger.stock(stock).await.map(drop),
        Kind::StockText => {
            let text = Some(Pattern::containing(&format!("next {}", random.below(900))));
            ledger.stock(StockQuery { text, ..stock }).await.map(drop)
        }
        Kind::StockAsOfPart => {
            let span = questions.last.micros() - questions.first.micros();
            let as_of = questions.first.plus_micros(
                i64::try_from(random.bits() % u64::try_from(span).unwrap_or(1)).unwrap_or(0),
            );
            let query = StockQuery { part: exact(&part), as_of: Some(as_of), ..stock };
            ledger.stock(query).await.map(drop)
        }
        Kind::StockAsOfDayAgo => {
            // A day of the biggest plants: 40,000 movements.
            let as_of = Some(questions.last.plus_micros(-40_000 * 375_000));
            ledger.stock(StockQuery { as_of, ..stock }).await.map(drop)
        }
        Kind::GroupsByPart => ledger.stock_groups(stock, vec![GroupBy::Part]).await.map(drop),
        Kind::GroupsByOperation => {
            ledger.stock_groups(stock, vec![GroupBy::Operation]).await.map(drop)
        }
        Kind::HistoryPage => ledger.history(history).await.map(drop),
        Kind::HistoryOfPart => {
            let part = exact(if turn == 0 { &popular } else { &part });
            ledger.history(HistoryQuery { part, ..history }).await.map(drop)
        }
        Kind::HistoryOfLocation => {
            let location = exact(&location);
            ledger.history(HistoryQuery { location, ..history }).await.map(drop)
        }
        Kind::HistoryOfUser => {
            let user = exact("handler 3");
            ledger.history(HistoryQuery { user, ..history }).await.map(drop)
        }
        Kind::Lot => {
            let lot = LotNumber::parse(&lot).map_err(|_| mtm_store::query::CursorError::Foreign)?;
            ledger.lot_sheet(lot).await.map(drop)
        }
        Kind::ExplainBucket => {
            let query = ExplainQuery {
                location: LocationCode::parse(&held_location).ok(),
                lot: LotNumber::parse(&held_lot).ok(),
                page: rows(),
                ..ExplainQuery::default()
            };
            ledger.explain(query).await.map(drop)
        }
        Kind::ExplainPart => {
            let query = ExplainQuery {
                part: PartCode::parse(&part).ok(),
                page: rows(),
                ..ExplainQuery::default()
            };
            ledger.explain(query).await.map(drop)
        }
        Kind::SuggestLot => ledger.lots_like(&lot[..8], 10).await.map(drop),
        Kind::SuggestWorkOrder => {
            ledger.work_orders_like(&format!("{:02}", random.below(30)), 10).await.map(drop)
        }
    }
}
