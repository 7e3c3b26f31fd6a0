//! A machine of the lab, behind a bad network: what it counts is exact, or a question, and never invented.

use std::collections::BTreeMap;
use std::time::Duration;

use mtm_app::machine::{
    Booking, CounterBody, Doubt, MachineSettings, MachineStanding, Machines, ProposalBody,
    ProposalDeed, ProposalKind, ProposalQuery, ProposalRow, ProposalState,
};
use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_lab::simulator::{MtconnectAgent, MtconnectSettings};
use mtm_testkit::poll::eventually;
use tokio::task::JoinHandle;

use crate::machine_peers::Peer;
use crate::plant::Plant;

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the counter shows first: more than the machine makes in any outage of these tests.
const BEGIN: u64 = 900_000_000;

/// A plant that listens to a machine of the lab through a proxy.
struct Shop {
    plant: Plant,
    lab: MtconnectAgent,
    proxy: Proxy,
    machines: Machines,
    running: JoinHandle<()>,
    _peer: Peer,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.machines.stop();
        self.running.abort();
    }
}

impl Shop {
    async fn open() -> Self {
        let plant = Plant::open().await;
        let (peer, protocol, mut lines) = Peer::mtconnect().await;
        let (lab, proxy) = (peer.agent().unwrap(), lines.remove(0));
        lab.show("parts", &BEGIN.to_string(), false).unwrap();
        plant.app.use_machines(vec![MachineSettings { name: "lathe".to_owned(), protocol }]);
        let machines = Machines::new(plant.app.clone());
        let listening = machines.clone();
        let running = tokio::spawn(async move { listening.run().await });
        let shop = Self { plant, lab, proxy, machines, running, _peer: peer };
        let body = Self::body();
        let app = &shop.plant.app;
        app.add_counter(&shop.plant.lead, "lathe", &body, None).await.unwrap();
        shop.shows(BEGIN).await;
        shop
    }

    /// What is counted of it.
    fn body() -> CounterBody {
        CounterBody {
            tag: Some("parts".to_owned()),
            booking: Some(Booking::Receive),
            part: Some("11058-1779".to_owned()),
            operation: Some("19".to_owned()),
            location: Some("R-E4-18".to_owned()),
            // Ten thousand a second: the lab counts at once what a press makes in hours.
            per_hour: Some(36_000_000),
            ..CounterBody::default()
        }
    }

    /// Until the counter was seen to show that, and nothing is missing.
    async fn shows(&self, total: u64) {
        let what = format!("the counter to show {total}");
        let seen = eventually(&what, PATIENCE, async || {
            let counters = self.plant.app.ledger().counters(None, false).await?;
            let it = &counters[0];
            Ok((it.value == Some(total) && !it.broken).then_some(()))
        });
        seen.await.unwrap();
    }

    async fn stands(&self, standing: MachineStanding) {
        let what = format!("the machine to be {standing:?}");
        let seen = eventually(&what, PATIENCE, async || {
            let machines = self.plant.app.ledger().machines().await?;
            Ok(machines.iter().any(|it| it.standing == Some(standing)).then_some(()))
        });
        seen.await.unwrap();
    }

    async fn proposals(&self) -> Vec<ProposalRow> {
        let query = ProposalQuery { limit: 1_000, ..ProposalQuery::default() };
        self.plant.app.ledger().proposals(query).await.unwrap()
    }

    /// Pieces that were counted, and questions: why, at least, at most.
    async fn counted(&self) -> (u64, Vec<(Doubt, u64, u64)>) {
        let all = self.proposals().await;
        let counted = all.iter().filter(|it| it.kind == ProposalKind::Count);
        let questions = all.iter().rev().filter_map(|it| Some((it.doubt?, it.pieces, it.most?)));
        (counted.map(|it| it.pieces).sum(), questions.collect())
    }

    fn cut(&self) {
        self.proxy.set(Direction::ToClient, Fault::Over(End::Reset));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cuts_restarts_and_overflows_of_a_machine_that_stands_high_lose_and_invent_nothing() {
    let shop = Shop::open().await;
    let mut total = BEGIN;
    let mut count = |pieces| {
        shop.lab.count("parts", pieces).unwrap();
        total += pieces;
        total
    };
    shop.shows(count(250)).await;
    // The line is cut, and the agent remembers what came about meanwhile.
    shop.cut();
    shop.stands(MachineStanding::Away).await;
    let shown = count(70);
    shop.proxy.heal();
    shop.shows(shown).await;
    // It is cut for so long that the agent does not.
    shop.lab.set(MtconnectSettings { buffer: 16, ..MtconnectSettings::default() }).unwrap();
    shop.cut();
    shop.stands(MachineStanding::Away).await;
    let shown = count(500);
    shop.proxy.heal();
    shop.shows(shown).await;
    // The agent is started anew, loses its machine, and has it again.
    shop.lab.restart();
    shop.shows(count(3)).await;
    shop.lab.unavailable();
    let shown = count(11);
    shop.lab.available();
    shop.shows(shown).await;
    // The line is there and carries nothing.
    shop.proxy.set(Direction::ToClient, Fault::Swallow);
    let shown = count(9);
    shop.stands(MachineStanding::Away).await;
    shop.proxy.heal();
    shop.shows(shown).await;
    assert_eq!(shop.counted().await, (total - BEGIN, vec![]), "every piece, and no question");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_begins_again_is_exact_while_it_is_heard_and_a_question_otherwise() {
    let shop = Shop::open().await;
    shop.lab.count("parts", 40).unwrap();
    shop.shows(BEGIN + 40).await;
    shop.lab.show("parts", "0", false).unwrap();
    shop.shows(0).await;
    shop.lab.count("parts", 60).unwrap();
    shop.shows(60).await;
    assert_eq!(shop.counted().await, (100, vec![]), "it was heard all the time");
    // Nobody hears it, and it stands so low that it may have begun again.
    shop.lab.set(MtconnectSettings { buffer: 2, ..MtconnectSettings::default() }).unwrap();
    shop.cut();
    shop.stands(MachineStanding::Away).await;
    shop.lab.count("parts", 5).unwrap();
    shop.lab.show("parts", "0", false).unwrap();
    shop.lab.count("parts", 7).unwrap();
    shop.proxy.heal();
    shop.shows(7).await;
    let (counted, questions) = shop.counted().await;
    assert_eq!(counted, 100, "what nobody heard is counted by nobody");
    let (doubt, least, most) = questions[0];
    assert_eq!((doubt, least), (Doubt::BeganAgain, 7));
    assert!(most >= 12, "twelve were made, and it says at most {most}");
    // Whatever is confirmed is stock, and nothing else.
    for row in shop.proposals().await {
        let is_question = row.kind == ProposalKind::Question;
        let pieces = if is_question { 12 } else { row.pieces };
        let body = ProposalBody {
            deed: ProposalDeed::Confirm,
            confirmed: Some(pieces),
            seen: (!is_question).then_some(row.pieces),
            note: String::new(),
            version: Some(row.version),
        };
        let (app, who) = (&shop.plant.app, &shop.plant.lead);
        let decided = app.decide_proposal(who, row.id, &body, None).await.unwrap();
        assert_eq!(decided.value.state, ProposalState::Booked, "{:?}", decided.value);
    }
    assert_eq!(shop.plant.on_hand().await, 112);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_begins_with_what_its_machine_was_heard_to_show() {
    let shop = Shop::open().await;
    shop.lab.show("good", "70", false).unwrap();
    let seen = eventually("what it shows", PATIENCE, async || {
        let sheet = shop.plant.app.machine(&shop.plant.lead, "lathe").await?;
        let good = sheet.tags.iter().find(|it| it.name == "good");
        Ok(good.and_then(|it| it.total).filter(|total| *total == 70))
    });
    seen.await.unwrap();
    let body = CounterBody { tag: Some("good".to_owned()), ..Shop::body() };
    let (app, who) = (&shop.plant.app, &shop.plant.lead);
    let added = app.add_counter(who, "lathe", &body, None).await.unwrap().value;
    assert_eq!(added.value, Some(70), "it is not left to wait for the first piece");
    shop.lab.count("good", 1).unwrap();
    let counted = eventually("the first piece", PATIENCE, async || {
        let first = shop.proposals().await.into_iter().find(|it| it.counter == added.id);
        Ok(first.map(|it| it.pieces))
    });
    assert_eq!(counted.await.unwrap(), 1);
    // What it showed before it was away is old, and what it makes meanwhile is nobody's yet.
    shop.cut();
    shop.stands(MachineStanding::Away).await;
    let body = CounterBody { tag: Some("bad".to_owned()), ..Shop::body() };
    let added = app.add_counter(who, "lathe", &body, None).await.unwrap().value;
    assert_eq!(added.value, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_is_no_machine_is_told_and_tried_again() {
    let shop = Shop::open().await;
    shop.cut();
    shop.stands(MachineStanding::Away).await;
    let machines = shop.plant.app.machines(&shop.plant.lead).await.unwrap().items;
    assert!(machines[0].row.cause.is_some(), "why it is away is said: {machines:?}");
    shop.proxy.heal();
    shop.stands(MachineStanding::Connected).await;
    let sheet = shop.plant.app.machine(&shop.plant.lead, "lathe").await.unwrap();
    let shown: BTreeMap<_, _> = sheet.tags.into_iter().map(|it| (it.name, it.total)).collect();
    assert_eq!(shown.get("parts"), Some(&Some(BEGIN)), "{shown:?}");
    shop.plant.app.use_machines(Vec::new());
    shop.lab.count("parts", 5).unwrap();
    let what = "the line to be closed";
    let closed =
        eventually(what, PATIENCE, async || Ok((shop.proxy.counters().open == 0).then_some(())));
    closed.await.unwrap();
    assert_eq!(shop.counted().await, (0, vec![]), "one that is not configured is not listened to");
}
