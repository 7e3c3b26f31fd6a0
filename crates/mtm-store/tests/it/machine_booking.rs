//! What was confirmed, on its way into the ledger.

use mtm_core::machine::ProposalState;
use mtm_core::word::CommandId;
use mtm_store::Clock as _;

use crate::engine::{Engine, contract};
use crate::machine::{begun, by, contained, heaps, proposal, setting, shows};
use crate::machine_proposal::{book, confirm, done, of};
use crate::plant::Plant;

contract!(
    what_was_being_booked_is_found_after_a_kill,
    what_the_ledger_refuses_is_open_again_and_grows_no_more,
    what_is_in_the_ledger_counts_whatever_another_try_was_told,
);

async fn what_was_being_booked_is_found_after_a_kill(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    assert_eq!(plant.ledger.next_booking(0).await.unwrap(), None);
    let first = shows(&plant, &[("good", 100_020)]).await.proposals[0];
    confirm(&plant, first, of(20, None)).await.unwrap();
    let second = shows(&plant, &[("good", 100_030)]).await.proposals[0];
    confirm(&plant, second, of(10, None)).await.unwrap();
    let due = plant.ledger.next_booking(0).await.unwrap().unwrap();
    assert_eq!((due.row.id, due.by), (first, Some(by())), "the oldest first");
    plant.restart().await;
    assert_eq!(
        plant.ledger.next_booking(0).await.unwrap(),
        Some(due.clone()),
        "the same, so is its key"
    );
    let command = CommandId::from_fresh(plant.clock.fresh_uuid());
    assert_eq!(plant.ledger.next_booking(first).await.unwrap().unwrap().row.id, second);
    let booked = async || plant.ledger.proposal_booked(first, 20, command).await.unwrap();
    assert!(booked().await);
    assert!(!booked().await, "once");
    let refused = plant.ledger.proposal_refused(first, due.row.version + 1, "late".to_owned());
    assert!(!refused.await.unwrap());
    let row = proposal(&plant, first).await;
    assert_eq!((row.state, row.command, row.attempts), (ProposalState::Booked, Some(command), 1));
    assert_eq!((row.confirmed, row.cause), (Some(20), None));
    assert_eq!(book(&plant).await, second);
    assert_eq!(plant.ledger.next_booking(0).await.unwrap(), None);
}

async fn what_the_ledger_refuses_is_open_again_and_grows_no_more(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, contained("good", 10, true)).await;
    let id = shows(&plant, &[("good", 100_010)]).await.proposals[0];
    let row = done(plant.ledger.confirm_proposal(id, of(10, None), None, None).await).unwrap();
    let cause = "the location is retired".to_owned();
    assert!(plant.ledger.proposal_refused(id, row.version, cause.clone()).await.unwrap());
    assert!(!plant.ledger.proposal_refused(id, row.version, cause.clone()).await.unwrap());
    let open = proposal(&plant, id).await;
    assert_eq!((open.state, open.full, open.by_rule), (ProposalState::Open, true, false));
    assert_eq!((open.confirmed, open.seen, open.decided_at), (None, None, None));
    assert_eq!((open.cause.as_ref(), open.attempts), (Some(&cause), 1));
    assert!(plant.ledger.due_by_rule(9).await.unwrap().is_empty(), "it is a person's now");
    assert_eq!(plant.ledger.next_booking(0).await.unwrap(), None);
    shows(&plant, &[("good", 100_013)]).await;
    assert_eq!(heaps(&plant).await, [(10, true), (3, false)]);
    let total = plant.ledger.proposal_totals().await.unwrap().remove(0);
    assert_eq!((total.count, total.refused), (2, 1));
    // Somebody saw to it, and four of them were not to be seen.
    let row = confirm(&plant, id, of(6, Some(6))).await.unwrap();
    assert_eq!((row.state, row.cause), (ProposalState::Booking, None));
    assert_eq!(heaps(&plant).await, [(6, true), (7, false)]);
    assert_eq!(book(&plant).await, id);
    let history = plant.ledger.proposal(id).await.unwrap().unwrap().history;
    let told: Vec<_> = history.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(told, ["confirmed", "refused", "confirmed", "moved", "booked"]);
    assert_eq!(history[1].note.as_ref(), Some(&cause));
}

async fn what_is_in_the_ledger_counts_whatever_another_try_was_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    begun(&plant, setting("good")).await;
    let id = shows(&plant, &[("good", 100_020)]).await.proposals[0];
    let row = confirm(&plant, id, of(20, None)).await.unwrap();
    // Two tried at once, and the one that was refused is heard first.
    let command = CommandId::from_fresh(plant.clock.fresh_uuid());
    assert!(plant.ledger.proposal_refused(id, row.version, "no stock".to_owned()).await.unwrap());
    assert!(plant.ledger.proposal_booked(id, 20, command).await.unwrap());
    let now = proposal(&plant, id).await;
    assert_eq!(
        (now.state, now.command, now.confirmed),
        (ProposalState::Booked, Some(command), Some(20))
    );
    assert_eq!(now.cause, None);
}
