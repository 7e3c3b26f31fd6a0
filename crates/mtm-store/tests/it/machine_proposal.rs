//! Proposals: who says how many pieces there are, and what becomes of them.

use mtm_core::machine::{Link, ProposalKind, ProposalState};
use mtm_core::word::{CommandId, Note};
use mtm_store::machine::{
    Confirmation, CounterChange, CounterSetting, Dismissal, ProposalQuery, ProposalRow,
};
use mtm_store::{Clock as _, Once, PostError};

use crate::engine::{Engine, contract};
use crate::machine::{
    DAY, HOUR, batch, begun, by, contained, heaps, proposal, proposals, setting, shows, take,
};
use crate::plant::{Plant, key, part, refused};

contract!(
    what_was_counted_while_somebody_looked_is_decided_later,
    what_was_left_over_of_another_part_stays_of_that_part,
    a_confirmation_says_how_many_and_why,
    a_question_is_answered_between_its_bounds,
    the_rule_confirms_what_is_full_and_all_of_it,
    of_two_who_decide_at_once_one_does,
    a_decision_is_made_once_under_its_key,
    proposals_are_found_by_how_they_stand,
    old_proposals_are_let_go_of_and_open_ones_are_kept,
);

fn note(text: &str) -> Note {
    Note::parse(text).unwrap()
}

pub(crate) fn of(confirmed: u64, seen: Option<u64>) -> Confirmation {
    Confirmation { confirmed, seen, note: None, version: None }
}

fn nothing(seen: Option<u64>) -> Dismissal {
    Dismissal { seen, note: note("a test run"), version: None }
}

pub(crate) fn done(
    answer: Result<Once<ProposalRow>, PostError>,
) -> Result<ProposalRow, &'static str> {
    answer.map(|it| it.value).map_err(|error| refused(&error))
}

pub(crate) async fn confirm(
    plant: &Plant,
    id: i64,
    it: Confirmation,
) -> Result<ProposalRow, &'static str> {
    done(plant.ledger.confirm_proposal(id, it, Some(by()), None).await)
}

async fn dismiss(plant: &Plant, id: i64, it: Dismissal) -> Result<ProposalRow, &'static str> {
    done(plant.ledger.drop_proposal(id, it, by(), None).await)
}

/// Books what is due next; gives its number.
pub(crate) async fn book(plant: &Plant) -> i64 {
    let due = plant.ledger.next_booking(0).await.unwrap().unwrap();
    let command = CommandId::from_fresh(plant.clock.fresh_uuid());
    let booked = plant
        .ledger
        .proposal_booked(due.row.id, due.row.confirmed.unwrap(), command)
        .await
        .unwrap();
    assert!(booked);
    assert_eq!(proposal(plant, due.row.id).await.command, Some(command));
    due.row.id
}

async fn what_was_counted_while_somebody_looked_is_decided_later(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    let id = shows(&plant, &[("good", 100_020)]).await.proposals[0];
    let version = proposal(&plant, id).await.version;
    shows(&plant, &[("good", 100_025)]).await;
    assert_eq!(proposal(&plant, id).await.version, version, "more pieces are no other version");
    let looked = Confirmation { version: Some(version), ..of(20, Some(20)) };
    let row = confirm(&plant, id, looked).await.unwrap();
    assert_eq!((row.state, row.pieces, row.full), (ProposalState::Booking, 20, true));
    assert_eq!((row.confirmed, row.seen, row.version), (Some(20), Some(20), version + 1));
    assert_eq!(row.decided_by.as_deref(), Some("system"));
    assert_eq!(heaps(&plant).await, [(20, true), (5, false)]);
    // It grows on as if nobody had looked.
    let next = shows(&plant, &[("good", 100_028)]).await.proposals[0];
    assert_eq!(heaps(&plant).await, [(20, true), (8, false)]);
    let grown = proposal(&plant, next).await;
    assert_eq!((grown.from, grown.to, grown.steps), (100_000, 100_028, 1));
    // Nothing of what was seen is real; one more was not seen.
    let row = dismiss(&plant, next, nothing(Some(7))).await.unwrap();
    assert_eq!((row.state, row.pieces, row.seen), (ProposalState::Dropped, 7, Some(7)));
    assert_eq!((row.confirmed, row.note.as_deref()), (None, Some("a test run")));
    assert_eq!(heaps(&plant).await, [(20, true), (7, true), (1, false)]);
    let history = plant.ledger.proposal(id).await.unwrap().unwrap().history;
    let told: Vec<_> = history.iter().map(|it| (it.what.as_str(), it.by.is_some())).collect();
    assert_eq!(told, [("confirmed", true), ("moved", false)]);
    assert_eq!(history[0].note.as_deref(), Some("20 of 20"));
    assert_eq!(
        history[1].note.as_deref(),
        Some(format!("5 pieces that were not seen are in {next}").as_str())
    );
    let audited = plant.value("SELECT count(*) FROM audit WHERE kind LIKE 'proposal.%'");
    assert_eq!(audited, "2");
}

async fn what_was_left_over_of_another_part_stays_of_that_part(engine: Engine) {
    let plant = Plant::on(engine).await;
    let counter = begun(&plant, contained("good", 30, false)).await;
    shows(&plant, &[("good", 100_055)]).await;
    let all = proposals(&plant).await;
    // What was not seen of a full one goes to the next, and is cut there as well.
    confirm(&plant, all[0].id, of(20, Some(20))).await.unwrap();
    assert_eq!(heaps(&plant).await, [(20, true), (30, true), (5, false)]);
    let change = CounterChange {
        setting: CounterSetting { part: part("P-2"), ..contained("good", 30, false) },
        version: None,
    };
    plant.ledger.change_counter(counter.id, change, by(), None).await.unwrap();
    shows(&plant, &[("good", 100_058)]).await;
    assert_eq!(heaps(&plant).await, [(20, true), (30, true), (5, true), (3, false)]);
    confirm(&plant, all[1].id, of(26, Some(26))).await.unwrap();
    let now = proposals(&plant).await;
    let heap = |row: &ProposalRow| (row.part.to_string(), row.pieces, row.full);
    assert_eq!(heap(&now[3]), ("P-2".to_owned(), 3, false), "no piece became another part's");
    assert_eq!(heap(&now[4]), ("P-1".to_owned(), 4, true));
    // Likewise where the counter is no more.
    plant.ledger.retire_counter(counter.id, None, by(), None).await.unwrap();
    dismiss(&plant, now[3].id, nothing(Some(1))).await.unwrap();
    let now = proposals(&plant).await;
    assert_eq!(heap(&now[5]), ("P-2".to_owned(), 2, true));
    assert_eq!(now.iter().map(|row| row.pieces).sum::<u64>(), 58);
}

async fn a_confirmation_says_how_many_and_why(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    let id = shows(&plant, &[("good", 100_020)]).await.proposals[0];
    for (it, code) in [
        (of(0, None), "quantity_out_of_range"),
        (of(21, None), "quantity_out_of_range"),
        (of(11, Some(10)), "quantity_out_of_range"),
        (of(1, Some(0)), "quantity_out_of_range"),
        (of(20, Some(21)), "quantity_out_of_range"),
        (of(19, None), "reason_required"),
        (Confirmation { version: Some(7), ..of(20, None) }, "stale"),
    ] {
        assert_eq!(confirm(&plant, id, it.clone()).await, Err(code), "{it:?}");
    }
    assert_eq!(dismiss(&plant, id, nothing(Some(21))).await, Err("quantity_out_of_range"));
    assert_eq!(confirm(&plant, 4_711, of(1, None)).await, Err("not_found"));
    assert_eq!(heaps(&plant).await, [(20, false)]);
    let fewer = Confirmation { note: Some(note("two were bent")), ..of(18, None) };
    let row = confirm(&plant, id, fewer).await.unwrap();
    assert_eq!((row.pieces, row.confirmed, row.seen), (20, Some(18), Some(20)));
    assert_eq!(row.note.as_deref(), Some("two were bent"));
    let history = plant.ledger.proposal(id).await.unwrap().unwrap().history;
    assert_eq!(history[0].note.as_deref(), Some("18 of 20: two were bent"));
    for it in [of(20, None), of(18, None)] {
        assert_eq!(confirm(&plant, id, it).await, Err("posting_settled"));
    }
    assert_eq!(dismiss(&plant, id, nothing(None)).await, Err("posting_settled"));
    assert_eq!(book(&plant).await, id);
    assert_eq!(dismiss(&plant, id, nothing(None)).await, Err("posting_settled"));
}

async fn a_question_is_answered_between_its_bounds(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    plant.clock.advance(HOUR);
    let asked = take(&plant, batch(&plant, Link::Gap, &[("good", 40)])).await.proposals[0];
    let row = proposal(&plant, asked).await;
    assert_eq!((row.kind, row.pieces), (ProposalKind::Question, 40));
    let most = row.most.unwrap();
    for wrong in [0, 39, most + 1] {
        assert_eq!(confirm(&plant, asked, of(wrong, None)).await, Err("quantity_out_of_range"));
    }
    let row = confirm(&plant, asked, of(most, Some(3))).await.unwrap();
    assert_eq!((row.state, row.confirmed, row.seen), (ProposalState::Booking, Some(most), None));
    assert_eq!((row.pieces, row.most), (40, Some(most)), "what was asked stays");
    let due = plant.ledger.next_booking(0).await.unwrap().unwrap();
    assert_eq!((due.row.id, due.by), (asked, Some(by())));
    plant.clock.advance(HOUR);
    let asked = take(&plant, batch(&plant, Link::Gap, &[("good", 7)])).await.proposals[0];
    let row = dismiss(&plant, asked, nothing(None)).await.unwrap();
    assert_eq!((row.state, row.seen), (ProposalState::Dropped, None));
    assert_eq!(proposals(&plant).await.len(), 2, "a question leaves nothing over");
}

async fn the_rule_confirms_what_is_full_and_all_of_it(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, contained("good", 10, true)).await;
    shows(&plant, &[("good", 100_012)]).await;
    let all = proposals(&plant).await;
    let by_rule = async |id: i64, it: Confirmation| {
        done(plant.ledger.confirm_proposal(id, it, None, None).await)
    };
    assert_eq!(by_rule(all[1].id, of(2, None)).await, Err("posting_settled"), "it is not full");
    let fewer = Confirmation { note: Some(note("x")), ..of(9, None) };
    assert_eq!(by_rule(all[0].id, fewer).await, Err("posting_settled"));
    assert_eq!(by_rule(all[0].id, of(9, Some(9))).await, Err("posting_settled"));
    let due = plant.ledger.due_by_rule(9).await.unwrap().remove(0);
    let it = Confirmation { version: Some(due.version), ..of(due.pieces, None) };
    let row = by_rule(due.id, it).await.unwrap();
    assert_eq!(
        (row.state, row.decided_by.as_deref(), row.confirmed),
        (ProposalState::Booking, None, Some(10))
    );
    assert!(row.decided_at.is_some());
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty());
    let next = plant.ledger.next_booking(0).await.unwrap().unwrap();
    assert_eq!((next.row, next.by), (row, None));
    let history = plant.ledger.proposal(due.id).await.unwrap().unwrap().history;
    assert_eq!((history[0].what.as_str(), &history[0].by), ("confirmed", &None));
}

async fn of_two_who_decide_at_once_one_does(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    let other = match engine {
        // A file has one owner.
        Engine::Sqlite => plant.ledger.clone(),
        Engine::MariaDb => plant.open_another().await,
    };
    let (mut confirmed, mut dropped) = (0, 0);
    for round in 1..=6 {
        let id = shows(&plant, &[("good", 100_000 + round * 10)]).await.proposals[0];
        // Who comes first is chance; whoever is the second to ask is not always the second to be heard.
        let (here, there) =
            if round % 2 == 0 { (&plant.ledger, &other) } else { (&other, &plant.ledger) };
        let (one, two) = tokio::join!(
            here.confirm_proposal(id, of(8, Some(8)), Some(by()), None),
            there.drop_proposal(id, nothing(Some(4)), by(), None),
        );
        let row = match (done(one), done(two)) {
            (Ok(row), Err("posting_settled")) => {
                confirmed += 1;
                row
            }
            (Err("posting_settled"), Ok(row)) => {
                dropped += 1;
                row
            }
            both => panic!("one of them, and not {both:?}"),
        };
        assert_eq!(row, proposal(&plant, id).await);
        let total: u64 = heaps(&plant).await.iter().map(|(pieces, _)| pieces).sum();
        assert_eq!(total, round * 10, "no piece is counted twice or lost");
    }
    assert_eq!(confirmed + dropped, 6);
    if engine == Engine::MariaDb {
        other.close().await;
    }
}

async fn a_decision_is_made_once_under_its_key(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    let id = shows(&plant, &[("good", 100_020)]).await.proposals[0];
    let first = plant.ledger.confirm_proposal(id, of(15, Some(15)), Some(by()), Some(key("c")));
    let first = first.await.unwrap();
    assert!(!first.replayed);
    plant.restart().await;
    let again = plant.ledger.confirm_proposal(id, of(15, Some(15)), Some(by()), Some(key("c")));
    let again = again.await.unwrap();
    assert_eq!((again.replayed, &again.value), (true, &first.value));
    assert_eq!(heaps(&plant).await, [(15, true), (5, false)]);
    let left = proposals(&plant).await[1].id;
    let drop = || plant.ledger.drop_proposal(left, nothing(Some(2)), by(), Some(key("d")));
    let (first, again) = (drop().await.unwrap(), drop().await.unwrap());
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(heaps(&plant).await, [(15, true), (2, true), (3, false)]);
    // A refusal leaves its key free.
    let rest = proposals(&plant).await[2].id;
    let wrong = plant.ledger.confirm_proposal(rest, of(9, None), Some(by()), Some(key("e"))).await;
    assert_eq!(refused(&wrong.unwrap_err()), "quantity_out_of_range");
    plant.ledger.confirm_proposal(rest, of(3, None), Some(by()), Some(key("e"))).await.unwrap();
}

async fn proposals_are_found_by_how_they_stand(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, contained("good", 10, false)).await;
    shows(&plant, &[("good", 100_045)]).await;
    let ids: Vec<i64> = proposals(&plant).await.iter().map(|it| it.id).collect();
    confirm(&plant, ids[0], of(10, None)).await.unwrap();
    dismiss(&plant, ids[1], nothing(None)).await.unwrap();
    plant.clock.advance(HOUR);
    take(&plant, batch(&plant, Link::Gap, &[("good", 40)])).await;
    let question = proposals(&plant).await.last().unwrap().id;
    let find = async |state: Option<ProposalState>, machine: Option<&str>, before: Option<i64>| {
        let machine = machine.map(str::to_owned);
        let query = ProposalQuery { state, kind: None, machine, before, limit: 3 };
        let found = plant.ledger.proposals(query).await.unwrap();
        found.iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(find(None, None, None).await, [question, ids[4], ids[3]]);
    assert_eq!(find(None, None, Some(ids[3])).await, [ids[2], ids[1], ids[0]]);
    assert_eq!(find(None, Some("press"), Some(ids[1])).await, [ids[0]]);
    assert!(find(None, Some("mill"), None).await.is_empty());
    let open = Some(ProposalState::Open);
    assert_eq!(find(open, None, None).await, [question, ids[4], ids[3]]);
    assert_eq!(find(open, Some("press"), Some(ids[3])).await, [ids[2]]);
    assert_eq!(find(Some(ProposalState::Booking), Some("press"), None).await, [ids[0]]);
    assert_eq!(find(Some(ProposalState::Dropped), None, None).await, [ids[1]]);
    assert!(find(Some(ProposalState::Booked), None, None).await.is_empty());
    let totals = plant.ledger.proposal_totals().await.unwrap();
    let told: Vec<_> = totals.iter().map(|it| (it.state, it.kind, it.count)).collect();
    assert_eq!(
        told,
        [
            (ProposalState::Booking, ProposalKind::Count, 1),
            (ProposalState::Open, ProposalKind::Count, 3),
            (ProposalState::Open, ProposalKind::Question, 1),
        ]
    );
    let oldest = proposal(&plant, ids[2]).await.first_at;
    assert_eq!((totals[1].machine.as_str(), totals[1].oldest_at), ("press", oldest));
}

async fn old_proposals_are_let_go_of_and_open_ones_are_kept(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, contained("good", 10, false)).await;
    shows(&plant, &[("good", 100_035)]).await;
    let ids: Vec<i64> = proposals(&plant).await.iter().map(|it| it.id).collect();
    confirm(&plant, ids[0], of(10, None)).await.unwrap();
    confirm(&plant, ids[1], of(10, None)).await.unwrap();
    assert_eq!(book(&plant).await, ids[0]);
    dismiss(&plant, ids[2], nothing(None)).await.unwrap();
    plant.clock.advance(399 * DAY);
    assert!(!plant.ledger.sweep_proposals().await.unwrap());
    plant.clock.advance(2 * DAY);
    assert!(plant.ledger.sweep_proposals().await.unwrap());
    assert!(!plant.ledger.sweep_proposals().await.unwrap());
    let left: Vec<i64> = proposals(&plant).await.iter().map(|it| it.id).collect();
    assert_eq!(left, [ids[1], ids[3]], "one waits for the ledger, one for somebody");
    assert_eq!(plant.value("SELECT count(*) FROM machine_deed WHERE proposal_id IS NOT NULL"), "1");
}
