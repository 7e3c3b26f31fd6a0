//! A plant that tells the lab's ERP of its movements, by a clock that tests move.

use std::sync::Arc;
use std::time::Duration;

use mtm_app::movement::{BookingType, Circumstances, MovementBody, ReverseBody};
use mtm_app::peers::Settings as PeerSettings;
use mtm_app::sync::{
    Class, Deed, FlowBody, FlowRelay, FlowSettings, Mode, PostingBody, PostingQuery, PostingRow,
    State, Via,
};
use mtm_app::{App, Principal};
use mtm_connect::credential::Settings as Auth;
use mtm_connect::outgoing::{Papers, Target};
use mtm_connect::peer::Limits;
use mtm_connect::rest::{Mapping, Ready};
use mtm_connect::secret::Reference;
use mtm_core::erp::{MapRow, PlaceMap};
use mtm_core::word::{MovementId, Timestamp};
use mtm_lab::simulator::{Location, Masters, Part, Settings, Simulators};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Ledger, ManualClock, OpenOptions};
use mtm_testkit::api::Api;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub(crate) const FLOW: &str = "planning";
pub(crate) const SECRET: &str = "a-key-of-the-lab";
pub(crate) const PARTS: [&str; 3] = ["P-1", "P-2", "P-3"];
pub(crate) const PLACES: [&str; 3] = ["A-1", "A-2", "B-1"];
pub(crate) const MINUTE: i64 = 60 * 1_000_000;

/// A plant that tells an ERP of the lab.
pub(crate) struct Told {
    pub(crate) app: App,
    pub(crate) who: Principal,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) relay: FlowRelay,
    pub(crate) lab: String,
    running: JoinHandle<()>,
    _directory: TempDir,
}

impl Told {
    /// Everything of the plant is known to the ERP but the part `P-3`.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let lab = Simulators::bind(lab_settings()).await.unwrap();
        let url = lab.url();
        let running = tokio::spawn(lab.run(std::future::pending()));
        let start = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::new(start, 7));
        let options = OpenOptions { create: true, clock: clock.clone(), ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let app = App::new(ledger).await.unwrap();
        let who = app.local_principal("tester").await.unwrap();
        let masters = PARTS
            .map(|part| NewMaster::named(MasterNoun::Part, part))
            .into_iter()
            .chain(PLACES.map(|place| NewMaster::named(MasterNoun::Location, place)))
            .chain(["10", "20"].map(|step| NewMaster::named(MasterNoun::Operation, step)));
        app.ledger().create_masters(masters.collect(), who.actor()).await.unwrap();
        let secret = directory.path().join("erp.secret");
        std::fs::write(&secret, SECRET).unwrap();
        app.use_peers(vec![peer(&url, Reference::File(secret))]);
        let told = Self {
            relay: FlowRelay::new(app.clone()),
            app,
            who,
            clock,
            lab: url,
            running,
            _directory: directory,
        };
        told.use_flow("mock-erp", Class::ALL.to_vec());
        told.step().await;
        told
    }

    pub(crate) fn use_flow(&self, mapping: &str, classes: Vec<Class>) {
        self.use_mapping(Ready::named(mapping).unwrap().text, classes);
    }

    pub(crate) fn use_mapping(&self, text: &str, classes: Vec<Class>) {
        let mapping = Arc::new(Mapping::parse(text).unwrap());
        self.app.use_flows(vec![FlowSettings {
            name: FLOW.to_owned(),
            via: Some(Via { peer: "lab".to_owned(), mapping }),
            map: Some(Arc::new(places())),
            erp: None,
            classes,
        }]);
    }

    pub(crate) async fn mode(&self, mode: Mode, start: Option<&str>) {
        let start = start.map(str::to_owned);
        let body = FlowBody { mode: Some(mode), start, version: None };
        self.app.change_flow(&self.who, FLOW, &body, None).await.unwrap();
    }

    /// Rounds until there is nothing to do at this moment.
    pub(crate) async fn step(&self) {
        // The ledger's own moments are a little ahead of a clock that stands still.
        self.clock.advance(1_000);
        let mut rounds = 0;
        while self.relay.step().await.unwrap() {
            rounds += 1;
            assert!(rounds < 1_000, "there is always more to do");
        }
    }

    pub(crate) fn lab(&self, method: &str, path: &str, body: &Value) -> Value {
        let lab = Api::new(&self.lab);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let call = || lab.send(method, path, &[("x-api-key", SECRET)], body.clone());
        let reply = tokio::task::block_in_place(call).unwrap();
        assert!(reply.status < 300, "{method} {path}: {}", reply.status);
        reply.json().unwrap_or(Value::Null)
    }

    pub(crate) fn faults(&self, rules: &Value) {
        self.lab("POST", "/control/faults", rules);
    }

    pub(crate) fn well_again(&self) {
        self.lab("DELETE", "/control/faults", &Value::Null);
    }

    /// The ERP's whole ledger.
    pub(crate) fn ledger_there(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let path = format!("/erp/api/v1/transactions?limit=1000&after={after}");
            let page = self.lab("GET", &path, &Value::Null);
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return all,
            }
        }
    }

    pub(crate) async fn book(&self, body: MovementBody) -> Option<MovementId> {
        let body = MovementBody { confirm: vec!["possible_duplicate".to_owned()], ..body };
        let booked = self.app.book(&self.who, Circumstances::default(), &body).await.ok()?;
        booked.outcome.movements.first().map(|it| it.id)
    }

    pub(crate) async fn receive(
        &self,
        part: &str,
        place: &str,
        quantity: i64,
    ) -> Option<MovementId> {
        self.book(MovementBody {
            kind: Some(BookingType::In),
            part: Some(part.to_owned()),
            operation: Some("10".to_owned()),
            location: Some(place.to_owned()),
            quantity: Some(quantity),
            ..MovementBody::default()
        })
        .await
    }

    pub(crate) async fn undo(&self, movement: MovementId) -> bool {
        let body = ReverseBody { reason: Some("a slip".to_owned()), ..ReverseBody::default() };
        let around = Circumstances::default();
        self.app.reverse(&self.who, around, Some(movement), &body).await.is_ok()
    }

    pub(crate) async fn postings(&self) -> Vec<PostingRow> {
        let query = PostingQuery { limit: 1_000, ..PostingQuery::default() };
        let mut rows = self.app.postings(&self.who, query).await.unwrap().items;
        rows.reverse();
        rows
    }

    pub(crate) async fn states(&self) -> Vec<State> {
        self.postings().await.into_iter().map(|row| row.state).collect()
    }

    pub(crate) async fn decide(&self, id: i64, deed: Deed, body: Option<Value>) {
        let note = "looked at it".to_owned();
        let body = PostingBody { deed, body, document: None, note, version: None };
        self.app.decide_posting(&self.who, id, &body, None).await.unwrap();
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.running.abort();
    }
}

pub(crate) fn lab_settings() -> Settings {
    let place = |warehouse: &str, location: &str| Location {
        warehouse: warehouse.to_owned(),
        location: location.to_owned(),
    };
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        client_id: "mtm".to_owned(),
        token_seconds: 3_600,
        redirects: Vec::new(),
        client_secret: SECRET.to_owned(),
        masters: Masters {
            parts: PARTS[..2]
                .iter()
                .map(|id| Part {
                    id: (*id).to_owned(),
                    description: String::new(),
                    unit: "EA".to_owned(),
                })
                .collect(),
            locations: vec![place("MAIN", "FLOOR"), place("MAIN", "DOCK")],
            ..Masters::default()
        },
    }
}

pub(crate) fn peer(url: &str, secret: Reference) -> PeerSettings {
    PeerSettings {
        name: "lab".to_owned(),
        url: Target::parse(&format!("{url}/erp/api/v1")).unwrap(),
        auth: Auth::ApiKey { header: "x-api-key".to_owned(), prefix: None, secret },
        papers: Papers::default(),
        token_papers: Papers::default(),
        health: "/parts".to_owned(),
        health_type: None,
        deadline: Duration::from_secs(20),
        longest: 1 << 20,
        limits: Limits::default(),
        look: None,
    }
}

/// `A-1` and `A-2` are one place there.
pub(crate) fn places() -> PlaceMap {
    let rows = [("A-1", "FLOOR"), ("A-2", "FLOOR"), ("B-1", "DOCK")];
    PlaceMap::of(rows.iter().zip(2..).map(|((ours, theirs), line)| MapRow {
        line,
        location: (*ours).to_owned(),
        warehouse: "MAIN".to_owned(),
        erp_location: (*theirs).to_owned(),
    }))
    .unwrap()
}
