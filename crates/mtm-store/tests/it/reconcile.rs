//! Comparisons with another system's books, and what becomes of what they found.

use std::sync::Arc;

use mtm_core::erp::protocol::Table;
use mtm_core::erp::{
    ErpPlace, ErpQuantity, Flags, Kind, MapRow, OnHand, Part, PlaceMap, Transaction,
};
use mtm_core::policy::Role;
use mtm_core::reconcile::{
    Books, Break, BreakClass, CloseCode, Findings, Fix, PeerBooks, Settings, reconcile,
};
use mtm_core::word::{Note, Timestamp, UserName};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::reconcile::{
    BreakDeed, BreakQuery, BreakRow, BreakState, OursRead, RunCause, RunEnd, RunRow,
};
use mtm_store::record::{ErpRow, NewUser, Page};
use mtm_store::{Clock as _, PostError};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, refused, take, to_location, undo};

contract!(
    our_side_is_what_crosses_places_and_what_stands_there,
    a_break_is_one_row_whoever_finds_it_how_often,
    what_is_closed_stays_so_until_it_is_another_difference,
    what_could_not_be_judged_is_not_resolved,
    one_comparison_at_a_time_and_one_that_was_cut_off_ends,
    what_people_decide_is_kept_and_audited,
    books_that_were_read_are_compared,
);

const PEER: &str = "visual";
const MINUTE: i64 = 60 * 1_000_000;

fn map() -> Arc<PlaceMap> {
    let rows = [("A-1", "MAIN", "FLOOR"), ("A-2", "MAIN", "FLOOR"), ("B-1", "MAIN", "SHIP")];
    let rows = rows.iter().zip(2..).map(|((location, warehouse, there), line)| MapRow {
        line,
        location: (*location).to_owned(),
        warehouse: (*warehouse).to_owned(),
        erp_location: (*there).to_owned(),
    });
    Arc::new(PlaceMap::of(rows).unwrap())
}

async fn plant(engine: Engine) -> Plant {
    let plant = Plant::on(engine).await;
    let more = vec![
        NewMaster::named(MasterNoun::Location, "B-1"),
        NewMaster::named(MasterNoun::Location, "C-9"),
    ];
    plant.ledger.create_masters(more, actor()).await.unwrap();
    plant
}

async fn ours(plant: &Plant, most: usize) -> OursRead {
    let from = Timestamp::parse("2026-11-20T00:00:00Z").unwrap();
    plant.ledger.our_books(map(), from, most).await.unwrap()
}

async fn our_side_is_what_crosses_places_and_what_stands_there(engine: Engine) {
    let plant = plant(engine).await;
    let lot = plant.lot_of(600).await;
    let crossed = plant.book(to_location(&lot, Some(50), "B-1")).await.unwrap();
    plant.book(undo(crossed.movements[0].id)).await.unwrap();
    plant.book(to_location(&lot, Some(100), "A-2")).await.unwrap();
    let read = ours(&plant, 100).await;
    assert!(!read.cut);
    let stock: Vec<_> = read
        .books
        .stock
        .iter()
        .map(|it| (it.part.as_str(), it.location.as_str(), it.units / 1_000_000))
        .collect();
    assert_eq!(stock, [("P-1", "A-1", 500), ("P-1", "A-2", 100)]);
    let kinds: Vec<_> = read.books.movements.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["in", "transfer", "reversal"], "not what stays at one place");
    assert_eq!(read.books.movements[1].from.as_deref(), Some("A-1"));
    assert_eq!(read.books.movements[1].to.as_deref(), Some("B-1"));
    assert!(read.books.parts.contains("P-2"));
    let few = ours(&plant, 2).await;
    assert!(few.cut && few.books.movements.len() == 2);
    assert!(few.books.from > read.books.from, "what is older is not said to be there");
}

fn found(class: BreakClass, part: &str, location: &str, pieces: i64) -> Break {
    Break {
        class,
        part: Some(part.to_owned()),
        place: Some(ErpPlace::new("MAIN", location)),
        subject: None,
        ours: Some(ErpQuantity::of_pieces(100 + pieces)),
        on_hand: Some(ErpQuantity::of_pieces(100)),
        ledger: Some(ErpQuantity(99_500_000)),
        difference: ErpQuantity::of_pieces(pieces),
        evidence: Vec::new(),
        cause: "somebody forgot".to_owned(),
        fix: Fix::CountHere { part: part.to_owned(), locations: vec!["A-1".to_owned()] },
    }
}

/// A run that finds these.
async fn run(plant: &Plant, breaks: Vec<Break>, unjudged: &[(&str, &str, &str)]) -> RunRow {
    let ledger = &plant.ledger;
    plant.clock.advance(MINUTE);
    let id = ledger.begin_reconciliation(PEER.to_owned(), RunCause::Asked, None).await.unwrap();
    let count = breaks.len() as u64;
    let opened = ledger.found_breaks(id, breaks).await.unwrap();
    let spots = unjudged.iter().map(|it| (it.0.to_owned(), it.1.to_owned(), it.2.to_owned()));
    ledger.unjudged_spots(id, spots.collect()).await.unwrap();
    let end = RunEnd { found: count, opened, resolves: true, ..RunEnd::default() };
    ledger.end_reconciliation(id, end).await.unwrap()
}

async fn all(plant: &Plant) -> Vec<BreakRow> {
    let query = BreakQuery { limit: 100, ..BreakQuery::default() };
    plant.ledger.breaks(query).await.unwrap()
}

async fn history(plant: &Plant, id: i64) -> Vec<String> {
    let sheet = plant.ledger.break_sheet(id).await.unwrap().unwrap();
    sheet.history.into_iter().map(|deed| deed.what).collect()
}

async fn a_break_is_one_row_whoever_finds_it_how_often(engine: Engine) {
    let plant = plant(engine).await;
    let two = || {
        vec![
            found(BreakClass::QuantityDiffers, "P-1", "FLOOR", -7),
            found(BreakClass::MissingThere, "P-2", "SHIP", 3),
        ]
    };
    let first = run(&plant, two(), &[]).await;
    assert_eq!((first.opened, first.resolved, first.clean), (2, 0, false));
    let before = all(&plant).await;
    assert_eq!(before.len(), 2);
    assert_eq!(before[1].ledger.unwrap().to_string(), "99.5");
    let second = run(&plant, two(), &[]).await;
    assert_eq!((second.opened, second.resolved), (0, 0));
    let mut after = all(&plant).await;
    for (row, was) in after.iter_mut().zip(&before) {
        assert!(row.last_seen_at > was.last_seen_at);
        row.last_seen_at = was.last_seen_at;
    }
    assert_eq!(after, before, "a repetition changes nothing");
    // The spelling of another day is the same break.
    let mut one = two();
    one.truncate(1);
    one[0].part = Some(" p-1".to_owned());
    let third = run(&plant, one, &[]).await;
    assert_eq!((third.opened, third.resolved), (0, 1));
    let gone = all(&plant).await.remove(0);
    assert_eq!(gone.state, BreakState::Resolved);
    let fourth = run(&plant, two(), &[]).await;
    assert_eq!((fourth.opened, fourth.resolved), (1, 0));
    assert_eq!(history(&plant, gone.id).await, ["found", "resolved", "came_back"]);
    let counts = plant.ledger.open_breaks().await.unwrap();
    let counts: Vec<_> = counts.iter().map(|it| (it.1, it.2)).collect();
    assert_eq!(counts, [(BreakClass::MissingThere, 1), (BreakClass::QuantityDiffers, 1)]);
    let asked = |query| async { plant.ledger.breaks(query).await.unwrap().len() };
    let by = BreakQuery { limit: 10, ..BreakQuery::default() };
    assert_eq!(asked(BreakQuery { part: Some("p-1".to_owned()), ..by.clone() }).await, 1);
    assert_eq!(asked(BreakQuery { part: Some("P".to_owned()), ..by.clone() }).await, 0);
    assert_eq!(asked(BreakQuery { location: Some("SHIP".to_owned()), ..by.clone() }).await, 1);
    assert_eq!(asked(BreakQuery { class: Some(BreakClass::MissingThere), ..by.clone() }).await, 1);
    assert_eq!(asked(BreakQuery { before: Some(gone.id), ..by.clone() }).await, 1);
    assert_eq!(asked(BreakQuery { peer: Some("other".to_owned()), ..by }).await, 0);
    let last = plant.ledger.last_reconciliation(PEER).await.unwrap().unwrap();
    assert_eq!(last, fourth);
}

async fn decide(plant: &Plant, id: i64, deed: BreakDeed) -> Result<BreakRow, PostError> {
    let made = plant.ledger.decide_break(id, deed, actor().id, None).await?;
    Ok(made.value.row)
}

async fn what_is_closed_stays_so_until_it_is_another_difference(engine: Engine) {
    let plant = plant(engine).await;
    let one = |pieces| vec![found(BreakClass::QuantityDiffers, "P-1", "FLOOR", pieces)];
    run(&plant, one(-7), &[]).await;
    let id = all(&plant).await[0].id;
    let note = Some(Note::parse("written off").unwrap());
    let closed = decide(&plant, id, BreakDeed::Close(CloseCode::Accepted, note)).await.unwrap();
    assert_eq!((closed.state, closed.closed_by.as_deref()), (BreakState::Closed, Some("system")));
    let again = run(&plant, one(-7), &[]).await;
    assert_eq!((again.opened, all(&plant).await[0].state), (0, BreakState::Closed));
    let other = run(&plant, one(-8), &[]).await;
    let row = all(&plant).await.remove(0);
    assert_eq!((other.opened, row.state, row.ended_at), (1, BreakState::Open, None));
    assert_eq!(row.close_note.as_deref(), Some("written off"), "what was said stays");
    assert_eq!(history(&plant, id).await, ["found", "closed", "changed"]);
}

async fn what_could_not_be_judged_is_not_resolved(engine: Engine) {
    let plant = plant(engine).await;
    let one = vec![found(BreakClass::QuantityDiffers, "P-1", "Floor", -7)];
    run(&plant, one, &[]).await;
    let busy = run(&plant, Vec::new(), &[("P-1", "MAIN", "FLOOR")]).await;
    assert_eq!((busy.resolved, all(&plant).await[0].state), (0, BreakState::Open));
    let quiet = run(&plant, Vec::new(), &[("P-2", "MAIN", "FLOOR")]).await;
    assert_eq!((quiet.resolved, all(&plant).await[0].state), (1, BreakState::Resolved));
    assert!(quiet.clean);
}

async fn one_comparison_at_a_time_and_one_that_was_cut_off_ends(engine: Engine) {
    let plant = plant(engine).await;
    let ledger = &plant.ledger;
    let begin = async |peer: &str| {
        ledger.begin_reconciliation(peer.to_owned(), RunCause::Nightly, None).await
    };
    let first = begin(PEER).await.unwrap();
    assert_eq!(refused(&begin(PEER).await.unwrap_err()), "run_under_way");
    begin("other").await.unwrap();
    plant.clock.advance(31 * MINUTE);
    let second = begin(PEER).await.unwrap();
    let cut = ledger.reconciliation(first).await.unwrap().unwrap();
    assert_eq!((cut.failed.as_deref(), cut.clean), (Some("cut off"), false));
    ledger.fail_reconciliation(second, "no connection".to_owned()).await.unwrap();
    assert_eq!(ledger.last_reconciliation(PEER).await.unwrap(), None);
    let runs = ledger.reconciliations(Some(PEER.to_owned()), None, 10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [second, first]);
    begin(PEER).await.unwrap();
}

async fn what_people_decide_is_kept_and_audited(engine: Engine) {
    let plant = plant(engine).await;
    let clerk = NewUser {
        name: UserName::parse("clerk").unwrap(),
        display_name: None,
        role: Role::Lead,
        password_hash: None,
    };
    plant.ledger.create_user(actor().id, clerk, None).await.unwrap();
    run(&plant, vec![found(BreakClass::MissingThere, "P-1", "FLOOR", 7)], &[]).await;
    let id = all(&plant).await[0].id;
    let taken = decide(&plant, id, BreakDeed::Take).await.unwrap();
    assert_eq!(taken.owner.as_deref(), Some("system"));
    let to = |name: &str| BreakDeed::Assign(UserName::parse(name).unwrap());
    assert_eq!(refused(&decide(&plant, id, to("nobody")).await.unwrap_err()), "not_found");
    assert_eq!(decide(&plant, id, to("Clerk")).await.unwrap().owner.as_deref(), Some("clerk"));
    let by = BreakQuery { owner: Some("CLERK".to_owned()), limit: 5, ..BreakQuery::default() };
    assert_eq!(plant.ledger.breaks(by).await.unwrap().len(), 1);
    let note = Note::parse("asked the night shift").unwrap();
    decide(&plant, id, BreakDeed::Note(note)).await.unwrap();
    let close = BreakDeed::Close(CloseCode::FixedThere, None);
    let made =
        plant.ledger.decide_break(id, close.clone(), actor().id, Some(key("c"))).await.unwrap();
    let again =
        plant.ledger.decide_break(id, close.clone(), actor().id, Some(key("c"))).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    assert_eq!(refused(&decide(&plant, id, close).await.unwrap_err()), "break_closed");
    assert_eq!(refused(&decide(&plant, id, BreakDeed::Take).await.unwrap_err()), "break_closed");
    decide(&plant, id, BreakDeed::Reopen(None)).await.unwrap();
    let twice = decide(&plant, id, BreakDeed::Reopen(None)).await.unwrap_err();
    assert_eq!(refused(&twice), "break_closed");
    assert_eq!(refused(&decide(&plant, 99, BreakDeed::Take).await.unwrap_err()), "not_found");
    let expected = ["found", "taken", "assigned", "noted", "closed", "reopened"];
    assert_eq!(history(&plant, id).await, expected);
    let entries = plant.value("SELECT count(*) FROM audit WHERE kind LIKE 'reconcile.%'");
    assert_eq!(entries, "5");
    let range = mtm_store::integrity::VerifyRange::Full;
    assert!(plant.ledger.verify(range, |_| {}).await.unwrap().ok);
}

fn row(id: i64, at: Timestamp, location: &str, pieces: i64) -> Transaction {
    Transaction {
        id,
        kind: if pieces < 0 { Kind::Out } else { Kind::In },
        class: "R".to_owned(),
        quantity: ErpQuantity::of_pieces(pieces.abs()),
        happened: at,
        created: Some(at),
        place: ErpPlace::new("MAIN", location),
        part: "P-1".to_owned(),
        user: None,
        reference: None,
        transfer_of: None,
        read_at: at,
        late: false,
        flags: Flags::NONE,
    }
}

async fn compare(plant: &Plant) -> Findings {
    let ledger = &plant.ledger;
    let state = ledger.erp_state(PEER.to_owned()).await.unwrap().unwrap();
    let ours = ours(plant, 1_000).await.books;
    let peer = PeerBooks {
        on_hand_at: state.on_hand_at,
        only_on_hand: false,
        ledger_at: state.ledger_at,
        building: state.building,
        on_hand: ledger.erp_on_hand(PEER.to_owned()).await.unwrap(),
        ledger: ledger.erp_ledger_sums(PEER.to_owned()).await.unwrap(),
        from: ours.from,
        transactions: ledger
            .erp_transactions(PEER.to_owned(), ours.from, i64::MIN, 1_000)
            .await
            .unwrap(),
        parts: Some(
            ledger.erp_parts(PEER.to_owned()).await.unwrap().into_iter().map(|it| it.id).collect(),
        ),
    };
    let map = map();
    let now = plant.clock.now();
    reconcile(&Books { now, map: &map, ours, peer, settings: Settings::default() })
}

async fn read_table(plant: &Plant, table: Table, rows: Vec<ErpRow>) {
    let ledger = &plant.ledger;
    let reading = ledger.erp_begin_table(PEER.to_owned(), table).await.unwrap();
    let many = rows.len() as u64;
    assert!(ledger.erp_add_rows(PEER.to_owned(), table, reading, rows).await.unwrap());
    let done = ledger.erp_finish_table(PEER.to_owned(), table, reading, [many, 0, 0]).await;
    assert!(done.unwrap());
}

async fn books_that_were_read_are_compared(engine: Engine) {
    let plant = plant(engine).await;
    let lot = plant.lot_of(600).await;
    let at = plant.clock.now();
    plant.clock.advance(10 * MINUTE);
    let page = Page { rows: vec![row(5, at, "FLOOR", 600)], refused: 0, end: Some(5) };
    plant.ledger.erp_take(PEER.to_owned(), page).await.unwrap();
    plant.clock.advance(30 * MINUTE);
    let part = Part {
        id: "p-1".to_owned(),
        description: None,
        unit: None,
        fabricated: None,
        purchased: None,
        stocked: None,
        on_hand: None,
        status: None,
        flags: Flags::NONE,
    };
    read_table(&plant, Table::Parts, vec![ErpRow::Part(part)]).await;
    let figure = OnHand {
        part: "P-1".to_owned(),
        place: ErpPlace::new("main", "floor"),
        quantity: ErpQuantity::of_pieces(600),
    };
    read_table(&plant, Table::OnHand, vec![ErpRow::OnHand(figure)]).await;
    plant.clock.advance(MINUTE);
    let nothing = Page { rows: Vec::new(), refused: 0, end: Some(5) };
    plant.ledger.erp_take(PEER.to_owned(), nothing.clone()).await.unwrap();
    let findings = compare(&plant).await;
    assert!(findings.is_clean(), "{findings:?}");
    // Taken, and not posted: it waits, and is a break three hours later.
    plant.book(take(&lot, 25)).await.unwrap();
    let young = compare(&plant).await;
    assert_eq!((young.breaks.len(), young.waiting.movements), (0, 1), "{young:?}");
    plant.clock.advance(3 * 60 * MINUTE);
    plant.ledger.erp_take(PEER.to_owned(), nothing).await.unwrap();
    let old = compare(&plant).await;
    let classes: Vec<_> = old.breaks.iter().map(|it| it.class).collect();
    assert_eq!(classes, [BreakClass::UnpostedMove], "{old:?}");
}
