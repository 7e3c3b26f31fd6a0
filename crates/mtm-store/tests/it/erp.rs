//! An ERP's books are counted once, whoever reads them how often, and what changes there is noticed.

use std::collections::BTreeMap;

use mtm_core::erp::protocol::Table;
use mtm_core::erp::{
    ErpPlace, ErpQuantity, Figures, Flag, Flags, Kind, OnHand, Part, Transaction, block_of,
};
use mtm_core::word::Timestamp;
use mtm_store::Clock as _;
use mtm_store::record::{ErpFailure, ErpRow, ErpState, Page};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::engine::{Engine, contract};
use crate::plant::Plant;

contract!(
    rows_are_counted_once_and_what_comes_late_is_marked,
    a_block_that_is_read_again_finds_what_is_missing_changed_and_gone,
    an_old_row_that_changed_has_the_sums_made_anew,
    a_table_counts_when_all_of_it_is_here,
    one_server_reads_at_a_time,
    what_is_not_needed_any_more_goes,
    random_readings_add_up,
);

/// What changes in the ledger (a row, or that it is taken back), and from which id on it is read.
type Round = (Vec<(i64, Option<(&'static str, i64)>)>, i64);

const ERP: &str = "visual";
const DAY: i64 = 86_400 * 1_000_000;

fn row(id: i64, kind: &str, quantity: i64, happened: Timestamp) -> Transaction {
    Transaction {
        id,
        kind: Kind::of(kind),
        class: "R".to_owned(),
        quantity: ErpQuantity::of_pieces(quantity),
        happened,
        created: Some(happened),
        place: ErpPlace::new("MAIN", if id % 2 == 0 { "EVEN" } else { "ODD" }),
        part: format!("P-{}", id % 3),
        user: Some("ANNA".to_owned()),
        reference: None,
        transfer_of: None,
        read_at: happened,
        late: false,
        flags: Flags::NONE,
    }
}

impl Plant {
    async fn take(&self, rows: Vec<Transaction>, end: Option<i64>) -> mtm_store::record::Taken {
        let page = Page { rows, refused: 0, end };
        self.ledger.erp_take(ERP.to_owned(), page).await.unwrap()
    }

    async fn erp(&self) -> mtm_store::record::FeedState {
        self.ledger.erp_state(ERP.to_owned()).await.unwrap().unwrap()
    }

    async fn sums(&self) -> BTreeMap<(String, String), String> {
        let sums = self.ledger.erp_ledger_sums(ERP.to_owned()).await.unwrap();
        sums.into_iter().map(|it| ((it.part, it.place.location), it.quantity.to_string())).collect()
    }

    async fn kept(&self) -> Vec<Transaction> {
        let since = Timestamp::from_micros(0);
        self.ledger.erp_transactions(ERP.to_owned(), since, 0, 1_000).await.unwrap()
    }
}

fn expected(rows: &[(i64, &str, i64)]) -> BTreeMap<(String, String), String> {
    let mut sums = BTreeMap::<_, i64>::new();
    for (id, kind, quantity) in rows {
        let row = row(*id, kind, *quantity, Timestamp::default());
        if let Some(signed) = row.signed() {
            *sums.entry((row.part, row.place.location)).or_default() += signed.units();
        }
    }
    let sums = sums.into_iter().filter(|(_, units)| *units != 0);
    sums.map(|(place, units)| (place, ErpQuantity(units).to_string())).collect()
}

async fn rows_are_counted_once_and_what_comes_late_is_marked(engine: Engine) {
    let plant = Plant::on(engine).await;
    let now = plant.clock.now();
    assert_eq!(plant.ledger.erp_state(ERP.to_owned()).await.unwrap(), None);
    let first: Vec<_> = (1..=10).filter(|id| *id != 4).map(|id| row(id, "I", id, now)).collect();
    // Nothing is shown before the ledger was read to its end.
    plant.take(first[..5].to_vec(), None).await;
    assert_eq!((plant.erp().await.state, plant.sums().await.len()), (ErpState::Reading, 0));
    let taken = plant.take(first.clone(), Some(10)).await;
    assert_eq!((taken.new, taken.late, taken.position), (4, 0, 10));
    let state = plant.erp().await;
    assert_eq!((state.state, state.rows, state.overlap_from), (ErpState::Well, 9, 0));
    assert!(state.ledger_at.is_some() && !state.building);

    // Read again, with one that was committed late, one whose direction nobody knows, and a new one.
    let mut again = first.clone();
    again.push(row(4, "O", 2, now));
    again.push(row(11, "Z", 7, now));
    let taken = plant.take(again.clone(), Some(11)).await;
    assert_eq!((taken.new, taken.late, taken.changed, taken.position), (2, 1, 0, 11));
    let taken = plant.take(again, Some(11)).await;
    assert_eq!((taken.new, taken.late, taken.changed), (0, 0, 0));
    let all: Vec<_> =
        (1..=10).map(|id| if id == 4 { (4, "O", 2) } else { (id, "I", id) }).collect();
    assert_eq!(plant.sums().await, expected(&all));
    let kept = plant.kept().await;
    assert_eq!(kept.iter().filter(|it| it.late).map(|it| it.id).collect::<Vec<_>>(), [4]);
    assert_eq!(kept.len(), 11);
    assert_eq!(plant.erp().await.late, 1);

    // One that says something else now is counted as it is now, and remembers when it was first read.
    plant.clock.advance(5);
    let changed = row(3, "I", 30, now);
    let taken = plant.take(vec![Transaction { read_at: plant.clock.now(), ..changed }], None).await;
    assert_eq!((taken.new, taken.changed), (0, 1));
    let known = plant.kept().await.into_iter().find(|it| it.id == 3).unwrap();
    assert!(known.flags.has(Flag::Changed) && known.read_at == now);
    let all: Vec<_> = all.into_iter().map(|it| if it.0 == 3 { (3, "I", 30) } else { it }).collect();
    assert_eq!(plant.sums().await, expected(&all));
}

async fn a_block_that_is_read_again_finds_what_is_missing_changed_and_gone(engine: Engine) {
    let plant = Plant::on(engine).await;
    let now = plant.clock.now();
    let rows: Vec<_> = (1..=40).step_by(2).map(|id| row(id, "I", 1, now)).collect();
    plant.take(rows.clone(), Some(40)).await;
    let (upto, ours) = plant.ledger.erp_figures(ERP.to_owned(), 0).await.unwrap().unwrap();
    let mut theirs = Figures::default();
    for row in &rows {
        theirs.add(row);
    }
    assert_eq!((upto, ours), (40, theirs));
    assert_eq!(plant.ledger.erp_figures(ERP.to_owned(), 1).await.unwrap(), None);

    // 2 was committed long after; 5 changed; 7 was taken back.
    let mut there: Vec<_> = rows.into_iter().filter(|row| row.id != 7).collect();
    there.iter_mut().filter(|row| row.id == 5).for_each(|row| "P-9".clone_into(&mut row.part));
    there.push(row(2, "O", 3, now));
    let page = Page { rows: there.clone(), ..Page::default() };
    let mend = |page: Page| plant.ledger.erp_take_block(ERP.to_owned(), 0, 40, page);
    let done = mend(page.clone()).await.unwrap();
    assert_eq!((done.taken.new, done.taken.late), (1, 1));
    assert_eq!((done.taken.changed, done.taken.gone, done.rebuild), (1, 1, false));
    let again = mend(page).await.unwrap();
    assert_eq!((again.taken.new, again.taken.changed, again.taken.gone), (0, 0, 0));
    let mut theirs = Figures::default();
    for row in &there {
        theirs.add(row);
    }
    let ours = plant.ledger.erp_figures(ERP.to_owned(), 0).await.unwrap().unwrap().1;
    assert_eq!(ours, theirs);
    let sums = plant.sums().await;
    assert_eq!(sums[&("P-9".to_owned(), "ODD".to_owned())], "1");
    assert_eq!(sums[&("P-2".to_owned(), "EVEN".to_owned())], "-3");
    let kept = plant.kept().await;
    let gone: Vec<_> = kept.iter().filter(|it| it.flags.has(Flag::Gone)).map(|it| it.id).collect();
    assert_eq!(gone, [7]);
    // It is back again.
    let mut back = there;
    back.push(row(7, "I", 1, now));
    let done = mend(Page { rows: back, ..Page::default() }).await.unwrap();
    assert_eq!((done.taken.new, done.rebuild), (1, false));
    let state = plant.erp().await;
    assert_eq!((state.rows, state.gone, state.position), (21, 1, 40));
    // One that ends elsewhere by now is left alone.
    let other = plant.ledger.erp_take_block(ERP.to_owned(), 0, 39, Page::default()).await.unwrap();
    assert_eq!(other.taken.gone, 0);
    assert_eq!(plant.erp().await.rows, 21);
}

async fn an_old_row_that_changed_has_the_sums_made_anew(engine: Engine) {
    let plant = Plant::on(engine).await;
    let old = plant.clock.now().plus_micros(-50 * DAY);
    let rows: Vec<_> = (1..=6).map(|id| row(id, "I", 10, old)).collect();
    plant.take(rows.clone(), Some(6)).await;
    // So old that only its figures are kept.
    assert!(plant.kept().await.is_empty());
    let mut there = rows;
    there[2].quantity = ErpQuantity::of_pieces(4);
    let page = Page { rows: there.clone(), ..Page::default() };
    let done = plant.ledger.erp_take_block(ERP.to_owned(), 0, 6, page).await.unwrap();
    assert!(done.rebuild);
    let state = plant.erp().await;
    assert_eq!((state.building, state.position, state.overlap_from), (true, 0, 0));
    // What was known is shown until the new sums are whole.
    let before: Vec<_> = (1..=6).map(|id| (id, "I", 10)).collect();
    assert_eq!(plant.sums().await, expected(&before));
    assert_eq!(plant.ledger.erp_figures(ERP.to_owned(), 0).await.unwrap(), None);
    plant.take(there[..3].to_vec(), None).await;
    assert_eq!(plant.sums().await, expected(&before));
    let taken = plant.take(there[3..].to_vec(), Some(6)).await;
    assert_eq!((taken.new, taken.late), (3, 0));
    let now: Vec<_> = (1..=6).map(|id| (id, "I", if id == 3 { 4 } else { 10 })).collect();
    assert_eq!(plant.sums().await, expected(&now));
    let state = plant.erp().await;
    assert_eq!((state.building, state.rows, state.late), (false, 6, 0));
    while plant.ledger.erp_sweep().await.unwrap() {}
    assert_eq!(plant.sums().await, expected(&now));
}

fn on_hand(part: &str, quantity: i64) -> ErpRow {
    let place = ErpPlace::new("MAIN", "FLOOR");
    let quantity = ErpQuantity::of_pieces(quantity);
    OnHand { part: part.to_owned(), place, quantity }.into()
}

async fn a_table_counts_when_all_of_it_is_here(engine: Engine) {
    let plant = Plant::on(engine).await;
    let (ledger, name) = (&plant.ledger, || ERP.to_owned());
    let begin = || ledger.erp_begin_table(name(), Table::OnHand);
    let add = |reading, rows| ledger.erp_add_rows(name(), Table::OnHand, reading, rows);
    let finish = |reading| ledger.erp_finish_table(name(), Table::OnHand, reading, [2, 1, 0]);
    let shown = async || {
        let rows = ledger.erp_on_hand(name()).await.unwrap();
        rows.into_iter().map(|it| format!("{} {}", it.part, it.quantity)).collect::<Vec<_>>()
    };
    let first = begin().await.unwrap();
    assert!(add(first, vec![on_hand("A", 1), on_hand("B", 2)]).await.unwrap());
    assert!(shown().await.is_empty());
    assert!(finish(first).await.unwrap());
    assert_eq!(shown().await, ["A 1", "B 2"]);
    // One that is never finished, and one that overtakes it.
    let cut_off = begin().await.unwrap();
    assert!(add(cut_off, vec![on_hand("A", 9)]).await.unwrap());
    let second = begin().await.unwrap();
    assert!(!add(cut_off, vec![on_hand("A", 9)]).await.unwrap());
    assert!(!finish(cut_off).await.unwrap());
    // Two rows that are the same after trimming are added up.
    assert!(add(second, vec![on_hand("A", 3), on_hand("A", 4)]).await.unwrap());
    assert_eq!(shown().await, ["A 1", "B 2"]);
    assert!(finish(second).await.unwrap());
    assert_eq!(shown().await, ["A 7"]);
    let state = plant.erp().await;
    assert!(state.on_hand_at >= Some(plant.clock.now()));
    assert_eq!((state.tables[0].rows, state.tables[0].flagged), (2, 1));

    let part = |id: &str| Part {
        id: id.to_owned(),
        description: Some("Hülse".to_owned()),
        unit: None,
        fabricated: Some(true),
        purchased: None,
        stocked: Some(false),
        on_hand: Some(ErpQuantity(1_500_000)),
        status: None,
        flags: [Flag::Cut].into_iter().collect(),
    };
    let reading = ledger.erp_begin_table(name(), Table::Parts).await.unwrap();
    let rows = (0..1_200).map(|n| part(&format!("P-{n:04}")).into()).collect();
    assert!(ledger.erp_add_rows(name(), Table::Parts, reading, rows).await.unwrap());
    assert!(ledger.erp_finish_table(name(), Table::Parts, reading, [1_200, 0, 0]).await.unwrap());
    let parts = ledger.erp_parts(name()).await.unwrap();
    assert_eq!((parts.len(), &parts[1_199]), (1_200, &part("P-1199")));
    while ledger.erp_sweep().await.unwrap() {}
    assert_eq!(shown().await, ["A 7"]);
    assert_eq!(ledger.erp_parts(name()).await.unwrap().len(), 1_200);
}

async fn one_server_reads_at_a_time(engine: Engine) {
    let plant = Plant::on(engine).await;
    let (one, other) = (plant.clock.fresh_uuid(), plant.clock.fresh_uuid());
    let until = |micros| plant.clock.now().plus_micros(micros);
    let own = |who, until| plant.ledger.erp_own(ERP.to_owned(), who, until);
    assert!(own(one, until(100)).await.unwrap());
    assert!(own(one, until(100)).await.unwrap());
    assert!(!own(other, until(100)).await.unwrap());
    plant.clock.advance(200);
    assert!(own(other, until(1_000)).await.unwrap());
    assert!(!own(one, until(1_000)).await.unwrap());
    // Only whoever has it gives it back.
    plant.ledger.erp_disown(ERP.to_owned(), one).await.unwrap();
    assert!(!own(one, until(1_000)).await.unwrap());
    plant.ledger.erp_disown(ERP.to_owned(), other).await.unwrap();
    assert!(own(one, until(1_000)).await.unwrap());

    let told = |cause: &str, refused| ErpFailure {
        cause: cause.to_owned(),
        error: "x".repeat(600),
        refused,
    };
    let tell = |failure| plant.ledger.erp_told(ERP.to_owned(), failure);
    tell(Some(told("erp_unreachable", false))).await.unwrap();
    let since = plant.erp().await.failing_since;
    plant.clock.advance(7);
    tell(Some(told("erp_may_write", true))).await.unwrap();
    let state = plant.erp().await;
    assert_eq!((state.state, state.failing_since), (ErpState::Refused, since));
    assert_eq!(state.cause.as_deref(), Some("erp_may_write"));
    assert_eq!(state.last_error.map(|it| it.len()), Some(500));
    tell(None).await.unwrap();
    let state = plant.erp().await;
    assert_eq!((state.state, state.failing_since, state.cause), (ErpState::Reading, None, None));
}

async fn what_is_not_needed_any_more_goes(engine: Engine) {
    let plant = Plant::on(engine).await;
    let now = plant.clock.now();
    // It happened long before it was read.
    let before = || Transaction { read_at: now, ..row(1, "I", 1, now.plus_micros(-30 * DAY)) };
    plant.take(vec![before(), row(2, "I", 1, now)], Some(2)).await;
    plant.clock.advance(20 * DAY);
    while plant.ledger.erp_sweep().await.unwrap() {}
    assert_eq!(plant.kept().await.len(), 2);
    plant.clock.advance(25 * DAY);
    while plant.ledger.erp_sweep().await.unwrap() {}
    assert!(plant.kept().await.is_empty());
    // What they did stays, and they are not counted again.
    let taken = plant.take(vec![before()], None).await;
    assert_eq!((taken.new, plant.erp().await.rows), (0, 2));
    assert_eq!(plant.sums().await.len(), 2);
}

/// However pages overlap, whatever is read twice, changes or is taken back: what is known adds up.
async fn random_readings_add_up(engine: Engine) {
    let cases = if engine == Engine::Sqlite { 12 } else { 3 };
    let step = prop_oneof![
        4 => (1..60_i64, 1..9_i64, prop::bool::ANY).prop_map(|(id, quantity, comes)| {
            (id, Some((if comes { "I" } else { "O" }, quantity)))
        }),
        1 => (1..60_i64).prop_map(|id| (id, None)),
    ];
    let rounds = prop::collection::vec((prop::collection::vec(step, 0..12), 0..60_i64), 1..8);
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let runtime = tokio::runtime::Handle::current();
    let plant = std::sync::Arc::new(Plant::on(engine).await);
    let number = std::sync::atomic::AtomicU32::new(0);
    let run = |rounds: Vec<Round>| {
        let n = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (plant, name) = (std::sync::Arc::clone(&plant), format!("erp-{n}"));
        tokio::task::block_in_place(|| runtime.block_on(readings(&plant, &name, rounds)));
        Ok(())
    };
    runner.run(&rounds, run).unwrap();
}

async fn readings(plant: &Plant, name: &str, rounds: Vec<Round>) {
    let now = plant.clock.now();
    let mut there: BTreeMap<i64, Transaction> = BTreeMap::new();
    let mut newest = 0;
    for (changes, from) in rounds {
        for (id, change) in changes {
            match change {
                Some((kind, quantity)) => drop(there.insert(id, row(id, kind, quantity, now))),
                None => drop(there.remove(&id)),
            }
        }
        newest = there.keys().next_back().copied().unwrap_or(0).max(newest);
        let rows: Vec<_> = there.range(from..).map(|(_, row)| row.clone()).collect();
        let page = Page { rows, refused: 0, end: Some(newest) };
        plant.ledger.erp_take(name.to_owned(), page).await.unwrap();
        let all = Page { rows: there.values().cloned().collect(), ..Page::default() };
        let state = plant.ledger.erp_state(name.to_owned()).await.unwrap().unwrap();
        let upto = state.position;
        assert_eq!(block_of(upto), 0);
        let done = plant.ledger.erp_take_block(name.to_owned(), 0, upto, all).await.unwrap();
        assert!(!done.rebuild);
        let rows: Vec<_> = there
            .values()
            .map(|row| (row.id, row.kind.code(), row.quantity.units() / 1_000_000))
            .collect();
        let sums = plant.ledger.erp_ledger_sums(name.to_owned()).await.unwrap();
        let sums: BTreeMap<_, _> = sums
            .into_iter()
            .map(|it| ((it.part, it.place.location), it.quantity.to_string()))
            .collect();
        assert_eq!(sums, expected(&rows));
        let state = plant.ledger.erp_state(name.to_owned()).await.unwrap().unwrap();
        assert_eq!(state.rows, there.len() as u64);
    }
}
