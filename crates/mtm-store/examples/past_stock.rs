//! How fast the stock of a moment long ago is on a ledger of either engine: `cargo run --release -p
//! mtm-store --example past_stock -- URL` (`sqlite:PATH`, or `mysql://user@host/database`), such as one that
//! `mtm generate --movements 10000000 --into URL` made. Stop its server before.
//!
//! Asks for moments over the whole log without closings, makes them, says how long that took and how many
//! rows they are, and asks again: for one bucket, for what stands of a part, at a location, and for a page of
//! everything.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mtm_core::word::Timestamp;
use mtm_store::query::{
    ExplainQuery, HistoryQuery, PageRequest, Pattern, SortOrder, StockQuery, StockRow,
};
use mtm_store::{Ledger, OpenOptions};

/// Movements between closings, as a server has them.
const LEAST: u32 = 20_000;
/// Moments asked for, spread over the log.
const MOMENTS: i64 = 40;

fn main() -> Result<()> {
    let url = std::env::args().nth(1).context("name the ledger's URL")?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(&url))
}

async fn measure(url: &str) -> Result<()> {
    let ledger = Ledger::connect(url, OpenOptions::default()).await?;
    let counts = ledger.counts().await?;
    let first = end(&ledger, SortOrder::Oldest).await?;
    let last = end(&ledger, SortOrder::Newest).await?;
    println!("{} movements, {} buckets, {first} to {last}", counts.movements, counts.buckets);
    // Whoever has closings already is asked with them only.
    if !make(&ledger, true).await? {
        ask(&ledger, "without closings", first, last).await?;
        make(&ledger, false).await?;
    }
    ask(&ledger, "with closings", first, last).await?;
    ledger.close().await;
    Ok(())
}

/// Makes all closings that are due, unless it is only looked whether one is. Whether none was.
async fn make(ledger: &Ledger, look: bool) -> Result<bool> {
    let started = Instant::now();
    let (mut made, mut steps, mut longest) = (0_u32, 0_u32, Duration::ZERO);
    while let Some(mut closing) = ledger.next_closing(LEAST).await? {
        if look {
            return Ok(false);
        }
        loop {
            let step = Instant::now();
            let more = closing.step(ledger).await?;
            longest = longest.max(step.elapsed());
            steps += 1;
            if !more {
                break;
            }
        }
        made += 1;
    }
    if look {
        return Ok(true);
    }
    println!(
        "{made} closings made in {:.1} s, {steps} steps, the longest {:.1} ms",
        started.elapsed().as_secs_f64(),
        longest.as_secs_f64() * 1000.0
    );
    Ok(made == 0)
}

async fn ask(ledger: &Ledger, how: &str, first: Timestamp, last: Timestamp) -> Result<()> {
    let span = (last.micros() - first.micros()) / (MOMENTS + 1);
    let mut taken: [Vec<Duration>; 4] = Default::default();
    for n in 1..=MOMENTS {
        let as_of = Some(first.plus_micros(n * span));
        let asked = StockQuery { as_of, ..StockQuery::default() };
        let (page, time) = timed(ledger, asked.clone()).await?;
        taken[3].push(time);
        let Some(row) = page.get(page.len() / 2) else { continue };
        let part = Some(Pattern::Exact(row.part.to_string()));
        let location = Some(Pattern::Exact(row.location.to_string()));
        taken[1].push(timed(ledger, StockQuery { part, ..asked.clone() }).await?.1);
        taken[2].push(timed(ledger, StockQuery { location, ..asked }).await?.1);
        let bucket = ExplainQuery {
            part: Some(row.part.clone()),
            operation: Some(row.operation.clone()),
            location: Some(row.location.clone()),
            as_of,
            page: PageRequest { limit: 1, ..PageRequest::default() },
            ..ExplainQuery::default()
        };
        let started = Instant::now();
        ledger.explain(bucket).await?;
        taken[0].push(started.elapsed());
    }
    for (name, mut taken) in
        ["one bucket", "a part", "a location", "everything"].into_iter().zip(taken)
    {
        taken.sort_unstable();
        let at = |share: usize| {
            let at = (taken.len() * share / 100).min(taken.len().saturating_sub(1));
            taken.get(at).map_or(0.0, Duration::as_secs_f64) * 1000.0
        };
        println!(
            "{how}, {name:<10} p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
            at(50),
            at(99),
            at(100)
        );
    }
    Ok(())
}

async fn timed(ledger: &Ledger, query: StockQuery) -> Result<(Vec<StockRow>, Duration)> {
    let started = Instant::now();
    let page = ledger.stock(query).await?;
    Ok((page.items, started.elapsed()))
}

/// When the first or the last movement was recorded.
async fn end(ledger: &Ledger, sort: SortOrder) -> Result<Timestamp> {
    let page = PageRequest { limit: 1, ..PageRequest::default() };
    let query = HistoryQuery { sort, page, ..HistoryQuery::default() };
    let found = ledger.history(query).await?;
    Ok(found.items.first().context("the log is empty")?.recorded_at)
}
