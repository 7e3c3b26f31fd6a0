//! A cluster of three nodes with a program on each: the same promises as on one server, with
//! clients on all of them, and with nodes that are killed and cut off under load.
//!
//! One test, because a cluster is dear. `MTM_FAULTS` sets how many nodes fail one after the other
//! (the long proof lets each die and each be cut off), `MTM_STORM` how often each client of the
//! storm books, `MTM_LATE` how often all nodes book late facts at once.

mod undone;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mtm_core::code::Code;
use mtm_core::command::Action;
use mtm_core::period::{Closed, PeriodChange};
use mtm_core::word::LotNumber;
use mtm_store::{Clock as _, PostError, Submission, SystemClock};
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Galera, poll};
use tokio::task::JoinSet;

use crate::plant::{receive, take};
use crate::site::{PATIENCE, Site, runtime};

/// Nodes that fail in the bounded run: one is killed, one is cut off.
const FAULTS: u64 = 2;
/// Every node killed and every node cut off.
const ALL_FAULTS: u64 = 6;
/// Bookings of each client of the storm.
const STORM: u64 = 8;
/// Late facts on every node at once, one after the other.
const LATE: u64 = 4;
/// Acknowledgements between two faults.
const BETWEEN: u64 = 60;
/// How long a client may wait for an answer, over all nodes.
const WINDOW: Duration = Duration::from_secs(10);

/// A program on each node.
type Sites = Arc<Vec<Arc<Site>>>;

#[test]
fn a_galera_cluster_keeps_every_promise_with_clients_on_all_nodes_and_nodes_that_fail() {
    let Some(mut cluster) = Galera::start().unwrap().or_skip("Galera") else { return };
    let database = cluster.create_database().unwrap();
    let runtime = runtime();
    let (sites, before) = runtime.block_on(async {
        let first = Site::found(&cluster.node(1).url_of(&database)).await;
        let mut sites = vec![first];
        for number in [2, 3] {
            sites.push(Site::join(&cluster.node(number).url_of(&database)).await);
        }
        let sites = Arc::new(sites);
        let mut booked = fifty_takes_of_one_from_thirty_give_thirty(&sites).await;
        booked += twenty_clients_get_distinct_lots(&sites).await;
        booked += one_key_has_one_effect_on_all_nodes(&sites).await;
        booked += a_storm_on_few_lots_is_exact(&sites).await;
        booked += a_closing_holds_on_all_nodes_at_once(&sites).await;
        booked += undone::a_posting_undone_midway_leaves_nothing(&cluster, &database, &sites).await;
        (sites, booked)
    });

    let load = Load::start(&runtime, &sites);
    let faults = number("MTM_FAULTS", FAULTS);
    for fault in 0..faults {
        // Bounded: node 2 dies, node 3 is cut off; then the others.
        let node =
            usize::try_from([2, 3, 1, 1, 3, 2][usize::try_from(fault % ALL_FAULTS).unwrap()])
                .unwrap();
        load.goes_on("before the fault");
        if fault % 2 == 0 {
            cluster.node_mut(node).kill9().unwrap();
            load.goes_on("without a node that died");
            cluster.node_mut(node).rejoin().unwrap();
        } else {
            cluster.node(node).isolate().unwrap();
            load.goes_on("without a node that was cut off");
            cluster.node(node).heal().unwrap();
        }
        cluster.wait_until_whole().unwrap();
    }
    load.goes_on("after the faults");
    let acknowledged = load.end(&runtime);

    let ids: HashSet<&str> = acknowledged.iter().map(|ack| ack.movement.as_str()).collect();
    assert_eq!(ids.len(), acknowledged.len(), "two keys were answered with one movement");
    let sql = "SELECT LOWER(HEX(id)) FROM movement";
    let kept = cluster.node(1).sql_after_all(&database, sql).unwrap();
    let kept: HashSet<&str> = kept.lines().collect();
    let lost: Vec<_> = ids.iter().filter(|id| !kept.contains(**id)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert_eq!(kept.len(), before + 1 + acknowledged.len(), "booked twice, or by nobody");
    runtime.block_on(async {
        join_all(sites.iter().map(|site| site.is_sound_with(kept.len()))).await;
    });
    let sum = "SELECT count(*), max(sequence), (SELECT HEX(hash) FROM audit ORDER BY sequence DESC
               LIMIT 1), (SELECT sum(quantity) FROM stock), (SELECT count(*) FROM outbox)
               FROM movement";
    let sums = [1, 2, 3].map(|node| cluster.node(node).sql_after_all(&database, sum).unwrap());
    assert!(sums.iter().all(|other| *other == sums[0]), "the nodes disagree: {sums:?}");

    let gap = longest_gap(&acknowledged);
    evidence(format!(
        "{faults} nodes killed or cut off under load: {} acknowledged, 0 lost, 0 doubled, all nodes \
         agree; a client waited {gap:.1?} at most",
        acknowledged.len()
    ));
    if faults >= ALL_FAULTS {
        assert!(gap < WINDOW, "a client waited {gap:?}");
    }
    runtime.block_on(async {
        for site in sites.iter() {
            site.ledger.close().await;
        }
    });
}

/// Waits until every node knows `lot`.
async fn known(sites: &Sites, lot: &LotNumber) {
    for site in sites.iter() {
        let waited = poll::eventually("the lot on every node", PATIENCE, async || {
            Ok(site.ledger.lot_sheet(lot.clone()).await?)
        });
        waited.await.unwrap();
    }
}

async fn fifty_takes_of_one_from_thirty_give_thirty(sites: &Sites) -> usize {
    let lot = sites[0].lot_of(30).await;
    known(sites, &lot).await;
    let mut takers = JoinSet::new();
    for taker in 0..50 {
        let (site, lot) = (Arc::clone(&sites[taker % 3]), lot.clone());
        takers.spawn(async move { site.post(None, take(&lot, 1)).await });
    }
    let mut taken = 0;
    for answer in takers.join_all().await {
        match answer {
            Ok(_) => taken += 1,
            Err(PostError::Rejected(no)) => assert_eq!(no.code, Code::InsufficientStock),
            Err(PostError::Fault(fault)) => panic!("{fault}"),
        }
    }
    assert_eq!(taken, 30);
    evidence("50 takes of 1 from 30, over three nodes: 30 succeeded");
    31
}

/// Late facts booked before a closing and after it, at once on every node: none waits to be told.
async fn a_closing_holds_on_all_nodes_at_once(sites: &Sites) -> usize {
    const DAY: i64 = 24 * 3_600_000_000;
    let late = |site: &Site| {
        let mut submission = site.submission(None, Action::Receive(receive("P-1", 1)));
        submission.commands[0].context.occurred_at = Some(SystemClock.now().plus_micros(-2 * DAY));
        submission
    };
    let flagged = async || {
        let answers = sites.iter().map(|site| site.ledger.post(late(site)));
        let warned = join_all(answers).await.into_iter().map(|answer| {
            let outcome = answer.unwrap().into_single().unwrap();
            outcome.warnings.iter().any(|warning| warning.code == "in_closed_period")
        });
        warned.collect::<Vec<bool>>()
    };
    let edge = SystemClock.now().plus_micros(-DAY);
    let closed = Closed { through: "2026-11-20".parse().unwrap(), until: edge };
    let change = async |site: &Site, change| {
        // Whoever loses against another node's writing is told to try again.
        let changed = poll::eventually("a closing", PATIENCE, async || {
            match site.ledger.change_period(change, None, site.actor(), None).await {
                Err(PostError::Fault(_)) => Ok(None),
                done => Ok(Some(done.unwrap())),
            }
        });
        changed.await.unwrap();
    };
    // Whoever loses its turn to another node decides again, and is told of nothing.
    let rounds = number("MTM_LATE", LATE);
    for _ in 0..rounds {
        assert_eq!(flagged().await, [false; 3]);
    }
    change(&sites[1], PeriodChange::Close(closed)).await;
    assert_eq!(flagged().await, [true; 3]);
    change(&sites[2], PeriodChange::Reopen(None)).await;
    assert_eq!(flagged().await, [false; 3]);
    evidence("a closing on one node holds for the next late fact on every node");
    3 * usize::try_from(rounds).unwrap() + 6
}

async fn twenty_clients_get_distinct_lots(sites: &Sites) -> usize {
    let mut clients = JoinSet::new();
    for client in 0..20 {
        let site = Arc::clone(&sites[client % 3]);
        clients.spawn(async move {
            let mut lots = Vec::new();
            for _ in 0..20 {
                lots.push(site.lot_of(1).await);
            }
            lots
        });
    }
    let lots: HashSet<LotNumber> = clients.join_all().await.into_iter().flatten().collect();
    assert_eq!(lots.len(), 400);
    evidence("20 clients with 20 receipts each, over three nodes: 400 distinct lots");
    400
}

async fn one_key_has_one_effect_on_all_nodes(sites: &Sites) -> usize {
    let mut senders = JoinSet::new();
    for sender in 0..50 {
        let site = Arc::clone(&sites[sender % 3]);
        senders.spawn(async move {
            site.post(Some("the one"), Action::Receive(receive("P-1", 7))).await.unwrap()
        });
    }
    let answers = senders.join_all().await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.verdicts == answers[0].verdicts));
    evidence("one key 50 times at once, over three nodes: one effect");
    1
}

/// Clients of all nodes take from two of four lots at once, in any order.
async fn a_storm_on_few_lots_is_exact(sites: &Sites) -> usize {
    const CLIENTS: usize = 12;
    let mut lots = Vec::new();
    for _ in 0..4 {
        lots.push(sites[0].lot_of(1_000).await);
    }
    known(sites, &lots[3]).await;
    let before = sites[0].on_hand().await;
    let bookings = number("MTM_STORM", STORM);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (site, lots) = (Arc::clone(&sites[client % 3]), lots.clone());
        clients.spawn(async move {
            for n in 0..usize::try_from(bookings).unwrap() {
                let (one, other) = (client + n, client + n + 1 + (client + n) % 3);
                let both = [one, other]
                    .map(|lot| site.submission(None, take(&lots[lot % 4], 1)).commands.remove(0));
                let both = Submission {
                    commands: both.to_vec(),
                    ..site.submission(None, take(&lots[0], 1))
                };
                site.ledger.post(both).await.unwrap();
            }
        });
    }
    clients.join_all().await;
    let booked = usize::try_from(bookings).unwrap() * CLIENTS * 2;
    sites[0].told(31 + 400 + 1 + 4 + booked).await;
    assert_eq!(before - sites[0].on_hand().await, i64::try_from(booked).unwrap());
    evidence(format!(
        "{booked} takes in pairs from four lots, over three nodes: exact, no conflict told"
    ));
    booked + 4
}

/// A booking that somebody was told of.
#[derive(Debug)]
struct Ack {
    client: u64,
    at: Instant,
    movement: String,
}

/// Clients that book all the time, each with a node it prefers, and go to the next one with the
/// same key when theirs fails.
struct Load {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    acks: Arc<Mutex<Vec<Ack>>>,
    clients: JoinSet<()>,
}

impl Load {
    const CLIENTS: u64 = 6;

    fn start(runtime: &tokio::runtime::Runtime, sites: &Sites) -> Self {
        let lot = runtime.block_on(async {
            let lot = sites[0].lot_of(100_000).await;
            known(sites, &lot).await;
            lot
        });
        let mut load = Self {
            stop: Arc::default(),
            count: Arc::default(),
            acks: Arc::default(),
            clients: JoinSet::new(),
        };
        for client in 0..Self::CLIENTS {
            let (sites, lot) = (Arc::clone(sites), lot.clone());
            let (stop, count) = (Arc::clone(&load.stop), Arc::clone(&load.count));
            let acks = Arc::clone(&load.acks);
            let booking = async move {
                let mut node = usize::try_from(client).unwrap();
                for n in 0_u64.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let key = format!("load-{client}-{n}");
                    let movement = until_answered(&sites, &mut node, &key, n, &lot).await;
                    acks.lock().unwrap().push(Ack { client, at: Instant::now(), movement });
                    count.fetch_add(1, Ordering::SeqCst);
                }
            };
            load.clients.spawn_on(booking, runtime.handle());
        }
        load
    }

    /// Waits until some more bookings were acknowledged.
    fn goes_on(&self, what: &str) {
        let wanted = self.count.load(Ordering::SeqCst) + BETWEEN;
        let what = format!("bookings {what}");
        let waited = poll::until(&what, PATIENCE, || {
            Ok((self.count.load(Ordering::SeqCst) >= wanted).then_some(()))
        });
        waited.unwrap();
    }

    fn end(self, runtime: &tokio::runtime::Runtime) -> Vec<Ack> {
        self.stop.store(true, Ordering::SeqCst);
        runtime.block_on(self.clients.join_all());
        std::mem::take(&mut *self.acks.lock().unwrap())
    }
}

/// Sends a booking to one node after the other until one answers; the movement's id.
async fn until_answered(
    sites: &Sites,
    node: &mut usize,
    key: &str,
    n: u64,
    lot: &LotNumber,
) -> String {
    let began = Instant::now();
    loop {
        let action =
            if n.is_multiple_of(3) { take(lot, 1) } else { Action::Receive(receive("P-1", 1)) };
        match sites[*node % 3].post(Some(key), action).await {
            Ok(answer) => {
                let outcome = answer.into_single().unwrap();
                return outcome.movements[0].id.to_string().replace('-', "");
            }
            Err(PostError::Rejected(rejection)) => panic!("{key}: {rejection}"),
            Err(PostError::Fault(fault)) => {
                assert!(began.elapsed() < PATIENCE, "{key}: no node answers: {fault}");
                assert!(!fault.to_string().contains("1213"), "{key}: {fault}");
                *node += 1;
            }
        }
    }
}

/// The longest that a client waited between two acknowledgements.
fn longest_gap(acks: &[Ack]) -> Duration {
    let gaps = (0..Load::CLIENTS).flat_map(|client| {
        let times: Vec<Instant> =
            acks.iter().filter(|ack| ack.client == client).map(|ack| ack.at).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
    });
    gaps.max().unwrap_or_default()
}
