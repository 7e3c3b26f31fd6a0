//! Both engines give the same answers over the same rows, and `MariaDB` finds its way by indexes.

use mtm_core::movement::MovementType;
use mtm_core::word::{LotNumber, MovementId, PartCode, Quantity, Timestamp};
use uuid::Uuid;

use super::read_bulk::movement_id;
use super::twin::{LARGE, SMALL, Twin};
use crate::integrity::Damage;
use crate::query::{
    AuditQuery, Cursor, ExplainQuery, GroupBy, HistoryQuery, LegacyQuery, LotEvent, Page,
    PageRequest, Pattern, SortOrder, StockQuery,
};
use crate::read::Reader;
use crate::read::stock::Held;
use crate::sql::{Connection, params};
use crate::verify;

#[expect(clippy::unnecessary_wraps, reason = "queries hold it as an option")]
fn pattern(text: &str) -> Option<Pattern> {
    Some(Pattern::parse(text))
}

/// The first pages, and how many rows there are.
fn pages<T>(limit: u16, page: impl Fn(PageRequest) -> Page<T>) -> (Vec<T>, Option<u64>) {
    let first = page(PageRequest { limit, cursor: None, count: true });
    let (mut rows, mut next) = (first.items, first.next_cursor);
    for _ in 1..3 {
        let Some(cursor) = next else { break };
        let cursor = Some(Cursor::decode(&cursor).unwrap());
        let page = page(PageRequest { limit, cursor, count: false });
        rows.extend(page.items);
        next = page.next_cursor;
    }
    (rows, first.total)
}

/// A moment when `share` of a hundred movements were recorded.
#[expect(clippy::unnecessary_wraps, reason = "queries hold it as an option")]
fn moment(twin: &Twin, share: usize) -> Option<Timestamp> {
    let facts = &twin.bulk.facts;
    Some(Timestamp::from_micros(facts[facts.len() * share / 100].at))
}

fn stock_queries(twin: &Twin) -> Vec<StockQuery> {
    let any = StockQuery::default;
    let (part, operation, location, lot) =
        twin.bulk.words(twin.bulk.stock.keys().next().expect("there is stock"));
    vec![
        any(),
        StockQuery { part: pattern(&part), ..any() },
        StockQuery { part: pattern("A-*"), operation: pattern(&operation), ..any() },
        StockQuery { location: pattern(&location), ..any() },
        StockQuery { building: pattern("north"), ..any() },
        StockQuery { lot: pattern(&lot), ..any() },
        StockQuery { lot: pattern("0*1"), ..any() },
        StockQuery { work_order: pattern("WO-*"), ..any() },
        StockQuery { color_code: pattern("red"), ..any() },
        StockQuery { text: Some(Pattern::containing("bracket 7")), ..any() },
        StockQuery { min_quantity: Quantity::pieces(40).ok(), ..any() },
        StockQuery { as_of: moment(twin, 20), ..any() },
        StockQuery { as_of: moment(twin, 90), ..any() },
        StockQuery { as_of: moment(twin, 90), part: pattern(&part), ..any() },
        StockQuery { as_of: moment(twin, 10), part: pattern(&part), ..any() },
        StockQuery { as_of: moment(twin, 50), lot: pattern(&lot), ..any() },
    ]
}

fn history_queries(twin: &Twin) -> Vec<HistoryQuery> {
    let any = HistoryQuery::default;
    let fact = &twin.bulk.facts[twin.bulk.facts.len() / 2];
    let part = &twin.bulk.parts[0];
    let command = MovementId(Uuid::from_bytes(movement_id(fact.sequence))).command();
    vec![
        any(),
        HistoryQuery { part: pattern(part), ..any() },
        HistoryQuery { part: pattern("*-00*"), kinds: vec![MovementType::Transfer], ..any() },
        HistoryQuery { operation: pattern("990"), ..any() },
        HistoryQuery { location: pattern("R-03-*"), ..any() },
        HistoryQuery { lot: pattern(&fact.lot), ..any() },
        HistoryQuery { lot: pattern("00000001*"), ..any() },
        HistoryQuery { lot: pattern("*7"), ..any() },
        HistoryQuery { user: pattern("handler 5"), station: pattern("pc-3"), ..any() },
        HistoryQuery { work_order: pattern("WO-*"), ..any() },
        HistoryQuery { work_order: pattern("*1*"), ..any() },
        HistoryQuery { text: Some(Pattern::containing("a")), ..any() },
        HistoryQuery { reversed: Some(true), ..any() },
        HistoryQuery { reversed: Some(false), lot: pattern(&fact.lot), ..any() },
        HistoryQuery { command: Some(command), ..any() },
        HistoryQuery { import: Some(mtm_core::word::ImportId(Uuid::nil())), ..any() },
        HistoryQuery { from: moment(twin, 30), to: moment(twin, 60), ..any() },
        HistoryQuery { after_sequence: Some(8_000), ..any() },
    ]
}

fn stock_is_alike(twin: &Twin) {
    for query in stock_queries(twin) {
        let (rows, _) = twin.ask(&format!("{query:?}"), |reader| {
            pages(300, |page| reader.stock(&StockQuery { page, ..query.clone() }).unwrap())
        });
        assert!(!rows.is_empty(), "{query:?}");
        for by in
            [vec![GroupBy::Part, GroupBy::Location], vec![GroupBy::Building], vec![GroupBy::Lot]]
        {
            twin.ask(&format!("{query:?} by {by:?}"), |reader| {
                pages(300, |page| {
                    reader.stock_groups(&StockQuery { page, ..query.clone() }, &by).unwrap()
                })
            });
        }
    }
}

fn history_is_alike(twin: &Twin) {
    for query in history_queries(twin) {
        for sort in [SortOrder::Newest, SortOrder::Oldest] {
            let query = HistoryQuery { sort, ..query.clone() };
            let (rows, total) = twin.ask(&format!("{query:?}"), |reader| {
                pages(300, |page| reader.history(&HistoryQuery { page, ..query.clone() }).unwrap())
            });
            assert!(total >= Some(rows.len() as u64), "{query:?}");
            assert!(!rows.is_empty() || query.import.is_some(), "{query:?}");
        }
    }
}

fn explanations_are_alike(twin: &Twin) {
    let any = ExplainQuery::default;
    let (part, operation, location, lot) = twin.bulk.words(twin.bulk.stock.keys().next().unwrap());
    let (part, lot) = (PartCode::parse(&part).ok(), LotNumber::parse(&lot).ok());
    let queries = [
        ExplainQuery { part: part.clone(), ..any() },
        ExplainQuery { part: part.clone(), as_of: moment(twin, 40), ..any() },
        ExplainQuery { part: part.clone(), location: location.parse().ok(), ..any() },
        ExplainQuery { lot: lot.clone(), ..any() },
        ExplainQuery {
            lot,
            operation: operation.parse().ok(),
            location: location.parse().ok(),
            ..any()
        },
    ];
    for query in queries {
        twin.ask(&format!("{query:?}"), |reader| {
            let page = PageRequest { limit: 1_000, ..PageRequest::default() };
            let first =
                reader.explain(&ExplainQuery { page: page.clone(), ..query.clone() }).unwrap();
            let rest = first.next_cursor.as_ref().map(|next| {
                let page = PageRequest { cursor: Some(Cursor::decode(next).unwrap()), ..page };
                reader.explain(&ExplainQuery { page, ..query.clone() }).unwrap()
            });
            (first, rest)
        });
    }
}

fn everything_else_is_alike(twin: &Twin) {
    for lot in twin.bulk.lots.keys().step_by(97) {
        let lot = LotNumber::parse(lot).unwrap();
        twin.ask("a lot", |reader| reader.lot_sheet(&lot).unwrap());
        twin.ask("its lineage", |reader| reader.lineage(&lot).unwrap());
    }
    for prefix in ["1", "0000", "42", "x"] {
        twin.ask("lots", |reader| reader.lots_like(prefix, 20).unwrap());
        twin.ask("work orders", |reader| reader.work_orders_like(prefix, 20).unwrap());
    }
    for sequence in [1, 4_711, 9_000, 9_001] {
        let id = MovementId(Uuid::from_bytes(movement_id(sequence)));
        let found = twin.ask("a movement", |reader| reader.movement(id).unwrap());
        assert_eq!(found.is_some(), sequence <= 9_000);
    }
    for active in [true, false] {
        twin.ask("holds", |reader| pages(50, |page| reader.holds(active, &page).unwrap()));
    }
    twin.ask("holds then", |reader| match reader.held(moment(twin, 50)).unwrap() {
        Held::Then { lots, .. } => lots,
        Held::Now(_) => panic!("a moment is not now"),
    });
    let audit = AuditQuery {
        user: pattern("handler 4"),
        kind: Some("movement".into()),
        ..AuditQuery::default()
    };
    for query in [
        AuditQuery::default(),
        AuditQuery { from: moment(twin, 10), to: moment(twin, 40), ..audit },
    ] {
        twin.ask("the audit log", |reader| {
            pages(300, |page| reader.audit_rows(&AuditQuery { page, ..query.clone() }).unwrap())
        });
    }
    let legacy = LegacyQuery::default;
    for query in [
        legacy(),
        LegacyQuery { lot: pattern("42"), ..legacy() },
        LegacyQuery { part: pattern("PART 1*"), ..legacy() },
    ] {
        twin.ask("the earlier log", |reader| {
            pages(300, |page| {
                reader.legacy_movements(&LegacyQuery { page, ..query.clone() }).unwrap()
            })
        });
    }
    twin.ask("events", |reader| reader.events_after(8_500, &[], 1_000).unwrap());
    twin.ask("edges", |reader| (reader.oldest_event().unwrap(), reader.newest_event().unwrap()));
    twin.ask("counts", |reader| reader.counts().unwrap());
}

#[test]
fn mariadb_answers_as_sqlite_does() {
    let Some(twin) = Twin::new(LARGE) else { return };
    stock_is_alike(&twin);
    history_is_alike(&twin);
    explanations_are_alike(&twin);
    everything_else_is_alike(&twin);
}

#[test]
fn mariadb_verifies_as_sqlite_does() {
    let Some(twin) = Twin::new(SMALL) else { return };
    let findings = || twin.connections().map(verify::first_bad);
    let [expected, found] = findings();
    assert_eq!(found, expected);
    // The first entry says something else than its movement, which is quoted whole.
    let [Some(chain), None] = found else { panic!("{found:?}") };
    assert_eq!(chain.what, Damage::MovementAltered);

    let (lot, more) = (twin.bulk.stock.keys().next().unwrap().3.as_str(), 1_000_000);
    for connection in twin.connections() {
        let sql = "UPDATE stock SET quantity = quantity + ?1 WHERE lot = ?2";
        connection.execute(sql, params![more, lot]).unwrap();
    }
    let [expected, found] = findings();
    assert_eq!(found, expected);
    assert_eq!(found[1].as_ref().map(|bad| bad.what), Some(Damage::StockDiffers));
}

#[test]
fn mariadb_counts_a_movement_without_a_place_and_shows_it_by_its_identity_only() {
    let Some(twin) = Twin::new(SMALL) else { return };
    let server = Connection::MariaDb(&twin.wire);
    let sql = "UPDATE movement SET sequence = NULL WHERE sequence = ?1";
    server.execute(sql, params![800]).unwrap();
    assert_eq!(verify::first_bad(server)[1], None);
    let reader = Reader::new(server, &twin.catalogue, Timestamp::from_micros(0));
    let id = MovementId(Uuid::from_bytes(movement_id(800)));
    let movement = reader.movement(id).unwrap().unwrap();
    assert_eq!(movement.sequence, None);
    let newest = reader.history(&HistoryQuery::default()).unwrap().items[0].sequence;
    assert_eq!(newest, Some(799));
    let sheet = reader.lot_sheet(&movement.lot).unwrap().unwrap();
    let shown =
        sheet.history.iter().any(|event| matches!(event, LotEvent::Ledger(row) if row.id == id));
    assert!(!shown);
}
