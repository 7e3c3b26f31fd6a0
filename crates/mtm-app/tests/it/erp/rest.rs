//! An ERP that is read over REST: the lab's, over real HTTP and whatever goes wrong on it, and one whose
//! ledger a test writes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use mtm_app::App;
use mtm_app::erp::{ErpSettings, Reader, ReadingError, What};
use mtm_app::integration::IntegrationState;
use mtm_connect::credential::Settings as Auth;
use mtm_connect::erp::{ErpError, Lists, Way};
use mtm_connect::outgoing::Target;
use mtm_connect::rest::{Mapping, Ready};
use mtm_connect::secret::Reference;
use mtm_core::erp::Moments;
use mtm_core::erp::protocol::Table;
use mtm_core::guard::Hold;
use mtm_store::record::{ErpState, FeedState};
use mtm_testkit::Api;
use mtm_testkit::called::{CalledServer, Said};
use serde_json::{Value, json};

use super::{ERP, HOUR, SECOND, Site};
use crate::told::{self, SECRET, Told};

const LEDGER: &str = "/erp/api/v1/transactions";

fn lists(text: &str) -> Lists {
    Lists::of(Arc::new(Mapping::parse(text).unwrap())).unwrap()
}

/// The lab's ERP, which is read in pages of seven.
pub(super) struct Lab {
    pub(super) told: Told,
    posted: u32,
}

impl Lab {
    pub(super) async fn start() -> Self {
        Self { told: Told::start().await, posted: 0 }
    }

    fn reader(&self) -> Reader {
        let text = Ready::named("mock-erp").unwrap().text.replace("size = 500", "size = 7");
        self.reading(&text)
    }

    pub(super) fn reading(&self, text: &str) -> Reader {
        let app = self.told.app.clone();
        let way = Way::rest("lab".to_owned(), lists(text), move || app.peer("lab"));
        let settings = ErpSettings {
            name: ERP.to_owned(),
            way,
            moments: Moments::of_zone("UTC").unwrap(),
            map: None,
            every: Duration::from_secs(60),
            on_hand_every: Duration::from_secs(600),
            masters_every: Duration::from_secs(3_600),
            scan_hour: 2,
        };
        Reader::new(self.told.app.clone(), settings)
    }

    /// Somebody there posts receipts of so many pieces.
    fn receive(&mut self, quantities: impl IntoIterator<Item = i64>) {
        let lab = Api::new(&self.told.lab);
        for quantity in quantities {
            self.posted += 1;
            let key = format!("key-{}", self.posted);
            let location = if quantity % 2 == 0 { "FLOOR" } else { "DOCK" };
            let body = json!({
                "class": "receipt", "part": "P-1", "quantity": quantity,
                "to": { "warehouse": "MAIN", "location": location },
            });
            let headers = [("x-api-key", SECRET), ("idempotency-key", &*key)];
            let call = || lab.send("POST", LEDGER, &headers, body.to_string());
            assert_eq!(tokio::task::block_in_place(call).unwrap().status, 201);
        }
    }

    pub(super) async fn state(&self) -> FeedState {
        self.told.app.ledger().erp_state(ERP.to_owned()).await.unwrap().unwrap()
    }

    /// Rows that are counted.
    async fn rows(&self) -> u64 {
        let state = self.told.app.ledger().erp_state(ERP.to_owned()).await.unwrap();
        state.map_or(0, |it| it.rows)
    }

    /// What its ledger adds up to, as it was read; it is what the ERP says is on hand.
    async fn is_as_there(&self) -> bool {
        let ledger = self.told.app.ledger();
        let sums = ledger.erp_ledger_sums(ERP.to_owned()).await.unwrap();
        let units = |all: Vec<mtm_core::erp::OnHand>| -> BTreeMap<String, i64> {
            all.into_iter().map(|it| (it.place.to_string(), it.quantity.units())).collect()
        };
        let there = self.told.lab("GET", "/erp/api/v1/on-hand", &Value::Null);
        let there = there["items"].as_array().unwrap().iter().map(|it| {
            let place = format!("MAIN/{}", it["location"].as_str().unwrap());
            (place, it["quantity"].as_i64().unwrap() * 1_000_000)
        });
        let there: BTreeMap<String, i64> = there.collect();
        let on_hand = units(ledger.erp_on_hand(ERP.to_owned()).await.unwrap());
        units(sums) == there && on_hand == there
    }

    /// Nothing goes wrong any more, and who was left alone is called again.
    fn well_again(&self) {
        self.told.well_again();
        self.told.clock.advance(HOUR);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_on_the_way_each_row_is_counted_once() {
    let mut lab = Lab::start().await;
    let mut reader = lab.reader();
    lab.receive(1..=20);
    let mut failed = BTreeMap::new();
    for fault in [
        json!({ "kind": "cut" }),
        json!({ "kind": "lost_answer" }),
        json!({ "kind": "twice" }),
        json!({ "kind": "double_items" }),
        json!({ "kind": "reverse_items" }),
        json!({ "kind": "status", "status": 503 }),
        json!({ "kind": "garbage" }),
        json!({ "kind": "half" }),
        json!({ "kind": "media_type", "media_type": "text/html" }),
    ] {
        // At the first page, and at one in the middle; also when the same is asked again.
        for after in [0, 1] {
            lab.receive([3, 4]);
            let rule = json!([{ "path": LEDGER, "method": "GET", "after": after, "fault": fault }]);
            lab.told.faults(&rule);
            let before = lab.rows().await;
            let read = reader.round(What::Due).await;
            if let Err(error) = read {
                failed.insert(fault["kind"].to_string(), error.cause());
                assert_eq!(lab.rows().await, before);
            }
            lab.well_again();
        }
    }
    let told: Vec<_> =
        failed.iter().map(|(kind, cause)| (kind.trim_matches('"'), *cause)).collect();
    assert_eq!(
        told,
        [
            ("cut", "erp_unreachable"),
            ("garbage", "erp_unusable"),
            ("half", "erp_unreachable"),
            ("lost_answer", "erp_unreachable"),
            ("media_type", "erp_unusable"),
            ("reverse_items", "erp_unusable"),
            ("status", "erp_unreachable"),
        ]
    );
    reader.round(What::Everything).await.unwrap();
    let state = lab.state().await;
    assert_eq!((state.rows, state.position), (56, 56));
    assert_eq!((state.late, state.changed, state.gone, state.refused), (0, 0, 0, 0));
    assert_eq!((state.state, state.flagged), (ErpState::Well, 0));
    assert!(lab.is_as_there().await);
    // Once more changes nothing.
    reader.round(What::Everything).await.unwrap();
    let again = lab.state().await;
    assert_eq!((again.rows, again.late, again.changed, again.gone), (56, 0, 0, 0));
    assert!(lab.is_as_there().await);
    // What its mapping does not have is not read, and is no failure.
    let tables: Vec<Table> = again.tables.iter().map(|it| it.table).collect();
    assert_eq!(tables, [Table::Locations, Table::OnHand, Table::Parts]);
}

#[tokio::test(flavor = "multi_thread")]
async fn away_for_an_hour_it_is_left_alone_and_then_read_on() {
    let mut lab = Lab::start().await;
    let mut reader = lab.reader();
    lab.receive(1..=10);
    reader.round(What::Due).await.unwrap();
    lab.told.faults(&json!([{ "path": "/erp/", "fault": { "kind": "status", "status": 503 } }]));
    let asked = |lab: &Lab| {
        let told = lab.told.lab("GET", "/control/requests", &Value::Null);
        told["items"].as_array().unwrap().len()
    };
    let before = asked(&lab);
    for _ in 0..180 {
        reader.round(What::Due).await.unwrap_err();
        lab.told.clock.advance(SECOND);
    }
    assert!(asked(&lab) - before < 100, "it was not left alone");
    let state = lab.state().await;
    assert_eq!((state.state, state.cause.as_deref()), (ErpState::Failing, Some("erp_unreachable")));
    assert_eq!(state.rows, 10);
    lab.well_again();
    lab.receive(1..=10);
    reader.round(What::All).await.unwrap();
    let state = lab.state().await;
    assert_eq!((state.state, state.rows, state.failing_since), (ErpState::Well, 20, None));
    assert!(lab.is_as_there().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_is_paused_is_no_failing_erp() {
    let mut lab = Lab::start().await;
    let mut reader = lab.reader();
    lab.receive([1]);
    reader.round(What::Due).await.unwrap();
    let app = lab.told.app.clone();
    let system = app.peer("lab").unwrap();
    system.guard().hold(Hold::Open);
    lab.receive([2]);
    for _ in 0..20 {
        let failed = reader.round(What::Due).await.unwrap_err();
        assert!(matches!(failed, ReadingError::Erp(ErpError::NotCalled(_))), "{failed:?}");
    }
    let told = app.integrations().await.unwrap();
    let erp = told.iter().find(|it| it.id == "erp:visual").unwrap();
    assert_eq!(erp.state, IntegrationState::Well);
    assert_eq!(app.guards().view("erp:visual").unwrap().counts.failed, 0);
    system.guard().hold(Hold::Closed);
    reader.round(What::Due).await.unwrap();
    assert_eq!(lab.state().await.rows, 2);
    let checked = reader.check().await.unwrap();
    assert_eq!((checked.login.writes, checked.newest), (Some(false), None));
    // A list that cannot be read is named.
    lab.told.faults(
        &json!([{ "path": "/erp/api/v1/parts", "fault": { "kind": "status", "status": 403 } }]),
    );
    let failed = reader.check().await.unwrap_err();
    assert!(matches!(failed, ReadingError::Table { table: "parts", .. }), "{failed:?}");
    let failed = reader.round(What::All).await.unwrap_err();
    assert!(matches!(failed, ReadingError::Table { table: "parts", .. }), "{failed:?}");
    assert!(lab.state().await.on_hand_at.is_some(), "the others are read all the same");
}

/// Ids that are given and committed in any order.
type Ids = Arc<Mutex<BTreeMap<i64, i64>>>;

/// A ledger of the shape of the lab's, of ids and quantities that a test writes.
fn written(ids: &Ids) -> CalledServer {
    let ids = Arc::clone(ids);
    let server = CalledServer::start(move |asked| {
        let number = |name: &str| {
            let pair = asked.path.split(['?', '&']).find_map(|it| it.strip_prefix(name));
            pair.and_then(|it| it.parse::<i64>().ok())
        };
        let (after, limit) = (number("after=").unwrap_or(0), number("limit=").unwrap_or(1));
        let ids = ids.lock().unwrap();
        let rows = ids.range(after + 1..).take(usize::try_from(limit).unwrap());
        let items: Vec<Value> = rows
            .map(|(id, quantity)| {
                json!({
                    "id": id, "type": "I", "class": "receipt", "part": "P-1", "warehouse": "MAIN",
                    "location": "FLOOR", "quantity": quantity, "moment": "2026-11-22T08:00:00Z",
                    "document": format!("D-{id}"),
                })
            })
            .collect();
        let is_ledger = asked.path.starts_with("/erp/api/v1/transactions");
        let items = if is_ledger { items } else { Vec::new() };
        let last = items.last().map(|it| it["id"].clone());
        let is_more = last
            .as_ref()
            .is_some_and(|last| ids.range(last.as_i64().unwrap() + 1..).next().is_some());
        Said::json(200, &json!({ "items": items, "next": last.filter(|_| is_more) }))
    });
    server.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_committed_late_are_found_over_rest_too() {
    let ids: Ids = Arc::new(Mutex::new((1..=12_000).map(|id| (id, 2)).collect()));
    let (within, below) = (11_500, 40);
    for id in [within, below] {
        ids.lock().unwrap().remove(&id);
    }
    let server = written(&ids);
    let app: Arc<OnceLock<App>> = Arc::default();
    let known = Arc::clone(&app);
    let text = Ready::named("mock-erp").unwrap().text;
    let way = Way::rest("lab".to_owned(), lists(text), move || known.get()?.peer("lab"));
    let site = Site::reading(way).await;
    let secret = Reference::File("/no/such/file".into());
    let url = Target::parse(&format!("{}/erp/api/v1", server.url())).unwrap();
    let peer = told::peer(&server.url(), secret);
    site.app.use_peers(vec![mtm_app::peers::Settings { url, auth: Auth::Nothing, ..peer }]);
    app.set(site.app.clone()).unwrap();

    let mut reader = site.reader();
    reader.round(What::Due).await.unwrap();
    assert_eq!((site.state().await.rows, site.state().await.position), (11_998, 12_000));
    ids.lock().unwrap().extend([(within, 7), (below, 100)]);
    site.clock.advance(HOUR);
    reader.round(What::Due).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.rows, state.late), (11_999, 1));
    reader.round(What::Everything).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.rows, state.late), (12_000, 2));
    let floor = async || site.sums().await.into_values().sum::<i64>() / 1_000_000;
    assert_eq!(floor().await, 2 * 11_998 + 107);
    // A changed row, and one that was taken back.
    ids.lock().unwrap().insert(50, 9);
    ids.lock().unwrap().remove(&60);
    reader.round(What::Everything).await.unwrap();
    let state = site.state().await;
    assert_eq!((state.changed, state.gone), (1, 1));
    assert_eq!(floor().await, 2 * 11_998 + 107 + 7 - 2);
    assert!(server.asked().iter().all(|it| it.method == "GET"));
}
