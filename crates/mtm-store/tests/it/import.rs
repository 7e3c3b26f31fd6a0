//! Imports: what rows would do without doing it, and steps that nobody takes twice.

use mtm_core::command::{Action, Adjust, Command, Count, Move, Pick, PickRule, Scrap, Take};
use mtm_core::outcome::Verdict;
use mtm_core::word::{Delta, ImportId, LotNumber, ReasonCode, UserId};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::record::{ImportBlock, ImportState, ImportStep, NewImport};
use mtm_store::{Clock, Mode, PostError, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{
    Plant, actor, key, location, of_lot, operation, part, pieces, receive, refused, take,
};

contract!(
    rows_are_tried_out_with_the_verdicts_of_a_booking_and_nothing_is_written,
    steps_follow_each_other_and_none_is_taken_twice,
    an_import_that_is_given_up_takes_no_more_rows,
    what_steps_left_out_is_found_again,
    kept_rows_are_let_go_of_when_they_are_old,
);

const SYSTEM: UserId = UserId(1);

/// Numbers that follow from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) % bound as u64).unwrap()
    }

    fn one_of<'a>(&mut self, codes: &[&'a str]) -> &'a str {
        codes[self.below(codes.len())]
    }

    fn pieces(&mut self) -> i64 {
        10 + i64::try_from(self.below(30)).unwrap()
    }

    fn pick(&mut self, lots: &[LotNumber]) -> Pick {
        let narrow = self.below(2) == 0;
        if self.below(3) > 0 {
            let place = narrow.then(|| location(self.one_of(&["A-1", "A-2"])));
            return Pick { location: place, ..of_lot(&lots[self.below(lots.len())]) };
        }
        Pick {
            lot: None,
            part: Some(part(self.one_of(&["P-1", "P-2", "P-9"]))),
            operation: Some(operation(self.one_of(&["10", "20"]))),
            location: Some(location(self.one_of(&["A-1", "A-2"]))),
            rule: if narrow { PickRule::Fifo } else { PickRule::Exact },
        }
    }

    /// Something that a row of a file may ask for.
    fn action(&mut self, lots: &[LotNumber]) -> Action {
        let (pick, pieces_of_it, notes) = (self.pick(lots), pieces(self.pieces()), None);
        let quantity = (self.below(3) > 0).then_some(pieces_of_it);
        let reason = ReasonCode::parse(self.one_of(&["damaged", "count"])).unwrap();
        match self.below(9) {
            0..=2 => {
                let own = LotNumber::parse(self.one_of(&["OWN-1", "OWN-2", "OWN-3"])).unwrap();
                let lot = (self.below(4) == 0).then_some(own);
                let containers = if lot.is_some() { 1 } else { 1 + self.below(3) };
                Action::Receive(mtm_core::command::Receive {
                    containers: u16::try_from(containers).unwrap().try_into().unwrap(),
                    lot,
                    location: location(self.one_of(&["A-1", "A-2", "NOWHERE"])),
                    ..receive(self.one_of(&["P-1", "P-2"]), self.pieces())
                })
            }
            3 | 4 => Action::Take(Take { pick, quantity, reason: None, notes, reservation: None }),
            5 | 6 => {
                let to_location = Some(location(self.one_of(&["A-1", "A-2"])));
                let to_operation = (self.below(3) == 0).then(|| operation("20"));
                Action::Move(Move { pick, quantity, to_operation, to_location, notes })
            }
            7 => Action::Scrap(Scrap { pick, quantity, reason, notes }),
            _ => {
                let delta = Delta::pieces(self.pieces() - 25).unwrap();
                let counted = self.below(2) == 0;
                let count =
                    if counted { Count::Counted(pieces_of_it) } else { Count::Delta(delta) };
                Action::Adjust(Adjust { pick, count, expected: None, reason, notes })
            }
        }
    }
}

async fn rows_are_tried_out_with_the_verdicts_of_a_booking_and_nothing_is_written(engine: Engine) {
    let plant = Plant::on(engine).await;
    let mut lots = Vec::new();
    for n in 0..12 {
        lots.push(plant.lot_of(20 + n).await);
    }
    // Numbers that exist only as rows of the file give them, or never.
    lots.extend(["OWN-1", "OWN-2", "NO-SUCH"].map(|lot| LotNumber::parse(lot).unwrap()));
    let (mut accepted, mut no) = (0, 0);
    for seed in 0..6 {
        let mut dice = Dice(seed);
        let commands: Vec<Command> = (0..120).map(|_| plant.command(dice.action(&lots))).collect();
        let before = plant.everything();
        let tried = plant.ledger.try_out(commands.clone()).await.unwrap();
        assert_eq!(plant.everything(), before, "seed {seed}");
        let (mode, atomic) = (Mode::Preview, false);
        let look = Submission { key: None, commands, atomic, mode, traceparent: None };
        let booked = plant.ledger.post(look).await.unwrap();
        for (row, (tried, verdict)) in tried.iter().zip(&booked.verdicts).enumerate() {
            match verdict {
                Verdict::Accepted(_) => assert_eq!(*tried, None, "seed {seed}, row {row}"),
                Verdict::Refused(rejection) => {
                    let tried = tried.as_ref().map(|tried| (tried.code, &tried.field));
                    let booked = Some((rejection.code, &rejection.field));
                    assert_eq!(tried, booked, "seed {seed}, row {row}: {rejection:?}");
                }
            }
            accepted += u32::from(tried.is_none());
            no += u32::from(tried.is_some());
        }
        // The next file meets another plant.
        let takes = lots.iter().filter(|_| dice.below(4) == 0).map(|lot| take(lot, 3)).collect();
        plant.ledger.post(plant.batch(takes, false, Mode::Commit)).await.unwrap();
    }
    assert!(accepted > 100 && no > 100, "{accepted} accepted, {no} refused");
}

fn looked_at(id: ImportId) -> NewImport {
    NewImport {
        id,
        kind: "movements".to_owned(),
        file_name: "rows.csv".to_owned(),
        source_hash: [5; 32],
        rows: 9,
        refused: 0,
        detail: serde_json::json!({}),
    }
}

/// An import of nine rows in two blocks.
async fn staged(plant: &Plant) -> ImportId {
    let id = ImportId(plant.clock.fresh_uuid());
    for (rows, body) in [(0..5, "first"), (5..9, "second")] {
        let block = ImportBlock { rows, body: body.to_owned() };
        plant.ledger.keep_import_rows(id, block).await.unwrap();
    }
    plant.ledger.create_import(SYSTEM, looked_at(id), None).await.unwrap();
    id
}

fn step(plant: &Plant, id: ImportId, rows: std::ops::Range<u32>) -> Submission {
    let receipts = rows.clone().map(|n| Action::Receive(receive("P-1", 20 + i64::from(n))));
    let batch = plant.batch(receipts.collect(), true, Mode::Commit);
    Submission { key: Some(ImportStep::key(id, &rows, SYSTEM)), ..batch }
}

async fn steps_follow_each_other_and_none_is_taken_twice(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let id = staged(&plant).await;
    assert_eq!(ledger.kept_import_rows(id).await.unwrap(), 9);
    let block = ledger.import_rows(id, 6).await.unwrap().unwrap();
    assert_eq!((block.rows, block.body.as_str()), (5..9, "second"));
    assert_eq!(ledger.import_rows(id, 9).await.unwrap(), None);
    assert_eq!(ledger.begun_import([5; 32], "movements").await.unwrap(), None);

    // Somebody's own key that looks like a step's is none.
    let own = key(&ImportStep::key(id, &(7..9), SYSTEM).key);
    let batch = plant.batch(vec![Action::Receive(receive("P-2", 40))], true, Mode::Commit);
    ledger.post(Submission { key: Some(own), ..batch }).await.unwrap();
    assert_eq!(ledger.import(id).await.unwrap().unwrap().begun, None);

    ledger.post(step(&plant, id, 0..3)).await.unwrap();
    let again = ledger.post(step(&plant, id, 0..3)).await.unwrap();
    assert!(again.replayed);
    let longer = ledger.post(step(&plant, id, 0..5)).await.unwrap_err();
    assert_eq!(refused(&longer), "idempotency_key_reused");
    ledger.post(step(&plant, id, 3..7)).await.unwrap();
    let begun = ledger.begun_import([5; 32], "movements").await.unwrap().unwrap();
    assert_eq!((begun.id, begun.begun.unwrap().rows), (id, 3..7));
    assert_eq!(ledger.begun_import([5; 32], "parts").await.unwrap(), None);
    assert_eq!(ledger.begun_import([6; 32], "movements").await.unwrap(), None);
    let movements = plant.value("SELECT count(*) FROM movement");
    assert_eq!(movements, "8", "seven rows and one that is nobody's");

    let done = ledger.finish_import(SYSTEM, id, 0, serde_json::json!({})).await.unwrap();
    assert_eq!((done.state, done.begun), (ImportState::Committed, None));
    ledger.forget_import_rows(id).await.unwrap();
    assert_eq!(ledger.kept_import_rows(id).await.unwrap(), 0);
}

async fn an_import_that_is_given_up_takes_no_more_rows(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let id = staged(&plant).await;
    ledger.post(step(&plant, id, 0..4)).await.unwrap();
    let given_up = ledger.give_up_import(SYSTEM, id).await.unwrap();
    assert_eq!((given_up.state, given_up.begun.unwrap().rows), (ImportState::Failed, 4..4));
    let late = ledger.post(step(&plant, id, 4..6)).await.unwrap_err();
    assert_eq!(refused(&late), "idempotency_key_reused");
    assert_eq!(plant.value("SELECT count(*) FROM movement"), "4");
    assert_eq!(ledger.begun_import([5; 32], "movements").await.unwrap(), None);
}

async fn what_steps_left_out_is_found_again(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let id = staged(&plant).await;
    let good = || Action::Receive(receive("P-1", 25));
    let bad = || Action::Receive(receive("P-9", 25));
    for (rows, actions) in [(0..3, vec![good(), bad(), good()]), (3..5, vec![good(), bad()])] {
        let batch = plant.batch(actions, false, Mode::Commit);
        let key = Some(ImportStep::key(id, &rows, SYSTEM));
        ledger.post(Submission { key, ..batch }).await.unwrap();
    }
    // Master data answers in a form of its own.
    let new =
        || ["N-1", "P-1", "N-2"].map(|code| NewMaster::named(MasterNoun::Part, code)).to_vec();
    let make = |rows, skipped| {
        ledger.create_masters_once(new(), actor(), ImportStep::key(id, rows, SYSTEM), skipped)
    };
    let whole = make(&(5..8), false).await.unwrap_err();
    assert_eq!(refused(&whole), "already_exists");
    let PostError::Rejected(rejection) = whole else { panic!("no refusal") };
    assert_eq!(rejection.field.as_deref(), Some("items[1].code"));
    assert!(plant.ledger.catalogue().part(&part("N-1")).is_none(), "all or none");
    for _ in 0..2 {
        let made = make(&(5..8), true).await.unwrap().value;
        assert_eq!(made.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);
    }
    let left_out = ledger.rows_refused_in_steps(id).await.unwrap();
    let rows: Vec<_> = left_out.iter().map(|(row, no)| (*row, no.code.as_str())).collect();
    assert_eq!(rows, [(1, "unknown_part"), (4, "unknown_part"), (6, "already_exists")]);
}

async fn kept_rows_are_let_go_of_when_they_are_old(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let old = staged(&plant).await;
    plant.clock.advance(3_600_000_000);
    let between = plant.clock.now();
    plant.clock.advance(3_600_000_000);
    let young = staged(&plant).await;
    ledger.purge_import_rows(between).await.unwrap();
    assert_eq!(ledger.kept_import_rows(old).await.unwrap(), 0);
    assert_eq!(ledger.kept_import_rows(young).await.unwrap(), 9);
}
