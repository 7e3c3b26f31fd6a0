//! The whole service in one process, by seed: people who book, an import, relays, followers of the log,
//! housekeeping, and everything that may go wrong with them. Clock, identities, turns and faults follow
//! from one number, each step ends before the next begins, and the ledger is the real one in a real file.
//! What comes out is compared with a plain model that shares no code with it.
//!
//! `MTM_SEED=7` repeats the run of seed 7 (`MTM_STEPS` as the failure says it); `cargo xtask proof
//! simulation` runs very many. A seed that found something is kept in `seeds.txt`.

#![expect(clippy::panic, reason = "a run that went wrong says how to repeat it")]

mod chance;
mod counts;
mod followers;
mod imports;
mod judge;
mod mishap;
mod outside;
mod people;
mod periods;
mod run;
mod service;
mod story;
mod twin;
mod wish;

use std::time::{SystemTime, UNIX_EPOCH};

use mtm_testkit::proof::{evidence, number};

use run::{Ended, Tally};

/// Runs that everybody makes, beside those of `seeds.txt` and a fresh one.
const FIXED: [u64; 3] = [1, 2, 3];
/// Steps of a run.
const STEPS: u64 = 150;

#[test]
fn a_seed_of_the_whole_service_loses_nothing_doubles_nothing_and_replays_identically() {
    let steps = number("MTM_STEPS", STEPS);
    let first = number("MTM_SEED", fresh());
    let runs: Vec<(u64, u64)> = if std::env::var_os("MTM_SEED").is_some() {
        (0..number("MTM_CASES", 1)).map(|case| (first.wrapping_add(case), steps)).collect()
    } else {
        let fixed = FIXED.into_iter().chain([first]).map(|seed| (seed, steps));
        fixed.chain(kept()).collect()
    };
    evidence(format_args!("{} runs of {steps} steps from seed {first}", runs.len()));
    let mut sum = Tally::default();
    for (seed, steps) in runs {
        // guide: replay
        let once = live(seed, steps);
        let again = live(seed, steps);
        if once.hash != again.hash {
            tell_where_they_part(seed, &once, &again);
        }
        // guide: end
        println!("seed {seed}: {}", once.hash);
        sum.add(&once.tally);
    }
    // A simulation in which nothing happens finds nothing.
    assert!(!sum.booked.is_empty() && !sum.refused.is_empty() && sum.events > 0, "{sum:?}");
    let Tally { steps, booked, refused, replayed, kills, failures, events } = sum;
    evidence(format_args!(
        "{steps} steps, each run twice with one hash: {replayed} answered again, {events} events, \
         {kills} kills, {failures} failures of the disk"
    ));
    evidence(format_args!("booked {booked:?}"));
    evidence(format_args!("refused {refused:?}"));
}

/// One run, on a runtime of its own: nothing is left over from another.
fn live(seed: u64, steps: u64) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run::run(seed, steps))
}

/// Fails with the last that two runs of a seed have in common.
fn tell_where_they_part(seed: u64, once: &Ended, again: &Ended) -> ! {
    let both = || once.story.iter().zip(&again.story);
    let parted = both().position(|(one, other)| one != other).unwrap_or(0);
    let before = &once.story[parted.saturating_sub(12)..parted];
    let (ways, steps) = (both().nth(parted), once.tally.steps);
    panic!("MTM_SEED={seed} MTM_STEPS={steps} went two ways: {before:#?} {ways:#?}");
}

/// A seed that nobody chose.
fn fresh() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos())
}

/// The seeds that found something once, and their steps.
fn kept() -> impl Iterator<Item = (u64, u64)> {
    let lines = include_str!("seeds.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let mut words = line.split_whitespace().map_while(|word| word.parse().ok());
        words.next().zip(words.next()).unwrap()
    })
}
