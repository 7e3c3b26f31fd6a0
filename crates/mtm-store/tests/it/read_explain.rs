//! Explanations: for any number at any moment, the movements that make it.

use mtm_core::code::Code;
use mtm_core::word::{LocationCode, LotNumber, OperationCode, PartCode};
use mtm_store::query::{Cursor, ExplainQuery, Explanation, ReadError};

use crate::engine::{Engine, contract};
use crate::read::{Read, SMALL, limit, moment};
use crate::read_bulk::{Bulk, Random};

contract!(
    opening_and_deltas_make_the_number_for_any_scope_and_moment,
    what_cannot_be_explained_is_refused_by_name,
);

async fn explained(read: &Read, query: &ExplainQuery) -> Vec<Explanation> {
    let mut pages = Vec::new();
    let mut query = ExplainQuery { page: limit(5), ..query.clone() };
    loop {
        let page = read.ledger.explain(query.clone()).await.unwrap();
        let next = page.next_cursor.clone();
        pages.push(page);
        match next {
            Some(cursor) => {
                query.page.cursor = Some(Cursor::decode(&cursor).unwrap());
            }
            None => return pages,
        }
    }
}

async fn opening_and_deltas_make_the_number_for_any_scope_and_moment(engine: Engine) {
    let read = Read::on(engine, SMALL, 25).await;
    let bulk = &read.bulk;
    let mut random = Random::new(25);
    for round in 0..250 {
        let fact = &bulk.facts[random.below(bulk.facts.len())];
        let place = fact.to.or(fact.from).unwrap();
        let lot = fact.to_lot.as_ref().filter(|_| round % 2 == 0).unwrap_or(&fact.lot);
        let (by_lot, by_operation, by_location) =
            (random.chance(50), random.chance(50), random.chance(50));
        let as_of = random.chance(60).then(|| bulk.facts[random.below(bulk.facts.len())].at);
        let query = ExplainQuery {
            part: (!by_lot || random.chance(50))
                .then(|| PartCode::parse(Bulk::code(&bulk.parts, fact.part)).unwrap()),
            operation: by_operation
                .then(|| OperationCode::parse(Bulk::code(&bulk.operations, place.0)).unwrap()),
            location: by_location
                .then(|| LocationCode::parse(Bulk::code(&bulk.locations, place.1)).unwrap()),
            lot: by_lot.then(|| LotNumber::parse(lot).unwrap()),
            as_of: as_of.and_then(moment),
            ..ExplainQuery::default()
        };
        let counts = |end: Option<(i64, i64)>, of: &String| {
            end.is_some_and(|end| {
                (!by_operation || end.0 == place.0)
                    && (!by_location || end.1 == place.1)
                    && (!by_lot || of == lot)
            })
        };
        let mut number = 0;
        let mut wanted: Vec<(i64, i64, i64)> = Vec::new();
        for past in bulk.facts.iter().filter(|past| past.part == fact.part) {
            if as_of.is_some_and(|as_of| past.at > as_of) {
                break;
            }
            let mut delta = 0;
            if counts(past.from, &past.lot) {
                delta -= past.quantity;
            }
            if counts(past.to, past.to_lot.as_ref().unwrap_or(&past.lot)) {
                delta += past.quantity;
            }
            number += delta;
            if delta != 0 {
                wanted.push((past.sequence, delta, number));
            }
        }
        wanted.reverse();
        let pages = explained(&read, &query).await;
        let mut items = Vec::new();
        for page in &pages {
            assert_eq!(page.quantity.whole(), number, "{query:?}");
            let of_page: i64 = page.items.iter().map(|item| item.delta).sum();
            let newest = page.items.first().map_or(page.opening, |item| item.balance);
            assert_eq!(page.opening + of_page, newest);
            items.extend(
                page.items
                    .iter()
                    .map(|item| (i64::try_from(item.sequence).unwrap(), item.delta, item.balance)),
            );
        }
        assert_eq!(items, wanted, "{query:?}");
        assert_eq!(pages.last().unwrap().opening, 0);
    }
}

async fn what_cannot_be_explained_is_refused_by_name(engine: Engine) {
    let read = Read::on(engine, SMALL, 26).await;
    let part = |code: &str| Some(PartCode::parse(code).unwrap());
    let lot = |code: &str| Some(LotNumber::parse(code).unwrap());
    let of_another = read.bulk.facts.iter().find(|fact| fact.part != 1).unwrap();
    for (query, code, field) in [
        (ExplainQuery::default(), Code::InvalidParameter, "part"),
        (ExplainQuery { part: part("NOBODY"), ..Default::default() }, Code::UnknownPart, "part"),
        (ExplainQuery { lot: lot("9999999999"), ..Default::default() }, Code::UnknownLot, "lot"),
        (
            ExplainQuery {
                part: part(&read.bulk.parts[0]),
                lot: lot(&of_another.lot),
                ..Default::default()
            },
            Code::InvalidParameter,
            "part",
        ),
        (
            ExplainQuery {
                part: part(&read.bulk.parts[0]),
                location: Some(LocationCode::parse("NOWHERE").unwrap()),
                ..Default::default()
            },
            Code::UnknownLocation,
            "location",
        ),
    ] {
        match read.ledger.explain(query).await.unwrap_err() {
            ReadError::Refused(rejection) => {
                assert_eq!((rejection.code, rejection.field.as_deref()), (code, Some(field)));
            }
            ReadError::Fault(fault) => panic!("{fault}"),
        }
    }
}
