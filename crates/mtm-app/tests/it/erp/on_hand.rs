//! Systems of which only on hand can be read: `InvenTree`, as it is simulated, and one that changes meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};

use mtm_app::erp::What;
use mtm_app::reconcile::{PeerSetup, RunBody};
use mtm_connect::credential::Settings as Auth;
use mtm_connect::outgoing::Target;
use mtm_connect::rest::Ready;
use mtm_core::erp::{MapRow, PlaceMap};
use mtm_store::record::ErpState;
use mtm_testkit::Api;
use mtm_testkit::called::{CalledServer, Said};
use serde_json::json;

use super::rest::Lab;
use super::{ERP, HOUR};
use crate::told::{SECRET, Told};

/// Pieces that somebody puts into `InvenTree`, at the location of this number.
fn put(told: &Told, location: u64, batch: &str, quantity: i64) {
    let lab = Api::new(&told.lab);
    let token = format!("Token {SECRET}");
    let body = json!({ "part": 1, "location": location, "batch": batch, "quantity": quantity });
    let headers = [("authorization", &*token)];
    let call = || lab.send("POST", "/inventree/api/stock/", &headers, body.to_string());
    assert_eq!(tokio::task::block_in_place(call).unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_without_a_ledger_is_compared_by_what_is_on_hand() {
    let lab = Lab::start().await;
    let (app, told) = (lab.told.app.clone(), &lab.told);
    let before = app.peer("lab").unwrap().settings().clone();
    let Auth::ApiKey { secret, .. } = before.auth.clone() else { panic!("it has a key") };
    let (header, prefix) = ("authorization".to_owned(), Some("Token".to_owned()));
    app.use_peers(vec![mtm_app::peers::Settings {
        url: Target::parse(&format!("{}/inventree", told.lab)).unwrap(),
        auth: Auth::ApiKey { header, prefix, secret },
        ..before
    }]);
    // Two batches at one place are two stock items there.
    put(told, 1, "first", 5);
    put(told, 1, "second", 7);
    told.receive("P-1", "A-1", 12).await.unwrap();
    let mut reader = lab.reading(Ready::named("inventree").unwrap().text);
    reader.round(What::Everything).await.unwrap();
    let state = lab.state().await;
    assert_eq!((state.state, state.rows, state.ledger_at), (ErpState::Well, 0, None));
    let there = app.ledger().erp_on_hand(ERP.to_owned()).await.unwrap();
    let there: Vec<_> = there
        .iter()
        .map(|it| (it.part.as_str(), it.place.to_string(), it.quantity.to_string()))
        .collect();
    assert_eq!(there, [("P-1", "INVENTREE/FLOOR".to_owned(), "12".to_owned())]);

    let places = [("A-1", "FLOOR"), ("A-2", "FLOOR"), ("B-1", "DOCK")];
    let map = PlaceMap::of(places.iter().zip(2..).map(|((ours, theirs), line)| MapRow {
        line,
        location: (*ours).to_owned(),
        warehouse: "INVENTREE".to_owned(),
        erp_location: (*theirs).to_owned(),
    }));
    app.reconcile_with(ERP, PeerSetup { only_on_hand: true, ..PeerSetup::of(map.unwrap()) });
    let compare = async || app.reconcile(&told.who, &RunBody { peer: None }).await.unwrap();
    let run = compare().await;
    assert_eq!((run.compared, run.found, run.stale.len()), (1, 0, 0), "{run:?}");

    put(told, 2, "third", 3);
    told.clock.advance(HOUR);
    reader.round(What::Due).await.unwrap();
    let run = compare().await;
    assert_eq!((run.compared, run.found, run.ledger_at), (2, 1, None), "{run:?}");
}

const BY_OFFSET: &str = r#"
about = "on hand, page by page"
[lists.on-hand]
path = "stock"
items = "/items"
id = "id"
[lists.on-hand.fields]
id = "/id"
part = "/part"
quantity = "/q"
[lists.on-hand.fixed]
warehouse = "MAIN"
location = "FLOOR"
[lists.on-hand.paging]
kind = "offset"
size = 2
size_parameter = "n"
position_parameter = "at"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_changes_while_it_is_read_is_read_anew() {
    let lab = Lab::start().await;
    let app = lab.told.app.clone();
    let calls = AtomicUsize::new(0);
    let server = CalledServer::start(move |asked| {
        let at = asked.path.split(['?', '&']).find_map(|pair| pair.strip_prefix("at="));
        let at: usize = at.and_then(|at| at.parse().ok()).unwrap_or(0);
        // Somebody takes the first away between two pages: the third would be passed over.
        let is_first = calls.fetch_add(1, Ordering::SeqCst) == 0;
        let ids: &[u64] = if is_first { &[1, 2, 3, 4] } else { &[2, 3, 4] };
        let row = |id: &u64| json!({ "id": id, "part": "P-1", "q": id });
        let rows: Vec<_> = ids.iter().skip(at).take(2).map(row).collect();
        Said::json(200, &json!({ "items": rows }))
    });
    let server = server.unwrap();
    let before = app.peer("lab").unwrap().settings().clone();
    let url = Target::parse(&server.url()).unwrap();
    app.use_peers(vec![mtm_app::peers::Settings { url, auth: Auth::Nothing, ..before }]);
    lab.reading(BY_OFFSET).round(What::Everything).await.unwrap();
    let there = app.ledger().erp_on_hand(ERP.to_owned()).await.unwrap();
    assert_eq!((there.len(), there[0].quantity.to_string().as_str()), (1, "9"));
}
