//! Stock found by words: the same with an index of any age as without one.

use mtm_core::command::{Action, ChangeLot, LotChanges, Patch, Pick, Split};
use mtm_core::word::{LotNumber, Note, PartCode, WorkOrder};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::{Pattern, StockQuery, StockRow};
use mtm_store::{Ledger, OpenOptions, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{
    Plant, actor, location, of_lot, operation, part, pieces, receive, take, to_location, undo,
};
use crate::read::{MEDIUM, Read, SMALL, limit, next, pattern};
use crate::read_bulk::{Random, Size};

contract!(
    the_index_leads_to_what_a_look_at_everything_finds,
    a_part_at_many_places_is_met_in_the_same_order,
    what_is_booked_after_the_index_was_made_is_found,
    what_another_program_does_is_found,
    an_index_brought_up_to_date_finds_the_same,
);

/// Every row of a query, page by page.
async fn all(ledger: &Ledger, query: &StockQuery) -> Vec<StockRow> {
    let (mut rows, mut query) = (Vec::new(), query.clone());
    loop {
        let page = ledger.stock(query.clone()).await.unwrap();
        let cursor = next(&page);
        rows.extend(page.items);
        match cursor {
            Some(cursor) => query.page.cursor = Some(cursor),
            None => return rows,
        }
    }
}

fn words(text: &str) -> StockQuery {
    StockQuery { text: Some(Pattern::containing(text)), page: limit(7), ..StockQuery::default() }
}

/// The lots that a search by words finds.
async fn lots(ledger: &Ledger, text: &str) -> Vec<String> {
    all(ledger, &words(text)).await.iter().map(|row| row.lot.to_string()).collect()
}

/// A few characters of a text, perhaps with a gap.
fn some_of(text: &str, random: &mut Random) -> String {
    let letters: Vec<char> = text.chars().collect();
    let from = random.below(letters.len());
    let to = (from + 1 + random.below(7)).min(letters.len());
    let mut piece: String = letters[from..to].iter().collect();
    if random.below(4) == 0 {
        piece.insert(piece.chars().next().map_or(0, char::len_utf8), '%');
    }
    if random.below(6) == 0 { piece.to_lowercase() } else { piece }
}

async fn the_index_leads_to_what_a_look_at_everything_finds(engine: Engine) {
    for (size, seed, turns) in [(SMALL, 21, 60), (MEDIUM, 22, 12)] {
        let read = Read::on(engine, size, seed).await;
        let indexed = read.home.open(OpenOptions::default()).await;
        indexed.index_texts().await.unwrap();
        let mut random = Random::new(seed);
        let mut found = 0;
        for turn in 0..turns {
            let fact = &read.bulk.facts[random.below(read.bulk.facts.len())];
            let lot = &read.bulk.lots[&fact.lot];
            let code = &read.bulk.parts[random.below(read.bulk.parts.len())];
            let place = &read.bulk.locations[random.below(read.bulk.locations.len())];
            let order = lot.work_order.as_deref().unwrap_or("WO-");
            let notes = lot.notes.as_deref().unwrap_or("next");
            let source = ["bracket 1", code, place, &fact.lot, order, notes][turn % 6];
            let query = match turn % 5 {
                0 => StockQuery { operation: pattern("9%"), ..words("") },
                1 => StockQuery { part: pattern("A-%"), ..words("") },
                2 => {
                    StockQuery { part: pattern("%1%"), min_quantity: pieces(3).into(), ..words("") }
                }
                3 => StockQuery { building: pattern("north"), ..words("") },
                _ => words(""),
            };
            let text = Some(Pattern::containing(&some_of(source, &mut random)));
            let rows = [size.buckets / 20 + random.below(9), 1000][random.below(2)];
            let page = limit(u16::try_from(rows).unwrap());
            let query = StockQuery { text, page, ..query };
            let expected = all(&read.ledger, &query).await;
            assert_eq!(all(&indexed, &query).await, expected, "{query:?}");
            found += usize::from(!expected.is_empty());
        }
        assert!(found * 3 > turns, "nearly nothing was found: that proves little");
        indexed.close().await;
    }
}

async fn noted(plant: &Plant, ledger: &Ledger, notes: &str) -> LotNumber {
    let mut receipt = receive("P-1", 40);
    receipt.attributes.notes = Some(Note::parse(notes).unwrap());
    let command = plant.command(Action::Receive(receipt));
    let answer = ledger.post(Submission::single(None, command)).await.unwrap();
    answer.into_single().unwrap().lots[0].clone()
}

async fn a_part_at_many_places_is_met_in_the_same_order(engine: Engine) {
    let size = Size { parts: 3, locations: 400, operations: 4, buckets: 900, movements: 2_000 };
    let read = Read::on(engine, size, 23).await;
    let indexed = read.home.open(OpenOptions::default()).await;
    indexed.index_texts().await.unwrap();
    let by_part = StockQuery { part: pattern("%-%"), ..StockQuery::default() };
    let at_some = StockQuery { operation: pattern("9%"), ..words("bracket") };
    for query in [words("bracket"), at_some, by_part] {
        let query = StockQuery { page: limit(90), ..query };
        let expected = all(&read.ledger, &query).await;
        assert!(expected.len() > 200, "{}", expected.len());
        assert_eq!(all(&indexed, &query).await, expected, "{query:?}");
    }
    indexed.close().await;
}

async fn what_is_booked_after_the_index_was_made_is_found(engine: Engine) {
    let plant = Plant::on(engine).await;
    let early = noted(&plant, &plant.ledger, "bent lug").await;
    let spent = noted(&plant, &plant.ledger, "gone tomorrow").await;
    let taken = plant.book(take(&spent, 40)).await.unwrap();
    plant.ledger.index_texts().await.unwrap();
    assert_eq!(lots(&plant.ledger, "T LUG").await, [early.as_str()]);

    // New, moved on, split off, changed, and back from nothing.
    let late = noted(&plant, &plant.ledger, "another bent lug").await;
    assert_eq!(lots(&plant.ledger, "bent lug").await, [early.as_str(), late.as_str()]);
    plant.book(to_location(&early, Some(5), "A-2")).await.unwrap();
    assert_eq!(lots(&plant.ledger, "bent lug").await.len(), 3);
    assert_eq!(lots(&plant.ledger, "a-2").await, [early.as_str()]);
    let pick = Pick { location: Some(location("A-2")), ..of_lot(&early) };
    let split = Action::Split(Split { pick, quantity: pieces(2), notes: None });
    let child = plant.book(split).await.unwrap().lots[0].clone();
    assert_eq!(lots(&plant.ledger, child.as_str()).await, [child.as_str()]);
    plant.book(undo(taken.movements[0].id)).await.unwrap();
    assert_eq!(lots(&plant.ledger, "tomorrow").await, [spent.as_str()]);
    let change = |version, notes: &str| {
        let changes = LotChanges {
            notes: Patch::Set(Note::parse(notes).unwrap()),
            work_order: Patch::Set(WorkOrder::parse("WO-77").unwrap()),
            ..LotChanges::default()
        };
        Action::ChangeLot(ChangeLot { lot: late.clone(), version, changes })
    };
    plant.book(change(1, "straightened")).await.unwrap();
    assert_eq!(lots(&plant.ledger, "straight").await, [late.as_str()]);
    assert_eq!(lots(&plant.ledger, "another").await, Vec::<String>::new());
    assert_eq!(lots(&plant.ledger, "wo-0").await, [late.as_str()]);

    // The same when the index has learned it.
    plant.ledger.index_texts().await.unwrap();
    assert_eq!(lots(&plant.ledger, "straight").await, [late.as_str()]);
    assert_eq!(lots(&plant.ledger, "another").await, Vec::<String>::new());
    plant.book(change(2, "bent again")).await.unwrap();
    assert_eq!(lots(&plant.ledger, "straight").await, Vec::<String>::new());
    assert_eq!(lots(&plant.ledger, "bent again").await, [late.as_str()]);
}

async fn what_another_program_does_is_found(engine: Engine) {
    let plant = Plant::on(engine).await;
    let known = noted(&plant, &plant.ledger, "known").await;
    plant.ledger.index_texts().await.unwrap();
    let other = plant.open_another().await;
    let lot = noted(&plant, &other, "somebody else's").await;
    let masters = [(MasterNoun::Part, "ZZ-TOP"), (MasterNoun::Location, "Q-99")];
    let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
    other.create_masters(masters, actor()).await.unwrap();
    let mut receipt = receive("P-1", 3);
    receipt.part = part("ZZ-TOP");
    receipt.location = location("Q-99");
    let booked = Submission::single(None, plant.command(Action::Receive(receipt)));
    let new = other.post(booked).await.unwrap().into_single().unwrap().lots[0].clone();
    other.close().await;

    for _ in 0..2 {
        assert_eq!(lots(&plant.ledger, "else").await, [lot.as_str()]);
        assert_eq!(lots(&plant.ledger, "zz-t").await, [new.as_str()]);
        assert_eq!(lots(&plant.ledger, "q-99").await, [new.as_str()]);
        let all = lots(&plant.ledger, "0000").await;
        assert_eq!(all, [known.as_str(), lot.as_str(), new.as_str()]);
        plant.ledger.index_texts().await.unwrap();
    }
}

async fn an_index_brought_up_to_date_finds_the_same(engine: Engine) {
    let plant = Plant::on(engine).await;
    let plain = plant.open_another().await;
    plant.ledger.index_texts().await.unwrap();
    let mut random = Random::new(31);
    let mut lots = Vec::new();
    for turn in 0..60 {
        if turn % 3 == 0 || lots.is_empty() {
            let notes = format!("crate {} of {}", random.below(9), random.below(90));
            lots.push(noted(&plant, &plant.ledger, &notes).await);
        } else {
            let lot = &lots[random.below(lots.len())];
            let to = ["A-1", "A-2"][random.below(2)];
            // Where nothing is left, or it stands there already, nothing happens.
            let pick = Pick { operation: Some(operation("10")), ..of_lot(lot) };
            let _ = plant.book(take(lot, 1 + i64::try_from(random.below(20)).unwrap())).await;
            let _ = plant.book(to_location(pick.lot.as_ref().unwrap(), Some(3), to)).await;
        }
        if turn % 10 == 9 {
            plant.ledger.index_texts().await.unwrap();
        }
        let text = format!("E {}", random.below(9));
        let query = StockQuery { text: Some(Pattern::containing(&text)), ..words("") };
        assert_eq!(all(&plant.ledger, &query).await, all(&plain, &query).await, "{text}");
    }
    let code = PartCode::parse("P-1").unwrap();
    let query = StockQuery { part: Some(Pattern::parse(code.as_str())), ..words("crate") };
    assert_eq!(all(&plant.ledger, &query).await, all(&plain, &query).await);
    plain.close().await;
}
