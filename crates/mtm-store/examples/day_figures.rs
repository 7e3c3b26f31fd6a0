//! How fast a day's figures are on a ledger of either engine: `cargo run --release -p mtm-store --example
//! day_figures -- URL` (`sqlite:PATH`, or `mysql://user@host/database`), such as one that
//! `mtm generate --movements 2000000 --into URL` made. Stop its server before.
//!
//! Brings the table of what moved up to date and says how long that took, then asks for each day of the log
//! and for spans of thirty days, and prints the latencies.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mtm_core::word::Timestamp;
use mtm_store::query::{HistoryQuery, PageRequest, SortOrder};
use mtm_store::throughput::ThroughputQuery;
use mtm_store::{Ledger, OpenOptions};

const DAY: i64 = 86_400 * 1_000_000;
/// Movements added up in one transaction, as a server does.
const PIECE: u32 = 5_000;
/// How often every span is asked for.
const TURNS: usize = 5;

fn main() -> Result<()> {
    let url = std::env::args().nth(1).context("name the ledger's URL")?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(&url))
}

async fn measure(url: &str) -> Result<()> {
    let ledger = Ledger::connect(url, OpenOptions::default()).await?;
    let counts = ledger.counts().await?;
    let first = end(&ledger, SortOrder::Oldest).await?;
    let last = end(&ledger, SortOrder::Newest).await?;
    let midnight = first.micros().div_euclid(DAY) * DAY;
    let days = (last.micros() - midnight) / DAY + 1;
    println!("{} movements in {days} days", counts.movements);
    let started = Instant::now();
    let mut longest = Duration::ZERO;
    loop {
        let piece = Instant::now();
        let more = ledger.roll_up(PIECE).await?;
        longest = longest.max(piece.elapsed());
        if !more {
            break;
        }
    }
    println!(
        "brought up to date in {:.1} s, the longest piece of {PIECE} in {:.1} ms",
        started.elapsed().as_secs_f64(),
        longest.as_secs_f64() * 1000.0
    );
    for (name, span) in [("a day", 1), ("thirty days", 30)] {
        let mut taken = Vec::new();
        let mut rows = 0;
        for _ in 0..TURNS {
            for day in (0..days).step_by(usize::try_from(span)?) {
                let bound = |n| Timestamp::from_micros(midnight + (day + n) * DAY);
                let bounds = (0..=span).map(bound).collect();
                let asked = Instant::now();
                let query = ThroughputQuery { bounds, operation: None };
                rows = rows.max(ledger.throughput(query).await?.len());
                taken.push(asked.elapsed());
            }
        }
        taken.sort_unstable();
        let at = |share: usize| {
            taken[(taken.len() * share / 100).min(taken.len() - 1)].as_secs_f64() * 1000.0
        };
        println!(
            "{name:<12} p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms; up to {rows} rows",
            at(50),
            at(99),
            at(100)
        );
    }
    ledger.close().await;
    Ok(())
}

/// When the first or the last movement was recorded.
async fn end(ledger: &Ledger, sort: SortOrder) -> Result<Timestamp> {
    let page = PageRequest { limit: 1, ..PageRequest::default() };
    let query = HistoryQuery { sort, page, ..HistoryQuery::default() };
    let found = ledger.history(query).await?;
    Ok(found.items.first().context("the log is empty")?.recorded_at)
}
