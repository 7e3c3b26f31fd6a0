//! One URL that names several servers, and a replica: who is worked on when one of them fails, and
//! who is never taken because it lacks what was seen.
//!
//! `MTM_FAILOVERS` sets how often the server in use fails under load (the long proof checks the
//! time, too).

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mtm_core::command::Action;
use mtm_store::PostError;
use mtm_store::query::HistoryQuery;
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Galera, Replicated, poll};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::plant::receive;
use crate::site::{PATIENCE, Site, runtime};

/// Fail-overs of the bounded run: the preferred node dies, then it is cut off.
const FAILOVERS: u64 = 2;
/// From so many on, the time is checked.
const ALL_FAILOVERS: u64 = 4;
/// Bookings between two events.
const BETWEEN: u64 = 40;
/// How long a client may wait for an answer.
const WINDOW: Duration = Duration::from_secs(10);

/// Clients of one program that book under keys until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    acks: Arc<Mutex<Vec<(u64, Instant, String)>>>,
    clients: JoinSet<()>,
}

impl Load {
    pub(crate) const CLIENTS: u64 = 6;

    pub(crate) fn start(runtime: &tokio::runtime::Runtime, site: &Arc<Site>) -> Self {
        let (stop, count, acks) =
            <(Arc<AtomicBool>, Arc<AtomicU64>, Arc<Mutex<Vec<_>>>)>::default();
        let mut clients = JoinSet::new();
        for client in 0..Self::CLIENTS {
            let (site, stop) = (Arc::clone(site), Arc::clone(&stop));
            let (count, acks) = (Arc::clone(&count), Arc::clone(&acks));
            let booking = async move {
                for n in 0_u64.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let movement = until_answered(&site, &format!("load-{client}-{n}")).await;
                    acks.lock().unwrap().push((client, Instant::now(), movement));
                    count.fetch_add(1, Ordering::SeqCst);
                }
            };
            clients.spawn_on(booking, runtime.handle());
        }
        Self { stop, count, acks, clients }
    }

    /// Waits until some more bookings were acknowledged.
    pub(crate) fn goes_on(&self, what: &str) {
        let wanted = self.count.load(Ordering::SeqCst) + BETWEEN;
        poll::until(&format!("bookings {what}"), PATIENCE, || {
            Ok((self.count.load(Ordering::SeqCst) >= wanted).then_some(()))
        })
        .unwrap();
    }

    /// The movements that were acknowledged, and the longest that a client waited for one.
    pub(crate) fn end(self, runtime: &tokio::runtime::Runtime) -> (Vec<String>, Duration) {
        self.stop.store(true, Ordering::SeqCst);
        runtime.block_on(self.clients.join_all());
        let acks = std::mem::take(&mut *self.acks.lock().unwrap());
        let gaps = (0..Self::CLIENTS).filter_map(|client| {
            let mine = acks.iter().filter(|(by, ..)| *by == client);
            let times: Vec<Instant> = mine.map(|(_, at, _)| *at).collect();
            times.windows(2).map(|pair| pair[1] - pair[0]).max()
        });
        let gap = gaps.max().unwrap_or_default();
        (acks.into_iter().map(|(.., movement)| movement).collect(), gap)
    }
}

async fn until_answered(site: &Site, key: &str) -> String {
    let began = Instant::now();
    loop {
        match site.post(Some(key), Action::Receive(receive("P-1", 1))).await {
            Ok(answer) => {
                let outcome = answer.into_single().unwrap();
                return outcome.movements[0].id.to_string().replace('-', "");
            }
            Err(PostError::Rejected(rejection)) => panic!("{key}: {rejection}"),
            Err(PostError::Fault(fault)) => {
                assert!(began.elapsed() < PATIENCE, "{key}: nobody answers: {fault}");
            }
        }
    }
}

/// Waits until `site` works on the server at that place of its URL.
fn works_on(runtime: &tokio::runtime::Runtime, site: &Site, wanted: usize) {
    let waited = poll::eventually("the server in use", 2 * PATIENCE, async || {
        Ok((site.ledger.servers().unwrap().current == wanted).then_some(()))
    });
    runtime.block_on(waited).unwrap();
}

#[test]
fn a_galera_cluster_in_one_url_serves_on_without_its_preferred_node_and_gets_everybody_back() {
    let Some(mut cluster) = Galera::start().unwrap().or_skip("Galera fail-over") else { return };
    let database = cluster.create_database().unwrap();
    let hosts = [1, 2, 3].map(|node| format!("127.0.0.1:{}", cluster.node(node).port()));
    let url = format!("mysql://root@{}/{database}", hosts.join(","));
    let runtime = runtime();
    let site = runtime.block_on(Site::found(&url));
    assert_eq!(site.ledger.servers().unwrap().hosts, hosts);
    let load = Load::start(&runtime, &site);
    let failovers = number("MTM_FAILOVERS", FAILOVERS);
    for n in 0..failovers {
        load.goes_on("on the preferred node");
        works_on(&runtime, &site, 0);
        if n % 2 == 0 {
            cluster.node_mut(1).kill9().unwrap();
            load.goes_on("after the preferred node died");
            assert_ne!(site.ledger.servers().unwrap().current, 0);
            cluster.node_mut(1).rejoin().unwrap();
        } else {
            cluster.node(1).isolate().unwrap();
            load.goes_on("after the preferred node was cut off");
            assert_ne!(site.ledger.servers().unwrap().current, 0);
            cluster.node(1).heal().unwrap();
        }
        cluster.wait_until_whole().unwrap();
        works_on(&runtime, &site, 0);
    }
    load.goes_on("on the preferred node again");
    let (acknowledged, gap) = load.end(&runtime);

    // There and back, once each: it did not flap.
    assert_eq!(site.ledger.servers().unwrap().changes, 2 * failovers);
    let sql = "SELECT LOWER(HEX(id)) FROM movement";
    let kept = cluster.node(2).sql_after_all(&database, sql).unwrap();
    let kept: HashSet<&str> = kept.lines().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !kept.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert_eq!(kept.len(), acknowledged.len(), "booked twice, or by nobody");
    runtime.block_on(site.is_sound_with(kept.len()));
    evidence(format!(
        "{failovers} fail-overs from the preferred node and back, by one URL, under load: {} \
         acknowledged, 0 lost, 0 doubled; a client waited {gap:.1?} at most",
        acknowledged.len()
    ));
    if failovers >= ALL_FAILOVERS {
        assert!(gap < WINDOW, "a client waited {gap:?}");
    }
    runtime.block_on(site.ledger.close());
}

#[test]
fn a_mariadb_server_that_was_left_behind_never_takes_over() {
    let Some(mut servers) = Replicated::start().unwrap().or_skip("MariaDB fail-over") else {
        return;
    };
    let runtime = runtime();
    let database = servers.source.create_database().unwrap();
    let database = database.rsplit('/').next().unwrap().to_owned();
    let (first, second) = (servers.source.port(), servers.replica.port());
    let url = format!("mysql://root@127.0.0.1:{first},127.0.0.1:{second}/{database}");
    let site = runtime.block_on(Site::found(&url));
    runtime.block_on(site.lot_of(1));
    servers.catch_up().unwrap();

    // The second one lacks what was seen: nobody books there, and nothing is lost.
    servers.hold().unwrap();
    runtime.block_on(site.lot_of(2));
    told_everybody(&runtime, &site, 2);
    servers.source.kill9().unwrap();
    let refused = runtime.block_on(site.post(None, Action::Receive(receive("P-1", 3))));
    assert!(matches!(refused, Err(PostError::Fault(_))), "{refused:?}");
    assert_eq!(site.ledger.servers().unwrap().current, 0);
    servers.source.restart().unwrap();
    runtime.block_on(site.lot_of(3));

    // Once it has everything, it takes over.
    told_everybody(&runtime, &site, 3);
    servers.go_on().unwrap();
    servers.catch_up().unwrap();
    servers.source.kill9().unwrap();
    runtime.block_on(site.lot_of(4));
    assert_eq!(site.ledger.servers().unwrap().current, 1);

    // What was preferred lacks the last booking now: it does not get anybody back.
    told_everybody(&runtime, &site, 4);
    servers.source.restart().unwrap();
    servers.replica.kill9().unwrap();
    let refused = runtime.block_on(site.post(None, Action::Receive(receive("P-1", 5))));
    assert!(matches!(refused, Err(PostError::Fault(_))), "{refused:?}");
    assert_eq!(site.ledger.servers().unwrap().current, 1);
    servers.replica.restart().unwrap();
    runtime.block_on(async {
        site.is_sound_with(4).await;
        site.ledger.close().await;
    });
}

/// Waits until the program itself has seen the events of so many movements.
fn told_everybody(runtime: &tokio::runtime::Runtime, site: &Site, movements: usize) {
    runtime.block_on(site.told(movements));
    let seen = site.ledger.servers().unwrap().seen;
    poll::until("the newest event to be remembered", PATIENCE, || {
        let now = site.ledger.servers().unwrap().seen;
        Ok((now == Some(*site.ledger.subscribe().borrow())).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error}: first {seen:?}"));
}

/// The movements of an export.
async fn exported(site: &Site) -> usize {
    let (send, mut chunks) = mpsc::channel(4);
    let streaming = site.ledger.history_stream(HistoryQuery::default(), send);
    let counting = async {
        let mut rows = 0;
        while let Some(chunk) = chunks.recv().await {
            rows += chunk.len();
        }
        rows
    };
    let (streamed, rows) = tokio::join!(streaming, counting);
    streamed.unwrap();
    rows
}

#[test]
fn a_mariadb_replica_answers_only_when_it_has_everything_that_was_written_before() {
    let Some(mut servers) = Replicated::start().unwrap().or_skip("MariaDB replica") else { return };
    let runtime = runtime();
    let url = servers.source.create_database().unwrap();
    let url = format!("{url}?replica=127.0.0.1:{}", servers.replica.port());
    let site = runtime.block_on(Site::found(&url));
    let replica = || site.ledger.servers().unwrap().replica.unwrap();

    runtime.block_on(site.lot_of(1));
    runtime.block_on(site.told(1));
    servers.catch_up().unwrap();
    assert_eq!(runtime.block_on(exported(&site)), 1);
    assert_eq!((replica().served, replica().late, replica().away), (1, 0, 0));

    // Late by one booking: not believed.
    servers.hold().unwrap();
    runtime.block_on(site.lot_of(2));
    assert_eq!(runtime.block_on(exported(&site)), 2);
    assert_eq!((replica().served, replica().late, replica().away), (1, 1, 0));

    servers.go_on().unwrap();
    runtime.block_on(site.told(2));
    servers.catch_up().unwrap();
    assert_eq!(runtime.block_on(exported(&site)), 2);
    assert_eq!((replica().served, replica().late, replica().away), (2, 1, 0));

    // Away: not waited for.
    servers.replica.kill9().unwrap();
    runtime.block_on(site.lot_of(3));
    assert_eq!(runtime.block_on(exported(&site)), 3);
    assert_eq!(runtime.block_on(exported(&site)), 3);
    assert_eq!((replica().served, replica().late), (2, 1));
    assert!(replica().away >= 2);
    runtime.block_on(site.ledger.close());
}
