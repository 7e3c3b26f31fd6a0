//! Movements on their way to another system that is away, loses answers, and says no.

use std::sync::Arc;
use std::time::Duration;

use mtm_app::movement::{BookingType, Circumstances, MovementBody, PickBody, ReverseBody};
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
use mtm_store::query::{MAX_LIMIT, PageRequest, StockQuery};
use mtm_store::{Ledger, ManualClock, OpenOptions};
use mtm_testkit::api::Api;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const FLOW: &str = "planning";
const SECRET: &str = "a-key-of-the-lab";
const PARTS: [&str; 3] = ["P-1", "P-2", "P-3"];
const PLACES: [&str; 3] = ["A-1", "A-2", "B-1"];
const MINUTE: i64 = 60 * 1_000_000;

/// A plant that tells an ERP of the lab.
struct Told {
    app: App,
    who: Principal,
    clock: Arc<ManualClock>,
    relay: FlowRelay,
    lab: String,
    running: JoinHandle<()>,
    _directory: TempDir,
}

impl Told {
    /// Everything of the plant is known to the ERP but the part `P-3`.
    async fn start() -> Self {
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
        told.use_flow("mock-erp");
        told.step().await;
        told
    }

    fn use_flow(&self, mapping: &str) {
        let ready = Ready::named(mapping).unwrap();
        let mapping = Arc::new(Mapping::parse(ready.text).unwrap());
        self.app.use_flows(vec![FlowSettings {
            name: FLOW.to_owned(),
            via: Some(Via { peer: "lab".to_owned(), mapping }),
            map: Some(Arc::new(places())),
            erp: None,
            classes: Class::ALL.into_iter().filter(|class| *class != Class::Opening).collect(),
        }]);
    }

    async fn mode(&self, mode: Mode, start: Option<&str>) {
        let start = start.map(str::to_owned);
        let body = FlowBody { mode: Some(mode), start, version: None };
        self.app.change_flow(&self.who, FLOW, &body, None).await.unwrap();
    }

    /// Rounds until there is nothing to do at this moment.
    async fn step(&self) {
        // The ledger's own moments are a little ahead of a clock that stands still.
        self.clock.advance(1_000);
        for _ in 0..1_000 {
            if !self.relay.step().await.unwrap() {
                return;
            }
        }
        panic!("there is always more to do");
    }

    fn lab(&self, method: &str, path: &str, body: &Value) -> Value {
        let lab = Api::new(&self.lab);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let call = || lab.send(method, path, &[("x-api-key", SECRET)], body.clone());
        let reply = tokio::task::block_in_place(call).unwrap();
        assert!(reply.status < 300, "{method} {path}: {}", reply.status);
        reply.json().unwrap_or(Value::Null)
    }

    fn faults(&self, rules: &Value) {
        self.lab("POST", "/control/faults", rules);
    }

    fn well_again(&self) {
        self.lab("DELETE", "/control/faults", &Value::Null);
    }

    /// The ERP's whole ledger.
    fn ledger_there(&self) -> Vec<Value> {
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

    async fn book(&self, body: MovementBody) -> Option<MovementId> {
        let body = MovementBody { confirm: vec!["possible_duplicate".to_owned()], ..body };
        let booked = self.app.book(&self.who, Circumstances::default(), &body).await.ok()?;
        booked.outcome.movements.first().map(|it| it.id)
    }

    async fn receive(&self, part: &str, place: &str, quantity: i64) -> Option<MovementId> {
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

    async fn undo(&self, movement: MovementId) -> bool {
        let body = ReverseBody { reason: Some("a slip".to_owned()), ..ReverseBody::default() };
        let around = Circumstances::default();
        self.app.reverse(&self.who, around, Some(movement), &body).await.is_ok()
    }

    async fn postings(&self) -> Vec<PostingRow> {
        let query = PostingQuery { limit: 1_000, ..PostingQuery::default() };
        let mut rows = self.app.postings(&self.who, query).await.unwrap().items;
        rows.reverse();
        rows
    }

    async fn states(&self) -> Vec<State> {
        self.postings().await.into_iter().map(|row| row.state).collect()
    }

    async fn decide(&self, id: i64, deed: Deed, body: Option<Value>) {
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

fn lab_settings() -> Settings {
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

fn peer(url: &str, secret: Reference) -> PeerSettings {
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
fn places() -> PlaceMap {
    let rows = [("A-1", "FLOOR"), ("A-2", "FLOOR"), ("B-1", "DOCK")];
    PlaceMap::of(rows.iter().zip(2..).map(|((ours, theirs), line)| MapRow {
        line,
        location: (*ours).to_owned(),
        warehouse: "MAIN".to_owned(),
        erp_location: (*theirs).to_owned(),
    }))
    .unwrap()
}

/// Some bookings of a minute: receipts, takes, moves, undos, of parts that the ERP knows.
async fn floor(told: &Told, random: &mut ChaCha8Rng, done: &mut Vec<MovementId>) {
    for _ in 0..random.random_range(1..=3) {
        let part = PARTS[random.random_range(0..2)];
        let place = PLACES[random.random_range(0..3)];
        let to = PLACES[random.random_range(0..3)];
        let quantity = random.random_range(1..=50);
        let pick = MovementBody {
            part: Some(part.to_owned()),
            operation: Some("10".to_owned()),
            location: Some(place.to_owned()),
            quantity: Some(quantity),
            pick: Some(PickBody::Fifo),
            ..MovementBody::default()
        };
        match random.random_range(0..10) {
            0..=3 => done.extend(told.receive(part, place, quantity * 3).await),
            4..=5 => {
                let body = MovementBody { kind: Some(BookingType::Out), ..pick };
                done.extend(told.book(body).await);
            }
            6..=8 => {
                let kind = Some(BookingType::Transfer);
                let to_location = Some(to.to_owned());
                done.extend(told.book(MovementBody { kind, to_location, ..pick }).await);
            }
            _ => {
                if !done.is_empty() {
                    let movement = done.remove(random.random_range(0..done.len()));
                    told.undo(movement).await;
                }
            }
        }
    }
}

/// What stands where by the ERP's ledger, and by ours, at the places that it knows.
async fn both(told: &Told) -> (Vec<(String, i64)>, Vec<(String, i64)>) {
    let mut sums = std::collections::BTreeMap::<String, [i64; 2]>::new();
    for line in told.ledger_there() {
        let spot =
            format!("{} {}", line["part"].as_str().unwrap(), line["location"].as_str().unwrap());
        let quantity = line["quantity"].as_i64().unwrap();
        let signed = if line["type"] == "I" { quantity } else { -quantity };
        sums.entry(spot).or_default()[0] += signed;
    }
    let page = PageRequest { limit: MAX_LIMIT, ..PageRequest::default() };
    let stock =
        told.app.ledger().stock(StockQuery { page, ..StockQuery::default() }).await.unwrap();
    assert!(stock.next_cursor.is_none(), "all of it");
    for row in stock.items {
        let place = if row.location.as_str() == "B-1" { "DOCK" } else { "FLOOR" };
        let spot = format!("{} {place}", row.part.as_str());
        sums.entry(spot).or_default()[1] += row.quantity.whole();
    }
    let side = |at: usize| {
        sums.iter().map(|(spot, it)| (spot.clone(), it[at])).filter(|it| it.1 != 0).collect()
    };
    (side(0), side(1))
}

/// An hour in which the ERP is away, loses answers or has no time, under load: afterwards both books say the
/// same, each posting stands there once, and going over everything again changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_the_erp_loses_and_doubles_nothing() {
    let told = Told::start().await;
    told.mode(Mode::Automatic, None).await;
    let mut random = ChaCha8Rng::seed_from_u64(20_261_130);
    let mut done = Vec::new();
    for minute in 0..120 {
        match minute {
            20 => told.faults(&json!([
                {"path": "/erp/api/v1/transactions", "method": "POST", "times": 2, "fault": {"kind": "lost_answer"}},
                {"path": "/erp", "fault": {"kind": "cut"}},
            ])),
            50 => {
                told.well_again();
                told.faults(&json!([
                    {"path": "/erp/api/v1/transactions", "method": "POST", "times": 3, "fault": {"kind": "lost_answer"}},
                    {"path": "/erp", "fault": {"kind": "status", "status": 503, "retry_after": 30}},
                ]));
            }
            80 => told.well_again(),
            _ => {}
        }
        floor(&told, &mut random, &mut done).await;
        told.step().await;
        told.clock.advance(MINUTE);
        if minute == 79 {
            let states = told.states().await;
            let open = states.iter().filter(|state| state.is_open()).count();
            assert!(open > 20, "{open} wait for it");
        }
    }
    for _ in 0..30 {
        told.step().await;
        told.clock.advance(MINUTE);
    }
    let states = told.states().await;
    assert!(states.len() > 100, "{}", states.len());
    let settled = |state: &State| matches!(state, State::Posted | State::Withdrawn);
    assert!(states.iter().all(settled), "{states:?}");
    // guide: hour
    let (theirs, ours) = both(&told).await;
    assert_eq!(theirs, ours);
    let rows = told.postings().await;
    let mut documents: Vec<_> = rows.iter().filter_map(|row| row.document.clone()).collect();
    let posted = states.iter().filter(|state| **state == State::Posted).count();
    documents.sort();
    documents.dedup();
    assert_eq!(documents.len(), posted, "each has a document of its own");
    let lines = told.ledger_there();

    told.mode(Mode::Automatic, Some("1")).await;
    told.step().await;
    assert_eq!(told.ledger_there(), lines, "once more changes nothing");
    assert_eq!(told.states().await, states);
    // guide: end
}

/// A no is left to people: what they correct is sent, what they accept is not, and what they undo here
/// needs nothing there.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_waits_for_somebody_and_undoes_nothing() {
    let told = Told::start().await;
    told.mode(Mode::Automatic, None).await;
    let mut ids = Vec::new();
    for quantity in [5, 6, 7, 8] {
        ids.push(told.receive("P-3", "A-1", quantity).await.unwrap());
    }
    told.receive("P-1", "A-1", 9).await.unwrap();
    told.step().await;
    let rows = told.postings().await;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states[..4], [State::Refused; 4]);
    assert_eq!(states[4], State::Posted, "others go on");
    assert_eq!(rows[0].code.as_deref(), Some("unknown_part"));
    assert_eq!(rows[0].cause.as_deref(), Some("there is no part P-3"));
    let on_hand: i64 = told
        .app
        .ledger()
        .stock(StockQuery::default())
        .await
        .unwrap()
        .items
        .iter()
        .map(|row| row.quantity.whole())
        .sum();
    assert_eq!(on_hand, 35, "nothing was undone");

    // Corrected, sent again once the ERP knows the part, accepted, undone.
    let sheet = told.app.posting_sheet(&told.who, rows[0].id).await.unwrap();
    let mut body = sheet.request.unwrap()["body"].clone();
    body["part"] = json!("P-2");
    told.decide(rows[0].id, Deed::Resend, Some(body)).await;
    told.decide(rows[2].id, Deed::Accept, None).await;
    assert!(told.undo(ids[3]).await);
    told.step().await;
    let mut known = serde_json::to_value(lab_settings().masters).unwrap();
    known["parts"].as_array_mut().unwrap().push(json!({ "id": "P-3" }));
    told.lab("PUT", "/control/erp", &known);
    told.decide(rows[1].id, Deed::Resend, None).await;
    told.step().await;
    use State::{Accepted, Posted, Withdrawn};
    let expected = [Posted, Posted, Accepted, Withdrawn, Posted, Withdrawn];
    assert_eq!(told.states().await, expected);
    let parts: Vec<_> =
        told.ledger_there().iter().map(|it| (it["part"].clone(), it["quantity"].clone())).collect();
    let expected =
        [("P-1", 9), ("P-2", 5), ("P-3", 6)].map(|(part, many)| (json!(part), json!(many)));
    assert_eq!(parts, expected);
}

/// In shadow nothing is sent, also nothing of what was recorded then; nothing is when the flow is off.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_compared_is_never_sent() {
    let told = Told::start().await;
    told.receive("P-1", "A-1", 1).await.unwrap();
    told.step().await;
    assert!(told.postings().await.is_empty(), "it is off at first");
    told.mode(Mode::Shadow, Some("now")).await;
    told.receive("P-1", "A-1", 2).await.unwrap();
    told.step().await;
    told.mode(Mode::Worklist, None).await;
    told.receive("P-1", "A-1", 3).await.unwrap();
    told.step().await;
    told.mode(Mode::Automatic, None).await;
    told.receive("P-1", "A-1", 4).await.unwrap();
    told.step().await;
    assert_eq!(told.states().await, [State::Shadow, State::Todo, State::Posted]);
    let sent: Vec<_> = told.ledger_there().iter().map(|it| it["quantity"].clone()).collect();
    assert_eq!(sent, [json!(4)]);
    let rows = told.postings().await;
    told.decide(rows[1].id, Deed::Resend, None).await;
    told.step().await;
    assert_eq!(told.ledger_there().len(), 2, "what a person hands over is sent");
}
