//! The same bad days of a machine, by each protocol: cut off, started anew, counters that begin again, run over, or are set
//! by somebody's hand.
//!
//! A machine has two counters that count the same pieces. One stands for its lifetime and is exact, whatever happens. The other
//! is set to zero and runs over: what was made lies between what is counted of it and what is in question. In the end
//! everything is confirmed as it was in truth, and stock is what was made.
//!
//! Small in every run; `cargo xtask proof machines` cuts for a minute at a time.

use std::time::{Duration, Instant};

use mtm_app::machine::{
    Booking, CounterBody, MachineSettings, Machines, ProposalBody, ProposalDeed, ProposalKind,
    ProposalQuery, ProposalRow, ProposalState, Protocol,
};
use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_testkit::poll::eventually;
use mtm_testkit::proof::{evidence, number};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::machine_peers::{LIFETIME, Peer, SHIFT};
use crate::plant::Plant;

/// How long a condition is waited for: longer than the longest pause between two tries.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the lifetime counter shows first.
const BEGIN: u64 = 900_000_000;
/// The largest total of the other one.
const TOP: u64 = 9_999;

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// The line is cut, and the machine works on.
    Cut,
    /// The same, and the machine's program is started anew meanwhile.
    Restart,
    /// The line is cut, and somebody sets the counter to zero meanwhile.
    ResetUnheard,
    /// Somebody sets it to zero while it is heard.
    Reset,
    /// The line is cut while the counter runs over.
    RolloverUnheard,
    /// It runs over while it is heard.
    Rollover,
}

const DAYS: [Day; 6] =
    [Day::Cut, Day::Restart, Day::ResetUnheard, Day::Reset, Day::RolloverUnheard, Day::Rollover];

/// A plant that listens to a machine.
struct Shop {
    plant: Plant,
    peer: Peer,
    /// Between the machine and whoever listens.
    lines: Vec<Proxy>,
    machines: Machines,
    running: JoinHandle<()>,
    dice: ChaCha8Rng,
    /// What the counters show in truth, and how much was made.
    lifetime: u64,
    shift: u64,
    made: u64,
    cut: Duration,
    /// With each tick a piece is made.
    pace: Interval,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.machines.stop();
        self.running.abort();
    }
}

impl Shop {
    async fn open((peer, protocol, lines): (Peer, Protocol, Vec<Proxy>)) -> Self {
        let plant = Plant::open().await;
        let [lifetime, shift] = peer.tags();
        plant.app.use_machines(vec![MachineSettings { name: "press".to_owned(), protocol }]);
        let cut = Duration::from_millis(number("MTM_CUT_MS", 300));
        // A machine that makes a piece every second when it is cut off for a minute, and as many in a shorter cut.
        let pace = cut / 60;
        let per_hour = u32::try_from(3_600_000 / pace.as_millis().max(1)).unwrap();
        let counter = |tag: &str, resets, rollover| CounterBody {
            tag: Some(tag.to_owned()),
            booking: Some(Booking::Receive),
            part: Some("11058-1779".to_owned()),
            operation: Some("19".to_owned()),
            location: Some("R-E4-18".to_owned()),
            // No machine is faster than it can be, but a test may be late for a piece.
            per_hour: Some(per_hour * 2),
            told_within: Some(5),
            resets: Some(resets),
            rollover,
            ..CounterBody::default()
        };
        let machines = Machines::new(plant.app.clone());
        let listening = machines.clone();
        let running = tokio::spawn(async move { listening.run().await });
        let dice = ChaCha8Rng::seed_from_u64(number("MTM_SEED", 20_261_130));
        let (begin, made) = (BEGIN, 0);
        let mut pace = interval(pace);
        // A machine that was held up does not work the faster.
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shop = Self {
            plant,
            peer,
            lines,
            machines,
            running,
            dice,
            lifetime: begin,
            shift: 0,
            made,
            cut,
            pace,
        };
        shop.peer.show(LIFETIME, BEGIN).await;
        shop.peer.show(SHIFT, 0).await;
        for body in [counter(&lifetime, false, None), counter(&shift, true, Some(TOP))] {
            shop.plant.app.add_counter(&shop.plant.lead, "press", &body, None).await.unwrap();
        }
        shop.is_heard().await;
        shop
    }

    /// The machine makes a piece.
    async fn make(&mut self) {
        self.made += 1;
        self.lifetime += 1;
        self.shift = if self.shift == TOP { 0 } else { self.shift + 1 };
        self.peer.show(LIFETIME, self.lifetime).await;
        self.peer.show(SHIFT, self.shift).await;
        self.pace.tick().await;
    }

    async fn make_some(&mut self, pieces: u32) {
        for _ in 0..pieces {
            self.make().await;
        }
    }

    /// Works until `end`.
    async fn work_until(&mut self, end: Instant) {
        while Instant::now() < end {
            self.make().await;
        }
    }

    /// Somebody sets the counter.
    async fn set(&mut self, shift: u64) {
        self.shift = shift;
        self.peer.show(SHIFT, shift).await;
    }

    /// Until both counters were seen to show what they show, and nothing is missing.
    async fn is_heard(&self) {
        let [lifetime, shift] = self.peer.tags();
        let expected = [(lifetime, self.lifetime), (shift, self.shift)];
        let what = format!("{expected:?}");
        let heard = eventually(&what, PATIENCE, async || {
            let counters = self.plant.app.ledger().counters(None, false).await?;
            let shows = |(tag, total): &(String, u64)| {
                counters
                    .iter()
                    .any(|it| it.setting.tag == *tag && it.value == Some(*total) && !it.broken)
            };
            Ok(expected.iter().all(shows).then_some(()))
        });
        heard.await.unwrap();
    }

    async fn cut(&self) {
        for line in &self.lines {
            line.set(Direction::ToClient, Fault::Over(End::Reset));
            line.set(Direction::ToServer, Fault::Over(End::Reset));
        }
        let closed = eventually("the lines to be cut", PATIENCE, async || {
            Ok(self.lines.iter().all(|line| line.counters().open == 0).then_some(()))
        });
        closed.await.unwrap();
    }

    fn heal(&self) {
        self.lines.iter().for_each(Proxy::heal);
    }

    async fn live(&mut self, day: Day) {
        self.make_some(3).await;
        self.is_heard().await;
        match day {
            Day::Reset => self.set(0).await,
            Day::Rollover | Day::RolloverUnheard => {
                // By hand: nothing of it is a piece.
                self.set(TOP - 2).await;
                self.is_heard().await;
            }
            _ => {}
        }
        if matches!(day, Day::Reset | Day::Rollover) {
            self.make_some(5).await;
            self.is_heard().await;
            return;
        }
        let began = Instant::now();
        self.cut().await;
        let middle = began + self.cut / 2;
        self.work_until(middle).await;
        self.make().await;
        match day {
            Day::Restart => {
                let totals = [self.lifetime, self.shift];
                self.peer.restart(totals).await;
            }
            Day::ResetUnheard => self.set(0).await,
            _ => {}
        }
        self.work_until(began + self.cut).await;
        self.make().await;
        self.heal();
        self.is_heard().await;
    }

    async fn proposals(&self, tag: &str) -> Vec<ProposalRow> {
        let query = ProposalQuery { limit: 1_000, ..ProposalQuery::default() };
        let mut all = self.plant.app.ledger().proposals(query).await.unwrap();
        all.retain(|it| it.tag == tag);
        all
    }

    /// Nothing was invented; whatever was missed is in question. Then it is confirmed as it was in truth.
    async fn judge(&self, days: usize) {
        let [lifetime, shift] = self.peer.tags();
        let is_count = |it: &&ProposalRow| it.kind == ProposalKind::Count;
        let all = self.proposals(&lifetime).await;
        let counted: u64 = all.iter().filter(is_count).map(|it| it.pieces).sum();
        let asked = all.iter().filter(|it| !is_count(it)).count();
        assert_eq!((counted, asked), (self.made, 0), "a lifetime counter is exact: {all:?}");
        self.confirm(all, self.made).await;

        let all = self.proposals(&shift).await;
        let counted: u64 = all.iter().filter(is_count).map(|it| it.pieces).sum();
        let most: u64 = all.iter().filter_map(|it| it.most).sum();
        let made = self.made;
        assert!(counted <= made, "{} pieces were invented: {all:?}", counted - made);
        assert!(made <= counted + most, "{} pieces are lost: {all:?}", made - counted - most);
        evidence(format!(
            "{}: {made} pieces on {days} bad days of {} ms each; the lifetime counter counted {made}, the other {counted}, \
             and asked for up to {most}",
            self.peer.name(),
            self.cut.as_millis(),
        ));
        self.confirm(all, made).await;
        assert_eq!(u64::try_from(self.plant.on_hand().await).unwrap(), made * 2);
    }

    /// Somebody knows how many there were in all, and says so.
    async fn confirm(&self, all: Vec<ProposalRow>, made: u64) {
        let counted = all.iter().filter(|it| it.kind == ProposalKind::Count).map(|it| it.pieces);
        let mut unanswered = made - counted.sum::<u64>();
        for row in all {
            let pieces = match row.kind {
                ProposalKind::Count => row.pieces,
                ProposalKind::Question => unanswered.min(row.most.unwrap()),
            };
            if row.kind == ProposalKind::Question {
                unanswered -= pieces;
            }
            let (deed, expected) = match pieces {
                0 => (ProposalDeed::Drop, ProposalState::Dropped),
                _ => (ProposalDeed::Confirm, ProposalState::Booked),
            };
            let body = ProposalBody {
                deed,
                confirmed: (pieces > 0).then_some(pieces),
                seen: (row.kind == ProposalKind::Count).then_some(row.pieces),
                note: "as it was in truth".to_owned(),
                version: Some(row.version),
            };
            let (app, who) = (&self.plant.app, &self.plant.lead);
            let decided = app.decide_proposal(who, row.id, &body, None).await.unwrap();
            assert_eq!(decided.value.state, expected, "{:?}", decided.value);
        }
        assert_eq!(unanswered, 0, "what is asked leaves room for what was");
    }
}

/// Every bad day so many times, in any order.
async fn lives(parts: (Peer, Protocol, Vec<Proxy>)) {
    let mut shop = Shop::open(parts).await;
    let mut days: Vec<Day> = Vec::new();
    for _ in 0..number("MTM_ROUNDS", 1) {
        days.extend(DAYS);
    }
    for at in (1..days.len()).rev() {
        let other = shop.dice.next_u32() as usize % (at + 1);
        days.swap(at, other);
    }
    for day in &days {
        shop.live(*day).await;
    }
    shop.judge(days.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_days_of_an_agent_of_mtconnect_lose_and_invent_nothing() {
    lives(Peer::mtconnect().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_days_of_an_edge_node_of_sparkplug_lose_and_invent_nothing() {
    let Some(parts) = Peer::sparkplug().await else { return };
    lives(parts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_days_of_an_opc_ua_server_lose_and_invent_nothing() {
    let Some(parts) = Peer::opcua().await else { return };
    lives(parts).await;
}
