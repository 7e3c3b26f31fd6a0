//! An ERP's books over REST: what is answered is read once and in order, or nothing of it is taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mtm_connect::credential::Settings as Auth;
use mtm_connect::erp::{ErpError, Lists, Session, Way};
use mtm_connect::guard::{Guard, Hold, Settings as Guarding, State};
use mtm_connect::peer::{Peer, Settings};
use mtm_connect::rest::{Mapping, Ready};
use mtm_core::erp::protocol::Table;
use mtm_core::erp::{Figures, Kind, Moments, RawRow, Transaction};
use mtm_core::word::Timestamp;
use mtm_testkit::called::{CalledServer, Said};
use serde_json::{Value, json};

use super::{Lab, fact, is_accepted, issue, post, receipt};
use crate::peers::{peer, settings};

fn guard() -> Guard {
    let settings = Guarding { least_calls: 3, ..Guarding::default() };
    Guard::new(settings, 1, Arc::new(|| Timestamp::from_micros(1)))
}

fn lists(text: &str) -> Lists {
    let mapping = Mapping::parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Lists::of(Arc::new(mapping)).unwrap_or_else(|gaps| panic!("{gaps:#?}"))
}

fn way(text: &str, peer: &Peer) -> Way {
    let peer = peer.clone();
    Way::rest("erp".to_owned(), lists(text), move || Some(peer.clone()))
}

async fn open(way: &Way, guard: &Guard) -> Session {
    Session::open(way, guard).await.unwrap().0
}

fn rows(raw: &[RawRow]) -> Vec<Transaction> {
    let moments = Moments::of_zone("America/New_York").unwrap();
    let read = |row| {
        mtm_core::erp::Fields::of(row).transaction(&moments, Timestamp::from_micros(9)).unwrap()
    };
    raw.iter().map(read).collect()
}

async fn table(session: &mut Session, table: Table) -> Result<Vec<Vec<Option<String>>>, ErpError> {
    let mut all = Vec::new();
    let mut rows = session.table(table).await?;
    while let Some(some) = rows.next().await? {
        all.extend(some.into_iter().map(|row| row.texts));
    }
    Ok(all)
}

#[tokio::test]
async fn an_erp_is_read_by_its_lists_and_only_read() {
    let lab = Lab::start();
    let text = Ready::named("mock-erp").unwrap().text.replace("size = 500", "size = 3");
    let erp = lab.with("mock-erp", &text);
    for posted in [
        receipt(20, "A"),
        issue(3, "A"),
        fact(mtm_core::sync::Class::Transfer, 5, Some("A"), Some("C")),
        receipt(1, "B"),
    ] {
        assert!(is_accepted(&post(&erp, &posted).await));
    }
    let posted = lab.asked("POST", "transactions");
    let guard = guard();
    let mut session = open(&way(&text, erp.peer()), &guard).await;
    assert_eq!(session.login().await.unwrap().writes, Some(false));
    assert_eq!(session.look().await, Ok(None));
    let raw = session.transactions(0, 1_000).await.unwrap();
    let all = rows(&raw);
    let told: Vec<_> =
        all.iter().map(|it| (it.id, it.kind.code(), it.quantity.units() / 1_000_000)).collect();
    assert_eq!(told, [(1, "I", 20), (2, "O", 3), (3, "O", 5), (4, "I", 5), (5, "I", 1)]);
    assert!(all.iter().all(|it| it.flags.is_empty() && it.reference.is_some()), "{all:?}");
    assert_eq!((all[2].transfer_of, all[3].place.to_string()), (Some(4), "OUT/C".to_owned()));
    // From any id on, as many as were asked for and no more, whatever a page holds.
    let ids = |raw: &[RawRow]| rows(raw).iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&session.transactions(1, 2).await.unwrap()), [2, 3]);
    assert_eq!(ids(&session.transactions(2, 4).await.unwrap()), [3, 4, 5]);
    assert_eq!(ids(&session.transactions(5, 4).await.unwrap()), [] as [i64; 0]);
    assert_eq!(ids(&session.block(2, 4).await.unwrap()), [2, 3, 4]);
    let mut figures = Figures::default();
    all[1..4].iter().for_each(|row| figures.add(row));
    assert_eq!(session.figures(2, 4).await.unwrap(), figures);
    let there = table(&mut session, Table::OnHand).await.unwrap();
    let there: Vec<_> = there
        .iter()
        .map(|row| row[2..].iter().flatten().map(String::as_str).collect::<Vec<_>>())
        .collect();
    assert_eq!(there, [["A", "12"], ["B", "1"], ["C", "5"]]);
    assert_eq!(table(&mut session, Table::Parts).await.unwrap().len(), 2);
    assert_eq!(table(&mut session, Table::Locations).await.unwrap().len(), 3);
    assert!(!session.has(Table::WorkOrders) && session.has(Table::OnHand));
    assert_eq!(lab.asked("POST", "transactions"), posted);
    assert_eq!(guard.view().counts.failed, 0);
}

/// A ledger whose rows a test chooses, by what was asked.
const LEDGER: &str = r#"
[lists.transactions]
path = "moves"
items = "/items"
optional = ["direction", "moment", "document"]
[lists.transactions.fields]
id = "/id"
direction = "/way"
quantity = "/q"
moment = "/at"
part = "/part"
document = "/note"
[lists.transactions.fixed]
warehouse = "MAIN"
location = "FLOOR"
class = "A"
[lists.transactions.values.direction]
IN = "I"
OUT = "O"
[lists.transactions.paging]
kind = "after"
size = 4
size_parameter = "n"
position_parameter = "at"
last = "/id"
"#;

type Script = Box<dyn Fn(i64) -> Said + Send + Sync>;

struct Told {
    server: CalledServer,
    peer: Peer,
}

/// A system that answers as `script` says, by the position that was asked for.
fn told(script: impl Fn(i64) -> Said + Send + Sync + 'static) -> Told {
    let server = CalledServer::start(move |asked| {
        let at = asked.path.split(['?', '&']).find_map(|pair| pair.strip_prefix("at="));
        script(at.and_then(|it| it.parse().ok()).unwrap_or(0))
    });
    let server = server.unwrap();
    let deadline = Duration::from_secs(5);
    let peer = peer(Settings { deadline, ..settings(&server.url(), Auth::Nothing) });
    Told { server, peer }
}

fn row(id: i64) -> Value {
    json!({ "id": id, "way": "IN", "q": "2.5", "at": "2026-11-23T08:00:00+02:00", "part": "P-1" })
}

fn page(items: &[Value]) -> Said {
    Said::json(200, &json!({ "items": items }))
}

#[tokio::test]
async fn words_are_translated_signs_understood_and_moments_read_exactly() {
    let it = told(|at| {
        let mut second = row(2);
        second["way"] = json!("SIDEWAYS");
        second["note"] = json!("x".repeat(150));
        second["at"] = json!(null);
        if at == 0 { page(&[row(1), second]) } else { page(&[]) }
    });
    let mut session = open(&way(LEDGER, &it.peer), &guard()).await;
    let all = rows(&session.transactions(0, 10).await.unwrap());
    assert_eq!(all[0].happened.to_string(), "2026-11-23T06:00:00.000000Z");
    assert_eq!(
        (all[0].kind.clone(), all[0].place.to_string()),
        (Kind::In, "MAIN/FLOOR".to_owned())
    );
    assert!(all[0].flags.is_empty(), "{:?}", all[0]);
    // What nobody knows is kept and flagged, and a text that is too long is cut.
    assert_eq!(all[1].kind, Kind::Unknown("SIDEWAYS".to_owned()));
    assert_eq!(all[1].reference.as_ref().map(String::len), Some(100));
    let flags: Vec<_> = all[1].flags.iter().map(mtm_core::erp::Flag::as_str).collect();
    assert_eq!(flags, ["cut", "unknown_kind", "no_moment"]);
    // Without a direction, the sign says it.
    let signed = LEDGER
        .replace("direction = \"/way\"\n", "")
        .replace("optional = [\"direction\", ", "optional = [")
        .replace("[lists.transactions.values.direction]\nIN = \"I\"\nOUT = \"O\"\n", "");
    let it = told(|at| {
        let mut second = row(2);
        second["q"] = json!(-3);
        if at == 0 { page(&[row(1), second]) } else { page(&[]) }
    });
    let mut session = open(&way(&signed, &it.peer), &guard()).await;
    let all = rows(&session.transactions(0, 10).await.unwrap());
    let units: Vec<_> = all.iter().map(|it| it.signed().unwrap().to_string()).collect();
    assert_eq!(units, ["2.5", "-3"]);
}

#[tokio::test]
async fn a_page_that_is_shorter_than_asked_for_is_not_the_last() {
    // It gives two at most, whatever is asked for.
    let it = told(|at| page(&(at + 1..=7.min(at + 2)).map(row).collect::<Vec<_>>()));
    let mut session = open(&way(LEDGER, &it.peer), &guard()).await;
    assert_eq!(session.transactions(0, 100).await.unwrap().len(), 7);
    assert_eq!(it.server.asked().len(), 5, "four pages with rows, and an empty one");
    assert_eq!(session.block(3, 6).await.unwrap().len(), 4);
}

#[tokio::test]
async fn answers_that_would_make_a_row_be_missed_are_none() {
    let html = || Said::of("text/html", 200, b"<html>sign in</html>".to_vec());
    let scripts: Vec<(&str, Script)> = vec![
        ("newest first", Box::new(|_| page(&[row(9), row(8), row(7)]))),
        ("one twice", Box::new(|at| page(&[row(at + 1), row(at + 1)]))),
        ("always the first page", Box::new(|_| page(&[row(1), row(2), row(3), row(4)]))),
        ("no id", Box::new(|_| page(&[json!({ "q": 1, "part": "P-1" })]))),
        ("an id that is none", Box::new(|_| page(&[json!({ "id": "x", "q": 1, "part": "P-1" })]))),
        ("nothing", Box::new(|_| page(&[row(0)]))),
        ("beyond all bounds", Box::new(|_| page(&[row(i64::MAX)]))),
        ("a table for a number", Box::new(|_| page(&[json!({ "id": {}, "q": 1, "part": "P" })]))),
        ("no list", Box::new(|_| Said::json(200, &json!({ "items": "none" })))),
        ("a page for people", Box::new(move |_| html())),
        ("half", Box::new(|_| Said::of("application/json", 200, b"{\"items\": [{".to_vec()))),
        ("too much", Box::new(|_| Said::Endless)),
        ("an error", Box::new(|_| Said::json(500, &json!({})))),
    ];
    for (what, script) in scripts {
        let it = told(script);
        let guard = guard();
        let mut session = open(&way(LEDGER, &it.peer), &guard).await;
        let failed = session.transactions(0, 10).await.unwrap_err();
        assert!(matches!(failed, ErpError::Answer(_) | ErpError::Call(_)), "{what}: {failed:?}");
        assert_eq!(guard.view().counts.failed, 1, "{what}");
        let block = session.block(1, 10).await;
        assert!(block.is_err(), "{what}: {block:?}");
        assert!(session.figures(1, 10).await.is_err(), "{what}");
        assert_eq!(guard.state(), State::Open, "{what}: it is left alone then");
    }
}

const ON_HAND: &str = r#"
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

async fn on_hand(
    text: &str,
    script: impl Fn(i64) -> Said + Send + Sync + 'static,
) -> Result<usize, ErpError> {
    let it = told(script);
    let mut session = open(&way(&format!("{LEDGER}{text}"), &it.peer), &guard()).await;
    Ok(table(&mut session, Table::OnHand).await?.len())
}

#[tokio::test]
async fn a_list_tells_each_row_once_and_ends() {
    let stock = |id: i64, q: i64| json!({ "id": id, "part": "P-1", "q": q });
    let all = move |ids: &[i64]| ids.iter().map(|id| stock(*id, 5)).collect::<Vec<_>>();
    // What there is at each call; the last goes on.
    let changing = |states: Vec<Vec<Value>>| {
        let calls = AtomicUsize::new(0);
        move |at: i64| {
            let call = calls.fetch_add(1, Ordering::SeqCst).min(states.len() - 1);
            let at = usize::try_from(at).unwrap().min(states[call].len());
            page(&states[call][at..states[call].len().min(at + 2)])
        }
    };
    for many in 0..6 {
        let ids: Vec<i64> = (1..=many).collect();
        let read = on_hand(ON_HAND, changing(vec![all(&ids)])).await;
        assert_eq!(read, Ok(ids.len()), "every row once");
    }
    // A page that is shorter than asked for is not the last.
    let capped = move |at: i64| {
        let at = usize::try_from(at).unwrap();
        page(&all(&[1, 2, 3, 4, 5])[at.min(5)..5.min(at + 2)])
    };
    assert_eq!(on_hand(&ON_HAND.replace("size = 2", "size = 50"), capped).await, Ok(5));
    // Something is taken out, or put in, before what is read next: a row would be passed over, or come twice.
    for later in [&[2, 3, 4, 5, 6][..], &[9, 1, 2, 3, 4, 5, 6]] {
        let states = vec![all(&[1, 2, 3, 4, 5, 6]), all(later)];
        assert_eq!(on_hand(ON_HAND, changing(states)).await, Err(ErpError::Moved));
    }
    let states = vec![all(&[1, 2, 3]), vec![stock(1, 5), stock(2, 6), stock(3, 5)]];
    assert_eq!(on_hand(ON_HAND, changing(states)).await, Err(ErpError::Moved));
    // It knows no offset.
    let same = move |_| page(&[stock(1, 5), stock(2, 5)]);
    assert_eq!(on_hand(ON_HAND, same).await, Err(ErpError::Moved));
    // Pages in a circle.
    let circle = ON_HAND.replace("\"offset\"", "\"cursor\"\nnext = \"/next\"");
    let round = move |at: i64| {
        let next = if at == 1 { 2 } else { 1 };
        Said::json(200, &json!({ "items": [stock(at, at)], "next": next }))
    };
    assert!(matches!(on_hand(&circle, round).await, Err(ErpError::Answer(_))));
}

#[tokio::test]
async fn what_the_system_is_left_alone_for_is_no_fault_of_the_erp() {
    let it = told(|_| page(&[]));
    it.peer.guard().hold(Hold::Open);
    let guard = guard();
    let mut session = open(&way(LEDGER, &it.peer), &guard).await;
    for _ in 0..5 {
        let failed = session.transactions(0, 10).await.unwrap_err();
        assert!(matches!(failed, ErpError::NotCalled(_)), "{failed:?}");
    }
    let counts = guard.view().counts;
    assert_eq!((counts.failed, counts.taken, guard.state()), (0, 0, State::Closed));
    it.peer.guard().hold(Hold::Automatic);
    it.peer.guard().hold(Hold::Closed);
    assert_eq!(session.transactions(0, 10).await, Ok(vec![]));
    // Paused itself, it is not asked.
    let asked = it.server.asked().len();
    guard.hold(Hold::Open);
    let failed = session.transactions(0, 10).await.unwrap_err();
    assert!(matches!(failed, ErpError::NotCalled(_)), "{failed:?}");
    assert_eq!(it.server.asked().len(), asked);
}

#[tokio::test]
async fn a_system_that_is_gone_from_the_configuration_is_told() {
    let way = Way::rest("erp".to_owned(), lists(LEDGER), || None);
    let failed = Session::open(&way, &guard()).await.unwrap_err();
    assert_eq!(failed, ErpError::NoSystem("erp".to_owned()));
}

#[tokio::test]
async fn names_that_are_alike_at_their_beginning_are_two() {
    let long = |end: &str| format!("{}{end}", "Finished Goods in the ");
    let named = ON_HAND
        .replace("warehouse = \"MAIN\"\n", "")
        .replace("[lists.on-hand.fixed]", "warehouse = \"/w\"\n[lists.on-hand.fixed]");
    let stock = move |id: i64, at: String| json!({ "id": id, "part": "P-1", "q": 5, "w": at });
    let script = move |at: i64| match at {
        0 => page(&[stock(1, long("North")), stock(2, long("South"))]),
        _ => page(&[stock(2, long("South"))]),
    };
    let it = told(script);
    let mut session = open(&way(&format!("{LEDGER}{named}"), &it.peer), &guard()).await;
    let rows = table(&mut session, Table::OnHand).await.unwrap();
    let places: Vec<_> = rows.iter().map(|row| row[1].clone().unwrap()).collect();
    assert_eq!(places, [long("North"), long("South")]);
    // One that is longer than is kept is none.
    let it = told(move |_| page(&[stock(1, "x".repeat(41))]));
    let mut session = open(&way(&format!("{LEDGER}{named}"), &it.peer), &guard()).await;
    let failed = table(&mut session, Table::OnHand).await.unwrap_err();
    assert!(failed.to_string().contains("WAREHOUSE_ID has more than 40"), "{failed}");
}

#[tokio::test]
async fn a_word_in_the_place_of_a_letter_is_read_whole() {
    let parts = r#"
[lists.parts]
path = "parts"
items = "/items"
[lists.parts.fields]
part = "/part"
status = "/state"
"#;
    let it = told(|_| page(&[json!({ "part": "P-1", "state": "Discontinued" })]));
    let mut session = open(&way(&format!("{LEDGER}{parts}"), &it.peer), &guard()).await;
    let mut rows = session.table(Table::Parts).await.unwrap();
    let read = rows.next().await.unwrap().unwrap().remove(0);
    assert_eq!((read.texts[7].as_deref(), read.cut), (Some("Discontinued"), false));
}
