//! Adjustments that take a second person.

use mtm_core::Action;
use mtm_core::approval::{ApprovalPolicy, ApprovalState};
use mtm_core::command::{Actor, Adjust, Command, Count, Pick, PickRule};
use mtm_core::notice::NoticeKind;
use mtm_core::policy::Role;
use mtm_core::word::{Delta, LotNumber, Note, UserName};
use mtm_store::approval::{ApprovalRow, Approved, Approving};
use mtm_store::query::HistoryQuery;
use mtm_store::record::NewUser;
use mtm_store::{Mode, PostError, Submission};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, pieces, receive, refused, take, undo};

contract!(
    what_is_above_the_bound_is_asked_for_and_booked_by_a_second_person,
    a_request_is_judged_on_the_stock_there_is_by_then,
    a_request_waits_once_and_not_for_ever,
    a_key_stands_for_the_request_that_it_made,
    whoever_approves_at_once_books_once,
    what_took_two_people_is_not_undone_by_one,
    who_may_approve_is_told_of_a_request,
);

const DAY: i64 = 24 * 3_600_000_000;

/// A count of the lot in the place where lots are received.
fn adjust(lot: &LotNumber, count: Count) -> Action {
    Action::Adjust(Adjust {
        pick: Pick {
            lot: Some(lot.clone()),
            part: None,
            operation: None,
            location: None,
            rule: PickRule::Exact,
        },
        count,
        expected: None,
        reason: "count".parse().unwrap(),
        notes: Some(Note::parse("behind the rack").unwrap()),
    })
}

fn off_by(lot: &LotNumber, delta: i64) -> Action {
    adjust(lot, Count::Delta(Delta::pieces(delta).unwrap()))
}

/// A site where more than 50 pieces take a second person, a lot of 600 and that person.
async fn site(engine: Engine) -> (Plant, LotNumber, Actor) {
    let plant = Plant::on(engine).await;
    let lot = plant.lot_of(600).await;
    let second = NewUser {
        name: UserName::parse("second").unwrap(),
        display_name: None,
        role: Role::Lead,
        password_hash: None,
    };
    let second = plant.ledger.create_user(actor().id, second, None).await.unwrap().value;
    bound(&plant, Some(50)).await;
    (plant, lot, Actor { id: second.row, name: second.name, role: second.role })
}

async fn bound(plant: &Plant, most: Option<i64>) {
    let policy = ApprovalPolicy { pieces: most.map(pieces), percent: None };
    plant.ledger.set_approval_policy(policy, actor().id, None).await.unwrap();
}

fn asking(plant: &Plant, action: Action) -> Command {
    let mut command = plant.command(action);
    command.confirm.approval = true;
    command
}

async fn ask(plant: &Plant, action: Action) -> Result<ApprovalRow, PostError> {
    plant.ledger.ask_approval(asking(plant, action), None).await.map(|once| once.value)
}

async fn approve(plant: &Plant, id: u64, by: &Actor) -> Result<Approved, PostError> {
    plant.ledger.approve(id, approving(by), None).await.map(|once| once.value)
}

fn approving(by: &Actor) -> Approving {
    Approving { by: by.clone(), app_version: None, shift: None, traceparent: None }
}

async fn is_sound(plant: &Plant) {
    let range = mtm_store::integrity::VerifyRange::Full;
    let report = plant.ledger.verify(range, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

async fn what_is_above_the_bound_is_asked_for_and_booked_by_a_second_person(engine: Engine) {
    let (plant, lot, second) = site(engine).await;
    plant.book(off_by(&lot, -50)).await.unwrap();
    let no = plant.book(off_by(&lot, -51)).await.unwrap_err();
    assert_eq!(refused(&no), "approval_required");
    // Also where it is confirmed, and among others.
    let insisting = Submission::single(None, asking(&plant, off_by(&lot, -51)));
    assert_eq!(refused(&plant.ledger.post(insisting).await.unwrap_err()), "approval_required");
    let batch = plant.batch(vec![off_by(&lot, -1), off_by(&lot, -60)], true, Mode::Commit);
    assert_eq!(refused(&plant.ledger.post(batch).await.unwrap_err()), "approval_required");
    assert_eq!(plant.on_hand(), pieces(550));

    let request = ask(&plant, adjust(&lot, Count::Counted(pieces(400)))).await.unwrap();
    assert_eq!(request.state, ApprovalState::Waiting);
    assert_eq!(
        (request.stock, request.delta.whole(), request.on_hand),
        (pieces(550), -150, pieces(550))
    );
    assert_eq!(plant.on_hand(), pieces(550), "nothing is booked");
    let waiting = plant.ledger.approvals(true, None, 10).await.unwrap();
    assert_eq!(waiting, std::slice::from_ref(&request));

    let own = approve(&plant, request.id, &actor()).await.unwrap_err();
    assert_eq!(refused(&own), "other_person_needed");
    let Approved { approval, booked } = approve(&plant, request.id, &second).await.unwrap();
    assert_eq!(plant.on_hand(), pieces(400));
    assert_eq!(plant.ledger.approval(request.id).await.unwrap(), Some(approval.clone()));
    assert_eq!(
        (approval.state, approval.decided_by.as_deref()),
        (ApprovalState::Approved, Some("second"))
    );
    assert_eq!((approval.command_id, approval.on_hand), (Some(booked.id), pieces(400)));
    let rows = plant.ledger.history(HistoryQuery::default()).await.unwrap().items;
    assert_eq!(
        rows[0].notes.as_ref().map(Note::as_str),
        Some("behind the rack (approved by second)")
    );
    assert_eq!(rows[0].user, "system", "it is what the first one found");
    let entries = plant.value("SELECT count(*) FROM audit WHERE kind LIKE 'approval.%'");
    assert_eq!(entries, "2");
    let again = approve(&plant, request.id, &second).await.unwrap_err();
    assert_eq!(refused(&again), "approval_closed");
    assert_eq!(plant.ledger.approvals(true, None, 10).await.unwrap(), []);
    is_sound(&plant).await;
}

async fn what_took_two_people_is_not_undone_by_one(engine: Engine) {
    let (plant, lot, second) = site(engine).await;
    let small = plant.book(off_by(&lot, -50)).await.unwrap();
    plant.book(undo(small.movements[0].id)).await.unwrap();
    for delta in [-150, 150] {
        let before = plant.on_hand();
        let request = ask(&plant, off_by(&lot, delta)).await.unwrap();
        let booked = approve(&plant, request.id, &second).await.unwrap().booked;
        let taking_back = undo(booked.movements[0].id);
        let own = plant.book(taking_back.clone()).await.unwrap_err();
        assert_eq!(refused(&own), "other_person_needed");
        let own = plant.batch(vec![taking_back.clone()], true, Mode::Preview);
        assert_eq!(refused(&plant.ledger.post(own).await.unwrap_err()), "other_person_needed");
        let mut command = plant.command(taking_back);
        command.context.actor = second.clone();
        plant.ledger.post(Submission::single(None, command)).await.unwrap();
        assert_eq!(plant.on_hand(), before);
    }
    // A receipt of any size is a slip that whoever made it takes back.
    let received = plant.book(Action::Receive(receive("P-1", 600))).await.unwrap();
    plant.book(undo(received.movements[0].id)).await.unwrap();
    is_sound(&plant).await;
}

async fn who_may_approve_is_told_of_a_request(engine: Engine) {
    let (plant, lot, _) = site(engine).await;
    plant.ledger.take_notices(1_000).await.unwrap();
    let request = ask(&plant, off_by(&lot, -150)).await.unwrap();
    assert!(ask(&plant, off_by(&lot, -150)).await.is_err(), "told once");
    while plant.ledger.take_notices(1_000).await.unwrap() {}
    let news =
        plant.ledger.notices(actor().id, vec![NoticeKind::Approval], None, 10).await.unwrap();
    let [told] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((told.kind, told.subject.as_str()), (NoticeKind::Approval, lot.as_str()));
    let data = &told.data;
    assert_eq!(
        (&data["approval"], &data["delta"], &data["asked_by"], &data["stock"]),
        (&request.id.into(), &(-150).into(), &"system".into(), &600.into())
    );
}

async fn a_request_is_judged_on_the_stock_there_is_by_then(engine: Engine) {
    let (plant, lot, second) = site(engine).await;
    let request = ask(&plant, adjust(&lot, Count::Counted(pieces(500)))).await.unwrap();
    plant.book(take(&lot, 80)).await.unwrap();
    approve(&plant, request.id, &second).await.unwrap();
    assert_eq!(plant.on_hand(), pieces(420), "the difference, not the total");

    let request = ask(&plant, off_by(&lot, -400)).await.unwrap();
    plant.book(take(&lot, 100)).await.unwrap();
    let no = approve(&plant, request.id, &second).await.unwrap_err();
    assert_eq!(refused(&no), "insufficient_stock");
    assert_eq!(plant.on_hand(), pieces(320));
    let row = plant.ledger.approval(request.id).await.unwrap().unwrap();
    assert_eq!((row.state, row.on_hand), (ApprovalState::Waiting, pieces(320)), "it still waits");
    plant.book(off_by(&lot, -20)).await.unwrap();
    let no = approve(&plant, request.id, &second).await.unwrap_err();
    assert_eq!(refused(&no), "quantity_changed", "somebody counted there since");
    let why = Note::parse("count again").unwrap();
    let row = plant.ledger.refuse_approval(request.id, second.id, why, None).await.unwrap().value;
    assert_eq!((row.state, row.why.as_deref()), (ApprovalState::Refused, Some("count again")));
    let no = approve(&plant, request.id, &second).await.unwrap_err();
    assert_eq!(refused(&no), "approval_closed");
    assert_eq!(plant.on_hand(), pieces(300));
    is_sound(&plant).await;
}

async fn a_request_waits_once_and_not_for_ever(engine: Engine) {
    let (plant, lot, second) = site(engine).await;
    let first = ask(&plant, off_by(&lot, -100)).await.unwrap();
    let twice = ask(&plant, off_by(&lot, -100)).await.unwrap_err();
    assert_eq!(refused(&twice), "already_exists", "the same pieces would be missing twice");
    let why = Note::parse("found them").unwrap();
    let taken = plant.ledger.refuse_approval(first.id, actor().id, why, None).await.unwrap();
    assert_eq!(taken.value.state, ApprovalState::Withdrawn);
    let other = ask(&plant, off_by(&lot, -100)).await.unwrap();
    plant.clock.advance(15 * DAY);
    let over = approve(&plant, other.id, &second).await.unwrap_err();
    assert_eq!(refused(&over), "approval_closed");
    let row = plant.ledger.approval(other.id).await.unwrap().unwrap();
    assert_eq!(row.state, ApprovalState::Expired);
    assert_eq!(plant.ledger.approvals(true, None, 10).await.unwrap(), []);
    let third = ask(&plant, off_by(&lot, -100)).await.unwrap();
    approve(&plant, third.id, &second).await.unwrap();
    let states: Vec<_> = plant.ledger.approvals(false, None, 10).await.unwrap();
    let states: Vec<_> = states.iter().map(|row| row.state).collect();
    let wanted = [ApprovalState::Approved, ApprovalState::Expired, ApprovalState::Withdrawn];
    assert_eq!(states, wanted);
    assert_eq!(plant.on_hand(), pieces(500));
    // What takes nobody is not asked for, and what nobody could approve neither.
    bound(&plant, None).await;
    assert_eq!(refused(&ask(&plant, off_by(&lot, -100)).await.unwrap_err()), "stale");
    assert_eq!(plant.on_hand(), pieces(500));
    bound(&plant, Some(50)).await;
    let impossible = ask(&plant, off_by(&lot, -501)).await.unwrap_err();
    assert_eq!(refused(&impossible), "insufficient_stock");
    let unasked = plant.ledger.ask_approval(plant.command(off_by(&lot, -60)), None).await;
    assert_eq!(refused(&unasked.unwrap_err()), "approval_required", "unless it is confirmed");
}

async fn a_key_stands_for_the_request_that_it_made(engine: Engine) {
    let (plant, lot, second) = site(engine).await;
    let command = asking(&plant, off_by(&lot, -100));
    let made = plant.ledger.ask_approval(command.clone(), Some(key("k"))).await.unwrap();
    let again = plant.ledger.ask_approval(command.clone(), Some(key("k"))).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    approve(&plant, made.value.id, &second).await.unwrap();
    assert_eq!(plant.on_hand(), pieces(500));
    // By now it would take nobody: it was asked for under this key, and is not booked once more.
    bound(&plant, None).await;
    let twin = plant.ledger.post(Submission::single(Some(key("k")), command)).await.unwrap_err();
    assert_eq!(refused(&twin), "approval_required");
    assert_eq!(plant.on_hand(), pieces(500));
}

async fn whoever_approves_at_once_books_once(engine: Engine) {
    let (plant, lot, second) = site(engine).await;
    let request = ask(&plant, off_by(&lot, -100)).await.unwrap();
    let other = plant.open_another().await;
    let one = plant.ledger.approve(request.id, approving(&second), None);
    let two = other.approve(request.id, approving(&second), None);
    let (one, two) = tokio::join!(one, two);
    let booked = [&one, &two].iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(booked, 1, "{one:?} {two:?}");
    assert_eq!(plant.on_hand(), pieces(500));
    other.close().await;
    is_sound(&plant).await;
}

/// Two people, also past the program.
#[test]
fn a_file_refuses_an_approval_by_whoever_asked() {
    Engine::Sqlite.keeps(async |engine| {
        let (plant, lot, _) = site(engine).await;
        ask(&plant, off_by(&lot, -100)).await.unwrap();
        let sql =
            "UPDATE approval SET state = 'approved', decided_by = asked_by, command_id = x'00'";
        let refused = mtm_testkit::sqlite::execute(plant.home.path(), sql).unwrap_err();
        assert!(format!("{refused:#}").contains("CHECK"), "{refused:#}");
    });
}
