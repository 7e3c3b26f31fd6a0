//! Undoing what was booked in a shift: all of it, or some people's, and no more than can be told.

use std::num::NonZeroU16;

use mtm_core::Action;
use mtm_core::command::{Actor, BookedIn, Command, Receive, Reverse, ReverseTarget};
use mtm_core::outcome::Outcome;
use mtm_core::policy::Role;
use mtm_core::shift::ShiftKey;
use mtm_core::word::{LotNumber, Note, UserName};
use mtm_store::query::HistoryQuery;
use mtm_store::record::NewUser;
use mtm_store::{Mode, PostError, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, receive, refused, take};

contract!(
    what_was_booked_in_a_shift_is_undone_together_and_once,
    a_shift_is_narrowed_to_a_person_and_a_terminal,
    a_shift_is_for_leads_and_has_a_bound,
    history_knows_shifts_and_scan_sessions,
);

const EARLY: &str = "2026-11-23/Früh";
const LATE: &str = "2026-11-23/Late";

/// Books in a shift, as `by`, at a terminal.
async fn book(plant: &Plant, shift: &str, by: &Actor, station: &str, action: Action) -> Outcome {
    let mut command = plant.command(action);
    command.context.shift = Some(shift.to_owned());
    command.context.actor = by.clone();
    command.context.station = Some(station.parse().unwrap());
    let answer = plant.ledger.post(Submission::single(None, command)).await.unwrap();
    answer.into_single().unwrap()
}

async fn lot_in(plant: &Plant, shift: &str, by: &Actor, station: &str, n: i64) -> LotNumber {
    let received = book(plant, shift, by, station, Action::Receive(receive("P-1", n))).await;
    received.lots[0].clone()
}

fn back(plant: &Plant, booked: BookedIn) -> Command {
    let reason = Note::parse("the wrong plant").unwrap();
    plant.command(Action::Reverse(Reverse { target: ReverseTarget::Shift(booked), reason }))
}

fn all_of(shift: &str) -> BookedIn {
    BookedIn { shift: ShiftKey::parse(shift).unwrap(), user: None, station: None }
}

async fn undo(plant: &Plant, booked: BookedIn, mode: Mode) -> Result<Outcome, PostError> {
    let submission = Submission { mode, ..Submission::single(None, back(plant, booked)) };
    plant.ledger.post(submission).await?.into_single()
}

async fn person(plant: &Plant, name: &str, role: Role) -> Actor {
    let new = NewUser {
        name: UserName::parse(name).unwrap(),
        display_name: None,
        role,
        password_hash: None,
    };
    let user = plant.ledger.create_user(actor().id, new, None).await.unwrap().value;
    Actor { id: user.row, name: user.name, role }
}

async fn what_was_booked_in_a_shift_is_undone_together_and_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let lead = actor();
    let early = lot_in(&plant, EARLY, &lead, "T-1", 50).await;
    book(&plant, EARLY, &lead, "T-1", take(&early, 20)).await;
    let late = lot_in(&plant, LATE, &lead, "T-1", 7).await;
    let shown = undo(&plant, all_of(EARLY), Mode::Preview).await.unwrap();
    assert_eq!(shown.movements.len(), 2);
    assert_eq!(shown.balances.iter().map(|line| line.quantity.whole()).sum::<i64>(), 0);
    assert_eq!(plant.on_hand().whole(), 37, "a preview books nothing");

    // What was taken later, in another shift, is in the way; then nothing is undone.
    let taken = book(&plant, LATE, &lead, "T-1", take(&early, 5)).await;
    let refusal = undo(&plant, all_of(EARLY), Mode::Commit).await.unwrap_err();
    assert_eq!(refused(&refusal), "consumed_since");
    assert_eq!(plant.on_hand().whole(), 32);
    let id = taken.movements[0].id;
    plant.book(crate::plant::undo(id)).await.unwrap();
    let undone = undo(&plant, all_of(EARLY), Mode::Commit).await.unwrap();
    assert_eq!(undone.movements.len(), 2);
    assert_eq!(plant.on_hand().whole(), 7);
    let again = undo(&plant, all_of(EARLY), Mode::Commit).await.unwrap_err();
    assert_eq!(refused(&again), "not_found", "nothing is left of it");
    let rest = undo(&plant, all_of(LATE), Mode::Commit).await.unwrap();
    assert_eq!((rest.movements.len(), &rest.movements[0].lot), (1, &late), "not what was undone");
    let nothing = undo(&plant, all_of("2026-11-22/Früh"), Mode::Commit).await.unwrap_err();
    assert_eq!(refused(&nothing), "not_found");
}

async fn a_shift_is_narrowed_to_a_person_and_a_terminal(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = person(&plant, "Anna", Role::Operator).await;
    let lead = actor();
    for (by, station, n) in [(&anna, "T-1", 1), (&anna, "T-2", 2), (&lead, "T-1", 4)] {
        lot_in(&plant, EARLY, by, station, n).await;
    }
    lot_in(&plant, LATE, &anna, "T-2", 8).await;
    let user = Some(UserName::parse("anna").unwrap());
    let hers = BookedIn { user, ..all_of(EARLY) };
    let at = BookedIn { station: Some("T-2".parse().unwrap()), ..hers.clone() };
    assert_eq!(undo(&plant, at, Mode::Preview).await.unwrap().movements.len(), 1);
    assert_eq!(undo(&plant, hers, Mode::Commit).await.unwrap().movements.len(), 2);
    assert_eq!(plant.on_hand().whole(), 12);
    let user = Some(UserName::parse("nobody").unwrap());
    let nobody = undo(&plant, BookedIn { user, ..all_of(EARLY) }, Mode::Commit).await;
    assert_eq!(refused(&nobody.unwrap_err()), "not_found");
}

async fn a_shift_is_for_leads_and_has_a_bound(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = person(&plant, "anna", Role::Operator).await;
    lot_in(&plant, EARLY, &anna, "T-1", 5).await;
    let mut command = back(&plant, all_of(EARLY));
    command.context.actor = anna.clone();
    let answer = plant.ledger.post(Submission::single(None, command)).await;
    let refusal = answer.and_then(mtm_store::Answer::into_single).unwrap_err();
    assert_eq!(refused(&refusal), "forbidden", "also of one's own");

    for containers in [600, 399] {
        let containers = NonZeroU16::new(containers).unwrap();
        let many = Receive { containers, ..receive("P-1", 1) };
        book(&plant, EARLY, &actor(), "T-1", Action::Receive(many)).await;
    }
    let full = undo(&plant, all_of(EARLY), Mode::Preview).await.unwrap();
    assert_eq!(full.movements.len(), BookedIn::MOST);
    lot_in(&plant, EARLY, &actor(), "T-2", 1).await;
    let refusal = undo(&plant, all_of(EARLY), Mode::Preview).await.unwrap_err();
    assert_eq!(refused(&refusal), "too_large");
    let narrowed = BookedIn { station: Some("T-1".parse().unwrap()), ..all_of(EARLY) };
    let undone = undo(&plant, narrowed, Mode::Commit).await.unwrap();
    assert_eq!(undone.movements.len(), BookedIn::MOST);
    assert_eq!(undo(&plant, all_of(EARLY), Mode::Commit).await.unwrap().movements.len(), 1);
    let report =
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

async fn history_knows_shifts_and_scan_sessions(engine: Engine) {
    let plant = Plant::on(engine).await;
    let session = mtm_core::word::SessionId(mtm_store::Clock::fresh_uuid(&*plant.clock));
    for (shift, of_session, n) in [(EARLY, true, 1), (EARLY, false, 2), (LATE, true, 3)] {
        let mut command = plant.command(Action::Receive(receive("P-1", n)));
        command.context.shift = Some(shift.to_owned());
        command.context.session = of_session.then_some(session);
        plant.ledger.post(Submission::single(None, command)).await.unwrap();
    }
    let found = async |query: HistoryQuery| {
        let page = plant.ledger.history(query).await.unwrap();
        page.items.iter().map(|row| row.quantity.whole()).collect::<Vec<_>>()
    };
    let shift = |text: &str| Some(ShiftKey::parse(text).unwrap());
    let early = HistoryQuery { shift: shift(EARLY), ..HistoryQuery::default() };
    assert_eq!(found(early.clone()).await, [2, 1]);
    let both = HistoryQuery { session: Some(session), ..early };
    assert_eq!(found(both).await, [1]);
    let of_session = HistoryQuery { session: Some(session), ..HistoryQuery::default() };
    assert_eq!(found(of_session).await, [3, 1]);
    let other = HistoryQuery { shift: shift("2026-11-24/Früh"), ..HistoryQuery::default() };
    assert_eq!(found(other).await, [0_i64; 0]);
}
