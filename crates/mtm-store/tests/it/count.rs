//! Cycle counts: what is planned, counted, and counted again.

use mtm_core::command::{Action, Move, Take};
use mtm_core::count::{CountState, LineState, Tolerance};
use mtm_core::policy::Role;
use mtm_core::word::{CountId, LotNumber, UserId, UserName};
use mtm_store::Clock;
use mtm_store::query::PageRequest;
use mtm_store::record::{
    CountEntry, CountFilter, CountLine, CountRecord, CountSpot, CountTarget, Entered, LineFilter,
    NewCount, NewUser,
};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, key, location, operation, part, pieces, refused, take, to_location};

contract!(
    what_moves_during_a_count_is_no_difference,
    a_count_that_is_too_far_off_is_counted_again_by_somebody_else,
    material_that_turns_up_becomes_a_line,
    a_plan_freezes_what_its_filter_names,
    an_entry_under_a_key_is_entered_once,
);

pub(crate) const SYSTEM: UserId = UserId(1);
const SECOND: i64 = 1_000_000;

impl Plant {
    pub(crate) async fn plan(&self, filter: CountFilter, tolerance: i64) -> CountRecord {
        let new = NewCount {
            id: CountId(self.clock.fresh_uuid()),
            name: "weekly".to_owned(),
            filter,
            tolerance: Tolerance { pieces: pieces(tolerance), percent: 0 },
            other_person: true,
        };
        self.ledger.plan_count(SYSTEM, new, None).await.unwrap().value
    }

    pub(crate) async fn colleague(&self) -> UserId {
        let new = NewUser {
            name: UserName::parse("colleague").unwrap(),
            display_name: None,
            role: Role::Operator,
            password_hash: None,
        };
        self.ledger.create_user(SYSTEM, new, None).await.unwrap().value.row
    }

    pub(crate) async fn lines(&self, id: CountId) -> Vec<CountLine> {
        let page = PageRequest { limit: 1000, ..PageRequest::default() };
        self.ledger.count_lines(id, LineFilter::default(), page).await.unwrap().items
    }

    pub(crate) async fn enter(&self, id: CountId, line: u32, counted: i64) -> Entered {
        self.enter_as(SYSTEM, id, entry(line, counted)).await
    }

    pub(crate) async fn enter_as(&self, by: UserId, id: CountId, entry: CountEntry) -> Entered {
        self.ledger.enter_counts(by, id, vec![entry], None).await.unwrap().value.remove(0)
    }

    pub(crate) fn tick(&self) {
        self.clock.set(self.clock.now().plus_micros(SECOND));
    }

    pub(crate) async fn audited(&self, kind: &str) -> usize {
        // On a server what was committed has its place by then.
        self.ledger.newest_event().await.unwrap();
        self.home.rows(&format!("SELECT kind FROM audit WHERE kind = '{kind}'")).len()
    }
}

pub(crate) fn entry(line: u32, counted: i64) -> CountEntry {
    CountEntry {
        target: CountTarget::Line(line),
        counted: pieces(counted),
        counted_at: None,
        notes: None,
    }
}

fn spot(lot: Option<&LotNumber>, place: &str) -> CountSpot {
    CountSpot {
        part: part("P-1"),
        operation: operation("10"),
        location: location(place),
        lot: lot.cloned(),
    }
}

pub(crate) fn at(place: &str) -> CountFilter {
    CountFilter { locations: vec![place.to_owned()], ..CountFilter::default() }
}

/// The same, of what stands at `A-1`.
fn from_here(mut action: Action) -> Action {
    if let Action::Take(Take { pick, .. }) | Action::Move(Move { pick, .. }) = &mut action {
        pick.location = Some(location("A-1"));
    }
    action
}

async fn what_moves_during_a_count_is_no_difference(engine: Engine) {
    let plant = Plant::on(engine).await;
    let (first, second) = (plant.lot_of(100).await, plant.lot_of(40).await);
    let count = plant.plan(at("A-1"), 0).await;
    assert_eq!((count.state, count.progress.lines, count.progress.open), (CountState::Open, 2, 2));
    let lines = plant.lines(count.id).await;
    let of = |lot: &LotNumber| {
        lines.iter().find(|line| line.spot.lot.as_ref() == Some(lot)).unwrap().line
    };
    assert_eq!(lines.iter().map(|line| line.snapshot.whole()).sum::<i64>(), 140);

    // Before the counting ...
    plant.tick();
    plant.book(take(&first, 30)).await.unwrap();
    plant.book(to_location(&second, Some(15), "A-2")).await.unwrap();
    let entered = plant.enter(count.id, of(&first), 70).await;
    assert_eq!((entered.state, entered.variance.unwrap().whole()), (LineState::Counted, 0));
    // ... and between the counting and its entry.
    plant.tick();
    let counted_at = Some(plant.clock.now());
    plant.tick();
    plant.book(from_here(take(&second, 5))).await.unwrap();
    plant.book(from_here(to_location(&second, Some(4), "A-2"))).await.unwrap();
    let late = CountEntry { counted_at, ..entry(of(&second), 25) };
    let entered = plant.enter_as(SYSTEM, count.id, late).await;
    assert_eq!((entered.state, entered.variance.unwrap().whole()), (LineState::Counted, 0));
    let lines = plant.lines(count.id).await;
    let second = lines.iter().find(|line| line.line == of(&second)).unwrap();
    assert_eq!((second.snapshot, second.expected), (pieces(40), Some(pieces(25))));
    assert_eq!(second.moved().unwrap().whole(), -15);
    assert_eq!(second.counted_at, counted_at);

    let before = CountEntry {
        counted_at: Some(count.planned_at.plus_micros(-SECOND)),
        ..entry(of(&first), 1)
    };
    let error = plant.ledger.enter_counts(SYSTEM, count.id, vec![before], None).await.unwrap_err();
    assert_eq!(refused(&error), "invalid_body");
    let again = plant.ledger.enter_counts(SYSTEM, count.id, vec![entry(of(&first), 1)], None).await;
    assert_eq!(refused(&again.unwrap_err()), "already_counted");
}

async fn a_count_that_is_too_far_off_is_counted_again_by_somebody_else(engine: Engine) {
    let plant = Plant::on(engine).await;
    let colleague = plant.colleague().await;
    plant.lot_of(100).await;
    plant.lot_of(50).await;
    let count = plant.plan(at("A-1"), 3).await;
    let near = plant.enter(count.id, 1, 98).await;
    let lines = plant.lines(count.id).await;
    let counted = lines.iter().find(|line| line.line == 1).unwrap();
    let expected = counted.snapshot.whole();
    assert_eq!(near.variance.map(mtm_core::word::Delta::whole), (expected == 100).then_some(-2));
    let far = plant.enter(count.id, 2, 1).await;
    assert_eq!((far.state, far.rounds, far.variance), (LineState::Recount, 1, None));
    let alone = plant.ledger.enter_counts(SYSTEM, count.id, vec![entry(2, 1)], None).await;
    assert_eq!(refused(&alone.unwrap_err()), "other_person_needed");
    let decided = plant.enter_as(colleague, count.id, entry(2, 2)).await;
    assert_eq!((decided.state, decided.rounds), (LineState::Counted, 2));
    assert!(decided.variance.is_some());
    // A lead is not convinced: a third time.
    plant.ledger.recount_lines(SYSTEM, count.id, vec![2], None).await.unwrap();
    assert_eq!(plant.ledger.stock_count(count.id).await.unwrap().unwrap().progress.recount, 1);
    let third = plant.enter(count.id, 2, 50).await;
    assert_eq!((third.state, third.rounds), (LineState::Counted, 3));
    let entries =
        plant.home.rows("SELECT round || ' ' || counted FROM count_entry WHERE number = 2");
    assert_eq!(entries.len(), 3, "{entries:?}");
    let waiting = LineFilter { waiting: true, ..LineFilter::default() };
    let page = PageRequest { count: true, ..PageRequest::default() };
    let left = plant.ledger.count_lines(count.id, waiting, page).await.unwrap();
    assert_eq!((left.items.len(), left.total), (0, Some(0)));
    assert_eq!(plant.audited("count.entered").await, 4);
}

async fn material_that_turns_up_becomes_a_line(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    let count = plant.plan(at("A-1"), 5).await;
    let found = |spot| CountEntry { target: CountTarget::Spot(spot), ..entry(0, 6) };
    // It was moved there after the count was planned: no difference.
    plant.tick();
    plant.book(to_location(&lot, Some(6), "A-2")).await.unwrap();
    let moved = plant.enter_as(SYSTEM, count.id, found(spot(Some(&lot), "A-2"))).await;
    assert_eq!((moved.line, moved.variance.unwrap().whole()), (2, 0));
    // Nobody knows what lot it is: six pieces too many, so somebody else counts, too.
    let strange = plant.enter_as(SYSTEM, count.id, found(spot(None, "A-2"))).await;
    assert_eq!((strange.line, strange.state), (3, LineState::Recount));
    // What is on the list is its line.
    let listed = CountEntry { counted: pieces(44), ..found(spot(Some(&lot), "A-1")) };
    assert_eq!(plant.enter_as(SYSTEM, count.id, listed).await.line, 1);
    let lines = plant.lines(count.id).await;
    assert_eq!(lines.iter().map(|line| line.added).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(lines[1].snapshot, pieces(0), "nothing stood there when it was planned");

    let unknown = LotNumber::parse("999").unwrap();
    let wrong = found(spot(Some(&unknown), "A-2"));
    let error = plant.ledger.enter_counts(SYSTEM, count.id, vec![wrong], None).await.unwrap_err();
    assert_eq!(refused(&error), "unknown_lot");
    let of_another = CountSpot { part: part("P-2"), ..spot(Some(&lot), "A-2") };
    let both = vec![entry(1, 1), found(of_another)];
    let error = plant.ledger.enter_counts(SYSTEM, count.id, both, None).await.unwrap_err();
    assert_eq!(refused(&error), "already_counted", "all or nothing");
    let places = plant.ledger.count_places(count.id).await.unwrap();
    let told: Vec<_> =
        places.iter().map(|it| (it.location.as_str(), it.lines, it.waiting)).collect();
    assert_eq!(told, [("A-1", 1, 0), ("A-2", 2, 1)]);
}

async fn a_plan_freezes_what_its_filter_names(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(50).await;
    plant.book(to_location(&lot, Some(20), "A-2")).await.unwrap();
    let lines = async |filter: CountFilter| {
        let count = plant.plan(filter, 0).await;
        let lines = plant.lines(count.id).await;
        lines
            .iter()
            .map(|it| (it.spot.location.to_string(), it.snapshot.whole()))
            .collect::<Vec<_>>()
    };
    let (here, there) = (("A-1".to_owned(), 30), ("A-2".to_owned(), 20));
    let all = [here.clone(), there.clone()];
    assert_eq!(lines(at("A-*")).await, all);
    assert_eq!(lines(at("a-2")).await, std::slice::from_ref(&there));
    let part = |code: &str| CountFilter { parts: vec![code.to_owned()], ..CountFilter::default() };
    assert_eq!(lines(part("p-1")).await, all);
    let operations = CountFilter { operations: vec!["10".to_owned()], ..CountFilter::default() };
    assert_eq!(lines(operations).await, all);
    let both = CountFilter { parts: vec!["P-1".to_owned()], ..at("A-1") };
    assert_eq!(lines(both).await, [here]);
    let buckets = vec![spot(Some(&lot), "A-2"), spot(Some(&lot), "A-2")];
    assert_eq!(lines(CountFilter { buckets, ..CountFilter::default() }).await, [there]);

    let refusal = async |filter: CountFilter| {
        let new = NewCount {
            id: CountId(plant.clock.fresh_uuid()),
            name: "x".to_owned(),
            filter,
            tolerance: Tolerance::default(),
            other_person: false,
        };
        refused(&plant.ledger.plan_count(SYSTEM, new, None).await.unwrap_err())
    };
    assert_eq!(refusal(CountFilter::default()).await, "invalid_body");
    assert_eq!(refusal(at("NOWHERE")).await, "unknown_location");
    assert_eq!(refusal(part("P-2")).await, "insufficient_stock", "nothing stands there");
    let counts = plant.ledger.stock_counts(None, PageRequest::default()).await.unwrap().items;
    assert_eq!(counts.len(), 6);
    let page = PageRequest { limit: 4, ..PageRequest::default() };
    let first = plant.ledger.stock_counts(Some(CountState::Open), page).await.unwrap();
    assert_eq!((first.items.len(), first.next_cursor.is_some()), (4, true));
}

async fn an_entry_under_a_key_is_entered_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.lot_of(10).await;
    let count = plant.plan(at("A-1"), 0).await;
    let enter = || plant.ledger.enter_counts(SYSTEM, count.id, vec![entry(1, 4)], Some(key("k")));
    let (first, second) = (enter().await.unwrap(), enter().await.unwrap());
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.value, second.value);
    assert_eq!(plant.lines(count.id).await[0].rounds, 1);
}
