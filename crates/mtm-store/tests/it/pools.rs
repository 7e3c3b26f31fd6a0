//! Pools under callers who go away, and a server that dies under load: nothing leaks, and everything
//! is well again by itself.
//!
//! `MTM_CHECKOUTS` sets how many connections are asked for (the long proof asks for a hundred
//! thousand), `MTM_RESTARTS` how often the server dies, `MTM_SEED` the seed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mtm_core::command::Action;
use mtm_lab::proxy::{Direction, Fault, Proxy};
use mtm_store::OpenOptions;
use mtm_store::pool::PoolReport;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{MariaDb, poll};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;
use tokio::time;

use crate::failover::Load;
use crate::plant::receive;
use crate::site::{PATIENCE, Site, runtime};

/// Checkouts of the bounded run.
const CHECKOUTS: u64 = 2_000;
/// Callers at once: more than there are connections, so that most wait.
const CALLERS: usize = 50;
/// Bookings at once, and queries.
const ROOM: usize = 4;
/// Deaths of the server in the bounded run.
const RESTARTS: u64 = 1;
/// From so many on, the time is checked.
const ALL_RESTARTS: u64 = 10;
/// How soon everything must be well again.
const HEALTHY: Duration = Duration::from_secs(5);

fn pool<'p>(pools: &'p [PoolReport], name: &str) -> &'p PoolReport {
    pools.iter().find(|pool| pool.pool == name).unwrap()
}

#[test]
fn mariadb_pools_leak_nothing_to_callers_who_go_away() {
    let Some(server) = MariaDb::start().unwrap().or_skip("MariaDB pools") else { return };
    let url = server.create_database().unwrap();
    let database = url.rsplit('/').next().unwrap().to_owned();
    let seed = number("MTM_SEED", 20_261_128);
    let checkouts = number("MTM_CHECKOUTS", CHECKOUTS);
    println!("seed {seed}");
    runtime().block_on(async {
        let proxy = Proxy::start(format!("127.0.0.1:{}", server.port())).await.unwrap();
        let through = format!("mysql://root@{}/{database}", proxy.address());
        let options =
            OpenOptions { create: true, readers: ROOM, writers: ROOM, ..OpenOptions::default() };
        let site = Site::found_with(&through, options).await;
        // Statements take a while from now on: callers leave while theirs run, too.
        proxy.set(Direction::ToClient, Fault::Delay(Duration::from_millis(1)));
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let mut callers = JoinSet::new();
        let (mut gone, mut served) = (0_u64, 0_u64);
        for n in 0..checkouts {
            if callers.len() >= CALLERS {
                let to_the_end = callers.join_next().await.unwrap().unwrap();
                *(if to_the_end { &mut served } else { &mut gone }) += 1;
            }
            let site = Arc::clone(&site);
            // Some stay to the end; the others leave at some moment before.
            let leaves = dice.random_bool(0.7);
            let after = Duration::from_micros(dice.random_range(0..15_000));
            let patience = if leaves { after } else { PATIENCE };
            let books = dice.random_bool(0.4);
            callers.spawn(async move {
                let work = async {
                    if books {
                        let action = Action::Receive(receive("P-1", 1));
                        site.post(Some(&format!("checkout-{n}")), action).await.unwrap();
                    } else {
                        site.ledger.newest_event().await.unwrap();
                    }
                };
                time::timeout(patience, work).await.is_ok()
            });
        }
        while let Some(done) = callers.join_next().await {
            *(if done.unwrap() { &mut served } else { &mut gone }) += 1;
        }
        proxy.heal();
        assert!(gone > checkouts / 20 && served > checkouts / 5, "{gone} gone, {served} served");

        // What nobody waited for comes to its end, and all places are free again: of the writers'
        // one is the follower's.
        poll::eventually("places that are free again", PATIENCE, async || {
            let pools = site.ledger.pools();
            let used = (pool(&pools, "writers").in_use, pool(&pools, "readers").in_use);
            let waiting: u64 = pools.iter().map(|pool| pool.waiting).sum();
            Ok((used == (1, 0) && waiting == 0).then_some(()))
        })
        .await
        .unwrap();
        let pools = site.ledger.pools();
        assert!(pools.iter().all(|pool| pool.open <= pool.size), "{pools:?}");
        assert!(pools.iter().map(|pool| pool.abandoned).sum::<u64>() > 0, "nobody left while waiting");
        // The server sees the same: no connection more, and none inside of a transaction.
        let seen = "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE()
                    AND id <> CONNECTION_ID()";
        let connections: u64 = server.sql(&database, seen).unwrap().trim().parse().unwrap();
        assert!(connections <= pools.iter().map(|pool| pool.open).sum(), "{connections} {pools:?}");
        poll::until("no transaction that was left open", PATIENCE, || {
            let open = server.sql("", "SELECT count(*) FROM information_schema.innodb_trx")?;
            Ok((open.trim() == "0").then_some(()))
        })
        .unwrap();
        // Every place leads to a connection that works.
        let all = (0..2 * ROOM).map(|_| site.ledger.counts());
        for counts in futures_util::future::join_all(all).await {
            counts.unwrap();
        }
        // Whoever left may have booked or not, but nothing by halves and nothing twice.
        let keys = server.sql(&database, "SELECT count(*) FROM idempotency_key").unwrap();
        site.is_sound_with(keys.trim().parse().unwrap()).await;
        site.ledger.close().await;
        evidence(format!(
            "{checkouts} callers on pools of {ROOM}: {served} served, {gone} went away while waiting \
             or while a statement ran; no place, connection or transaction leaked; {} movements, \
             none twice",
            keys.trim()
        ));
    });
}

#[test]
fn mariadb_that_dies_under_load_is_used_again_as_soon_as_it_is_back() {
    let Some(mut server) = MariaDb::start().unwrap().or_skip("MariaDB restart") else { return };
    let url = server.create_database().unwrap();
    let database = url.rsplit('/').next().unwrap().to_owned();
    let runtime = runtime();
    let site = runtime.block_on(Site::found(&url));
    let load = Load::start(&runtime, &site);
    let restarts = number("MTM_RESTARTS", RESTARTS);
    let mut slowest = Duration::ZERO;
    for _ in 0..restarts {
        load.goes_on("before the server dies");
        server.kill9().unwrap();
        server.restart().unwrap();
        let back = Instant::now();
        load.goes_on("after the server died");
        runtime.block_on(site.ledger.counts()).unwrap();
        slowest = slowest.max(back.elapsed());
    }
    let (acknowledged, _) = load.end(&runtime);
    let kept = server.sql(&database, "SELECT LOWER(HEX(id)) FROM movement").unwrap();
    let kept: std::collections::HashSet<&str> = kept.lines().collect();
    assert!(acknowledged.iter().all(|id| kept.contains(id.as_str())), "acknowledged and lost");
    assert_eq!(kept.len(), acknowledged.len(), "booked twice, or by nobody");
    runtime.block_on(async {
        site.is_sound_with(kept.len()).await;
        site.ledger.close().await;
    });
    evidence(format!(
        "{restarts} times kill -9 of the server under load: {} acknowledged, 0 lost, 0 doubled; \
         bookings and queries well {slowest:.2?} after it was back, at most",
        acknowledged.len()
    ));
    if restarts >= ALL_RESTARTS {
        assert!(slowest < HEALTHY, "it took {slowest:?}");
    }
}
