//! Machines with two counters, by each protocol, behind a line that can be cut.

use std::time::Duration;

use mtm_app::machine::Protocol;
use mtm_connect::broker::{Account, Address};
use mtm_connect::sparkplug::{Edge, EdgeSettings, HostSettings};
use mtm_connect::{mtconnect, opcua};
use mtm_core::opcua::protocol::Security;
use mtm_core::sparkplug::edge::Change;
use mtm_core::sparkplug::{Id, MetricValue};
use mtm_lab::proxy::Proxy;
use mtm_lab::simulator::{Masters, MtconnectAgent, Settings, Simulators};
use mtm_testkit::{Mosquitto, OpcuaServer};
use serde_json::json;
use tokio::task::JoinHandle;

/// The counter that stands for the machine's lifetime, and the one that is set to zero: places in [`Peer::tags`].
pub(crate) const LIFETIME: usize = 0;
pub(crate) const SHIFT: usize = 1;

/// A machine.
pub(crate) enum Peer {
    /// The lab's agent.
    Mtconnect { lab: MtconnectAgent, running: JoinHandle<()> },
    /// An edge node on a real broker.
    Sparkplug { edge: Option<Edge>, settings: Box<EdgeSettings>, _server: Box<Mosquitto> },
    /// The server of `asyncua`.
    Opcua { server: Box<OpcuaServer>, _folder: tempfile::TempDir },
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Self::Mtconnect { running, .. } = self {
            running.abort();
        }
    }
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

impl Peer {
    pub(crate) async fn mtconnect() -> (Self, Protocol, Vec<Proxy>) {
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            client_id: "mtm".into(),
            client_secret: "x".into(),
            token_seconds: 60,
            masters: Masters::default(),
            redirects: Vec::new(),
        };
        let simulators = Simulators::bind(settings).await.unwrap();
        let lab = simulators.mtconnect();
        let proxy = Proxy::start(simulators.url().replace("http://", "")).await.unwrap();
        let address =
            mtconnect::Address::parse(&format!("http://{}/mtconnect", proxy.address()), None);
        let asked = mtconnect::Settings {
            interval: Duration::from_millis(20),
            heartbeat: Duration::from_millis(500),
            ..mtconnect::Settings::new(address.unwrap())
        };
        let running = tokio::spawn(simulators.run(std::future::pending()));
        (Self::Mtconnect { lab, running }, Protocol::MtConnect(asked), vec![proxy])
    }

    pub(crate) async fn sparkplug() -> Option<(Self, Protocol, Vec<Proxy>)> {
        let server = Mosquitto::start().unwrap().or_skip("machines: bad days by Sparkplug")?;
        let url = server.url();
        let broker = format!("127.0.0.1:{}", url.rsplit(':').next().unwrap());
        let to_host = Proxy::start(broker.clone()).await.unwrap();
        let to_edge = Proxy::start(broker).await.unwrap();
        let at = |proxy: &Proxy| Address::mqtt(&format!("mqtt://{}", proxy.address())).unwrap();
        let settings = EdgeSettings {
            broker: at(&to_edge),
            account: Account::default(),
            client_id: "press".to_owned(),
            group: id("Plant 1"),
            node: id("Line1"),
            primary_host: None,
        };
        let host =
            HostSettings::new(at(&to_host), Account::default(), id("Plant 1"), id("Line1"), None);
        let host = HostSettings {
            reorder: Duration::from_millis(300),
            rebirth_every: Duration::from_millis(500),
            ..host
        };
        let edge = Some(Edge::start(settings.clone()));
        let peer =
            Self::Sparkplug { edge, settings: Box::new(settings), _server: Box::new(server) };
        Some((peer, Protocol::Sparkplug(host), vec![to_host, to_edge]))
    }

    pub(crate) async fn opcua() -> Option<(Self, Protocol, Vec<Proxy>)> {
        let server = OpcuaServer::start().unwrap().or_skip("machines: bad days by OPC UA")?;
        let folder = tempfile::tempdir().unwrap();
        let proxy = Proxy::start(server.address()).await.unwrap();
        let settings = opcua::Settings {
            program: server.program().to_owned(),
            url: OpcuaServer::url_by(&proxy.address().to_string()),
            security: Security::default(),
            login: None,
            certificates: folder.path().to_owned(),
            trusted: vec![server.certificate("server")],
            nodes: vec![
                "ns=2;s=Press7.Parts".to_owned(),
                "nsu=urn:mtm:press:parts;s=Press7.Good".to_owned(),
            ],
            interval: Duration::from_millis(100),
            timeout: Duration::from_secs(5),
        };
        let peer = Self::Opcua { server: Box::new(server), _folder: folder };
        Some((peer, Protocol::Opcua(settings), vec![proxy]))
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Mtconnect { .. } => "MTConnect",
            Self::Sparkplug { .. } => "Sparkplug B",
            Self::Opcua { .. } => "OPC UA",
        }
    }

    /// The lab's agent, where it is one.
    pub(crate) fn agent(&self) -> Option<MtconnectAgent> {
        match self {
            Self::Mtconnect { lab, .. } => Some(lab.clone()),
            Self::Sparkplug { .. } | Self::Opcua { .. } => None,
        }
    }

    /// What both counters are called where they are heard.
    pub(crate) fn tags(&self) -> [String; 2] {
        let tags = match self {
            Self::Mtconnect { .. } => ["parts", "good"],
            Self::Sparkplug { .. } => ["Press7:Parts", "Press7:Good"],
            Self::Opcua { .. } => ["ns=2;s=Press7.Parts", "nsu=urn:mtm:press:parts;s=Press7.Good"],
        };
        tags.map(str::to_owned)
    }

    /// A counter shows this.
    pub(crate) async fn show(&self, counter: usize, total: u64) {
        match self {
            Self::Mtconnect { lab, .. } => {
                lab.show(["parts", "good"][counter], &total.to_string(), false).unwrap();
            }
            Self::Sparkplug { edge, .. } => {
                let (name, value) = (["Parts", "Good"][counter], MetricValue::UInt64(total));
                let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
                let at = u64::try_from(now).unwrap();
                let change = Change::new(Some(id("Press7")), name, value, at).unwrap();
                edge.as_ref().unwrap().publish(vec![change]).await;
            }
            Self::Opcua { server, .. } => {
                server.show(["Parts", "Good"][counter], &[json!(total)]).unwrap();
            }
        }
    }

    /// Its program ends without a word and is started anew, and its counters show these.
    pub(crate) async fn restart(&mut self, totals: [u64; 2]) {
        match self {
            Self::Mtconnect { lab, .. } => lab.restart(),
            Self::Sparkplug { edge, settings, .. } => {
                *edge = None;
                *edge = Some(Edge::start(EdgeSettings::clone(settings)));
            }
            Self::Opcua { server, .. } => server.restart().unwrap(),
        }
        self.show(LIFETIME, totals[LIFETIME]).await;
        self.show(SHIFT, totals[SHIFT]).await;
    }
}
