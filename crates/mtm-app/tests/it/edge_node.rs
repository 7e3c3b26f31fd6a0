//! This plant as an edge node of a real broker: what a host believes is what waits.

use std::collections::BTreeMap;
use std::time::Duration;

use mtm_app::edge_node::{EdgeNodeSettings, EdgeNodes, EdgeSettings};
use mtm_app::integration::{Integration, IntegrationKind, IntegrationState};
use mtm_connect::broker::{Account, Address};
use mtm_connect::sparkplug::{Host, HostSettings};
use mtm_core::guard::Hold;
use mtm_core::machine::Value;
use mtm_core::sparkplug::Id;
use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_testkit::Mosquitto;
use mtm_testkit::poll::eventually;
use tokio::task::JoinHandle;

use crate::plant::Plant;

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// A plant that tells a broker, through a proxy, and a host that hears it.
struct Shop {
    plant: Plant,
    proxy: Proxy,
    edge_nodes: EdgeNodes,
    running: JoinHandle<()>,
    host: Host,
    believed: BTreeMap<String, Value>,
    _server: Mosquitto,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.edge_nodes.stop();
        self.running.abort();
    }
}

impl Shop {
    /// One whose broker cannot be reached yet.
    async fn open(suite: &str) -> Option<Self> {
        let server = Mosquitto::start().unwrap().or_skip(suite)?;
        let url = server.url();
        let port = url.rsplit(':').next().unwrap();
        let proxy = Proxy::start(format!("127.0.0.1:{port}")).await.unwrap();
        proxy.set(Direction::ToServer, Fault::Over(End::Cut));
        let plant = Plant::open().await;
        let edge = EdgeSettings {
            broker: Address::mqtt(&format!("mqtt://{}", proxy.address())).unwrap(),
            account: Account::default(),
            client_id: "mtm".to_owned(),
            group: id("Plant 1"),
            node: id("MTM"),
            primary_host: None,
        };
        let interval = Duration::from_millis(20);
        let settings = EdgeNodeSettings { name: "wip".to_owned(), edge, interval };
        plant.app.use_edge_nodes(vec![settings]);
        let edge_nodes = EdgeNodes::new(plant.app.clone());
        let telling = edge_nodes.clone();
        let running = tokio::spawn(async move { telling.run().await });
        let (broker, account) = (Address::mqtt(&url).unwrap(), Account::default());
        let host = HostSettings::new(broker, account, id("Plant 1"), id("MTM"), None);
        let rebirth_every = Duration::from_millis(500);
        let host = Host::open(HostSettings { rebirth_every, ..host }).await.unwrap();
        let believed = BTreeMap::new();
        Some(Self { plant, proxy, edge_nodes, running, host, believed, _server: server })
    }

    async fn shown(&self) -> Integration {
        let all = self.plant.app.integrations().await.unwrap();
        all.into_iter().find(|it| it.kind == IntegrationKind::EdgeNode).unwrap()
    }

    /// Waits until the edge node stands as `enough` says among other systems.
    async fn stands(&self, what: &str, enough: impl Fn(&Integration) -> bool) {
        eventually(what, PATIENCE, async || Ok(enough(&self.shown().await).then_some(())))
            .await
            .unwrap();
    }

    /// Listens until the host believes all of these.
    async fn believes(&mut self, expected: &[(&str, u64)]) {
        let listening = async {
            while !expected
                .iter()
                .all(|(tag, total)| self.believed.get(*tag) == Some(&Value::Total(*total)))
            {
                let batch = self.host.next().await.unwrap();
                self.believed.extend(batch.readings.into_iter().map(|it| (it.tag, it.value)));
            }
        };
        let ended = tokio::time::timeout(PATIENCE, listening).await;
        assert!(ended.is_ok(), "{expected:?} is not what is believed: {:?}", self.believed);
    }

    /// Listens until the edge node died.
    async fn hears_its_death(&mut self) {
        let listening = async {
            while self.believed.get("WIP/Pieces") != Some(&Value::Unavailable) {
                let batch = self.host.next().await.unwrap();
                self.believed.extend(batch.readings.into_iter().map(|it| (it.tag, it.value)));
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("it did not die");
    }
}

#[tokio::test]
async fn what_a_host_believes_is_what_waits_also_after_the_broker_was_away() {
    let Some(mut shop) = Shop::open("Sparkplug: this plant's edge node").await else { return };
    shop.plant.receive(10).await;
    shop.stands("a broker that is away", |it| {
        it.state == IntegrationState::Failing && it.last_error.is_some() && it.lag > 0
    })
    .await;
    shop.proxy.heal();
    shop.believes(&[
        ("WIP/Pieces", 10),
        ("WIP/Buckets", 1),
        ("Operations:19/Pieces", 10),
        ("Operations:20/Pieces", 0),
        ("Locations:R-E4-18/Pieces", 10),
        ("Locations:DC-A0-01/Buckets", 0),
    ])
    .await;
    shop.stands("its birth", |it| it.state == IntegrationState::Well && it.lag == 0).await;

    shop.proxy.set(Direction::ToServer, Fault::Over(End::Cut));
    shop.hears_its_death().await;
    shop.stands("the cut", |it| it.state == IntegrationState::Failing).await;
    shop.plant.receive(5).await;
    shop.stands("what is kept", |it| it.lag > 0).await;
    shop.proxy.heal();
    shop.believes(&[("WIP/Pieces", 15), ("WIP/Buckets", 2), ("Operations:19/Pieces", 15)]).await;
    shop.stands("its second birth", |it| it.state == IntegrationState::Well && it.lag == 0).await;
    assert_eq!(u64::try_from(shop.plant.on_hand().await).unwrap(), 15);
}

#[tokio::test]
async fn what_is_new_is_born_and_a_pause_is_a_death() {
    let Some(mut shop) = Shop::open("Sparkplug: pausing this plant's edge node").await else {
        return;
    };
    shop.proxy.heal();
    shop.believes(&[("WIP/Pieces", 0), ("Operations:19/Pieces", 0)]).await;
    let app = shop.plant.app.clone();
    let masters = vec![NewMaster::named(MasterNoun::Operation, "30")];
    app.ledger().create_masters(masters, shop.plant.lead.actor()).await.unwrap();
    shop.believes(&[("Operations:30/Pieces", 0)]).await;

    let lead = shop.plant.lead.clone();
    let hold = async |hold, reason: &str| {
        app.hold_integration(&lead, "edge:wip", hold, reason.to_owned(), None).await
    };
    hold(Hold::Open, "the host is moved").await.unwrap();
    shop.hears_its_death().await;
    shop.stands("the pause", |it| it.state == IntegrationState::Off).await;
    shop.plant.receive(7).await;
    hold(Hold::Automatic, "it is there again").await.unwrap();
    shop.believes(&[("WIP/Pieces", 7), ("Operations:30/Pieces", 0)]).await;
    shop.stands("its birth", |it| it.state == IntegrationState::Well).await;
    let refused = hold(Hold::Closed, "call it").await.unwrap_err();
    assert!(refused.to_string().contains("tried again by itself"), "{refused}");

    // Whoever stops takes leave, so that nobody believes what is old.
    shop.edge_nodes.stop();
    shop.hears_its_death().await;
}
