//! What other systems are told of movements: one posting for each, in order, sent once.

use mtm_core::event::EventType;
use mtm_core::sync::{Deed, Mode, State};
use mtm_core::word::{MovementId, UserId};
use mtm_store::Clock as _;
use mtm_store::sync::{Ended, PostingDeed, PostingQuery, Start};

use crate::engine::{Engine, contract};
use crate::flows::{
    FLOW, SECOND, all, begin, decide, due, end, flow, lay_out, met, movements, no, posted, posting,
    set, states,
};
use crate::plant::{Plant, receive, refused, take, undo};

contract!(
    a_movement_has_one_posting_however_often_it_is_laid_out,
    postings_of_a_part_have_their_turn_one_after_the_other,
    what_was_begun_is_looked_up_before_it_is_sent_again,
    what_is_undone_before_it_was_posted_is_withdrawn_with_its_undo,
    what_people_decide_is_kept_and_audited,
    an_undo_of_what_nobody_is_sure_of_is_left_to_somebody,
    what_somebody_had_looked_up_goes_back_to_them,
    a_flow_that_is_not_automatic_sends_nothing,
    what_no_system_can_be_asked_about_is_left_to_people,
    that_somebody_is_needed_is_told_once,
    a_worklist_takes_over_what_waits,
);

async fn a_movement_has_one_posting_however_often_it_is_laid_out(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.lot_of(5).await;
    let first = met(&plant, Mode::Automatic).await;
    assert_eq!((first.behind, first.mode), (0, Mode::Automatic), "a new flow is at the end");
    plant.lot_of(6).await;
    plant.lot_of(7).await;
    assert_eq!(flow(&plant).await.behind, 2);
    assert!(lay_out(&plant, State::Waiting).await);
    assert_eq!(all(&plant).await.len(), 2);

    // Somebody who read the flow before is too late.
    let (rows, before) = (movements(&plant, 0).await, first);
    let again = rows.iter().map(|row| posting(row, State::Waiting)).collect();
    let ledger = &plant.ledger;
    let span = (before.position, 99);
    assert!(!ledger.lay_out_postings(before.id, before.version, span, again).await.unwrap());

    // From the beginning once more: only the one that was not told is new.
    let row = set(&plant, Mode::Automatic, Start::At(1)).await;
    assert_eq!(row.position, 0);
    lay_out(&plant, State::Waiting).await;
    let quantities: Vec<_> = all(&plant).await.iter().map(|row| row.quantity).collect();
    assert_eq!(quantities, [6, 7, 5]);
    let counts = flow(&plant).await.postings;
    assert_eq!((counts.len(), counts[0].state, counts[0].count), (1, State::Waiting, 3));

    // What lies between is passed over only by whoever says so.
    plant.lot_of(8).await;
    assert_eq!(set(&plant, Mode::Off, Start::At(99)).await.behind, 1);
    assert_eq!(set(&plant, Mode::Automatic, Start::Now).await.behind, 0);
}

async fn postings_of_a_part_have_their_turn_one_after_the_other(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    let lot = plant.lot_of(5).await;
    plant.book(take(&lot, 2)).await.unwrap();
    plant.book(mtm_core::command::Action::Receive(receive("P-2", 9))).await.unwrap();
    lay_out(&plant, State::Waiting).await;
    let first = due(&plant).await;
    let quantities: Vec<_> = all(&plant).await.iter().map(|row| row.quantity).collect();
    assert_eq!(quantities, [5, 2, 9]);
    assert_eq!(first.len(), 2, "one of each part");
    let version = begin(&plant, &first[0]).await.unwrap();
    assert_eq!(due(&plant).await.len(), 1, "the second one of the part waits for the first");
    let later = plant.clock.now().plus_micros(30 * SECOND);
    end(&plant, &first[0], version, Ended::NotNow { cause: "busy".to_owned(), due: later }).await;
    assert_eq!(due(&plant).await.len(), 1, "also while that waits to be tried again");
    let flow_row = flow(&plant).await;
    let next = plant.ledger.next_posting_due(flow_row.id).await.unwrap().unwrap();
    assert!(next < later, "the other part is due before");
    plant.clock.advance(30 * SECOND);
    let again = due(&plant).await;
    assert_eq!((again[0].id, again[0].attempts, again[0].is_fresh), (first[0].id, 1, true));
    // Whoever waits for a person stops nobody.
    let version = begin(&plant, &again[0]).await.unwrap();
    end(&plant, &again[0], version, no("no such part")).await;
    let rest: Vec<i64> = due(&plant).await.iter().map(|it| it.id).collect();
    let rows = all(&plant).await;
    assert_eq!(rest, [rows[1].id, rows[2].id]);
    assert_eq!(rows[0].state, State::Refused);
    assert_eq!(rows[0].code.as_deref(), Some("unknown_part"));
}

async fn what_was_begun_is_looked_up_before_it_is_sent_again(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    plant.lot_of(5).await;
    lay_out(&plant, State::Waiting).await;
    let first = due(&plant).await.remove(0);
    let version = begin(&plant, &first).await.unwrap();
    assert_eq!(begin(&plant, &first).await, None, "one sends");
    assert!(due(&plant).await.is_empty(), "it is left to whoever began");

    // Whoever began is gone.
    plant.clock.advance(61 * SECOND);
    let found = due(&plant).await.remove(0);
    assert!(!found.is_fresh);
    let looked = begin(&plant, &found).await.unwrap();
    assert_eq!(states(&plant).await, [State::Unknown]);
    end(&plant, &first, version, posted("LATE")).await;
    assert_eq!(states(&plant).await, [State::Unknown], "what comes late says nothing any more");
    end(&plant, &found, looked, Ended::NotThere).await;
    let again = due(&plant).await.remove(0);
    assert!(again.is_fresh, "it is not there, and is sent again");
    let version = begin(&plant, &again).await.unwrap();
    end(&plant, &again, version, posted("DOC-1")).await;
    let row = all(&plant).await.remove(0);
    assert_eq!((row.state, row.document.as_deref()), (State::Posted, Some("DOC-1")));
    assert!(due(&plant).await.is_empty());
    let query = PostingQuery { document: Some("DOC-1".to_owned()), limit: 5, ..Default::default() };
    assert_eq!(plant.ledger.postings(query).await.unwrap(), [row]);
}

async fn what_is_undone_before_it_was_posted_is_withdrawn_with_its_undo(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    let ids: Vec<MovementId> = {
        let mut ids = Vec::new();
        for quantity in [5, 6, 7] {
            plant.lot_of(quantity).await;
            ids.push(movements(&plant, 0).await.last().unwrap().id);
        }
        ids
    };
    lay_out(&plant, State::Waiting).await;
    // The first is posted, the second refused, the third still waits, and a fourth is laid out with its undo.
    let first = due(&plant).await.remove(0);
    let version = begin(&plant, &first).await.unwrap();
    end(&plant, &first, version, posted("DOC-1")).await;
    let second = due(&plant).await.remove(0);
    let version = begin(&plant, &second).await.unwrap();
    end(&plant, &second, version, no("no such part")).await;
    for id in &ids {
        plant.book(undo(*id)).await.unwrap();
    }
    lay_out(&plant, State::Waiting).await;
    let (there, waiting, withdrawn) = (State::Posted, State::Waiting, State::Withdrawn);
    let expected = [there, withdrawn, withdrawn, waiting, withdrawn, withdrawn];
    assert_eq!(states(&plant).await, expected);
    let only = due(&plant).await;
    assert_eq!(only.len(), 1);
    assert_eq!(only[0].reverses, Some(ids[0]), "only what is there is taken back there");
    let sheet = plant.ledger.posting_sheet(second.id).await.unwrap().unwrap();
    assert_eq!(sheet.history.last().unwrap().what, "withdrawn");

    // One that is refused while its undo waits behind it.
    let lot = plant.lot_of(9).await;
    plant.book(take(&lot, 4)).await.unwrap();
    let taken = movements(&plant, 0).await.last().unwrap().id;
    let undo = plant.book(undo(taken)).await.unwrap().movements[0].id;
    let flow = set(&plant, Mode::Automatic, Start::Here).await;
    let rows = movements(&plant, flow.position).await;
    let postings: Vec<_> = rows.iter().map(|row| posting(row, waiting)).collect();
    let (before, after) = postings.split_at(2);
    let ends = [before, after].map(|some| some.last().unwrap().sequence);
    let ledger = &plant.ledger;
    let span = (flow.position, ends[0]);
    assert!(ledger.lay_out_postings(flow.id, flow.version, span, before.to_vec()).await.unwrap());
    let sending = {
        for _ in 0..2 {
            let one = due(&plant).await.remove(0);
            let version = begin(&plant, &one).await.unwrap();
            end(&plant, &one, version, posted("DOC")).await;
        }
        due(&plant).await.remove(0)
    };
    assert_eq!(sending.movement, taken);
    let version = begin(&plant, &sending).await.unwrap();
    let span = (ends[0], ends[1]);
    assert!(ledger.lay_out_postings(flow.id, flow.version, span, after.to_vec()).await.unwrap());
    assert_eq!(states(&plant).await.last(), Some(&waiting), "nobody knows yet");
    end(&plant, &sending, version, no("not now, not ever")).await;
    let back = due(&plant).await.remove(0);
    assert_eq!(back.movement, undo);
    assert_eq!(begin(&plant, &back).await, None);
    assert_eq!(states(&plant).await[states(&plant).await.len() - 2..], [withdrawn, withdrawn]);
}

async fn what_people_decide_is_kept_and_audited(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    for quantity in [5, 6] {
        plant.lot_of(quantity).await;
    }
    lay_out(&plant, State::Refused).await;
    let rows = all(&plant).await;
    let before = plant.ledger.counts().await.unwrap().audit_entries;
    assert_eq!(decide(&plant, rows[0].id, Deed::Resend).await.unwrap(), State::Waiting);
    assert_eq!(due(&plant).await[0].id, rows[0].id);
    assert_eq!(due(&plant).await[0].request, None, "it is made anew");
    let denied = decide(&plant, rows[0].id, Deed::Done).await.unwrap_err();
    assert_eq!(refused(&denied), "posting_settled", "it is on its way");
    assert_eq!(decide(&plant, rows[1].id, Deed::Done).await.unwrap(), State::Posted);
    let sheet = plant.ledger.posting_sheet(rows[1].id).await.unwrap().unwrap();
    assert_eq!(sheet.row.document.as_deref(), Some("D-9"));
    let last = sheet.history.last().unwrap();
    assert_eq!((last.what.as_str(), last.by.as_deref()), ("done", Some("system")));
    assert_eq!(plant.ledger.counts().await.unwrap().audit_entries, before + 2);
    let stale = PostingDeed {
        deed: Deed::Accept,
        request: None,
        document: None,
        note: None,
        proved: false,
        version: Some(sheet.row.version - 1),
    };
    let denied = plant.ledger.decide_posting(rows[1].id, stale, UserId(1), None).await;
    assert_eq!(refused(&denied.unwrap_err()), "stale");
}

async fn an_undo_of_what_nobody_is_sure_of_is_left_to_somebody(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    let mut ids = Vec::new();
    for quantity in [5, 6] {
        plant.lot_of(quantity).await;
        ids.push(movements(&plant, 0).await.last().unwrap().id);
    }
    lay_out(&plant, State::Refused).await;
    let rows = all(&plant).await;
    decide(&plant, rows[0].id, Deed::Accept).await.unwrap();
    plant.book(undo(ids[0])).await.unwrap();
    lay_out(&plant, State::Waiting).await;
    let back = all(&plant).await.pop().unwrap();
    assert_eq!((back.state, back.code.as_deref()), (State::Refused, Some("undoes_accepted")));
    assert!(due(&plant).await.is_empty(), "nothing that was never there is taken back by itself");

    // The same where it is found out when the undo has its turn.
    decide(&plant, rows[1].id, Deed::Resend).await.unwrap();
    let sent = due(&plant).await.remove(0);
    let version = begin(&plant, &sent).await.unwrap();
    plant.book(undo(ids[1])).await.unwrap();
    lay_out(&plant, State::Waiting).await;
    let cause = "they cannot be asked".to_owned();
    end(&plant, &sent, version, Ended::Unsure { cause }).await;
    let undoes = due(&plant).await.remove(0);
    assert_eq!(begin(&plant, &undoes).await, None);
    let back = all(&plant).await.pop().unwrap();
    assert_eq!((back.state, back.code.as_deref()), (State::Refused, Some("undoes_unsure")));
}

async fn what_somebody_had_looked_up_goes_back_to_them(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    plant.lot_of(5).await;
    lay_out(&plant, State::Refused).await;
    let row = all(&plant).await.remove(0);
    assert_eq!(decide(&plant, row.id, Deed::Look).await.unwrap(), State::Unknown);
    let look = due(&plant).await.remove(0);
    assert!(!look.is_fresh);
    // It is not answered at first.
    let version = begin(&plant, &look).await.unwrap();
    let later = plant.clock.now().plus_micros(30 * SECOND);
    end(&plant, &look, version, Ended::Unknown { cause: "away".to_owned(), due: later }).await;
    plant.clock.advance(30 * SECOND);
    let look = due(&plant).await.remove(0);
    let version = begin(&plant, &look).await.unwrap();
    end(&plant, &look, version, Ended::NotThere).await;
    let row = all(&plant).await.remove(0);
    assert_eq!((row.state, row.code.as_deref()), (State::Refused, Some("not_there")));
    assert!(due(&plant).await.is_empty(), "nobody said that it is to be sent");
    assert_eq!(decide(&plant, row.id, Deed::Resend).await.unwrap(), State::Waiting);
}

async fn a_flow_that_is_not_automatic_sends_nothing(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    for quantity in [5, 6] {
        plant.lot_of(quantity).await;
    }
    lay_out(&plant, State::Waiting).await;
    let found = due(&plant).await.remove(0);
    set(&plant, Mode::Off, Start::Here).await;
    assert_eq!(begin(&plant, &found).await, None, "it was decided meanwhile");
    plant.lot_of(7).await;
    lay_out(&plant, State::Refused).await;
    let last = all(&plant).await.pop().unwrap();
    for deed in [Deed::Resend, Deed::Look] {
        let denied = decide(&plant, last.id, deed).await.unwrap_err();
        assert_eq!(refused(&denied), "posting_settled", "{deed:?}");
    }
    set(&plant, Mode::Automatic, Start::Here).await;
    let found = due(&plant).await.remove(0);
    assert!(begin(&plant, &found).await.is_some());
}

async fn what_no_system_can_be_asked_about_is_left_to_people(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = met(&plant, Mode::Automatic).await;
    for quantity in [5, 6] {
        plant.lot_of(quantity).await;
    }
    lay_out(&plant, State::Waiting).await;
    let sent = due(&plant).await.remove(0);
    begin(&plant, &sent).await.unwrap();
    let ledger = &plant.ledger;
    let later = plant.clock.now().plus_micros(SECOND);
    ledger.leave_postings_to_people(row.id, later).await.unwrap();
    assert_eq!(states(&plant).await, [State::Sending, State::Todo], "it may still be under way");
    let over = plant.clock.now().plus_micros(61 * SECOND);
    ledger.leave_postings_to_people(row.id, over).await.unwrap();
    assert_eq!(states(&plant).await, [State::Unsure, State::Todo]);
    let told = ledger.events_after(0, vec![EventType::IntegrationChanged], 10).await.unwrap();
    assert_eq!(told.len(), 1, "the bell rings once");
}

async fn that_somebody_is_needed_is_told_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Worklist).await;
    let told = async || {
        let types = vec![EventType::IntegrationChanged];
        plant.ledger.events_after(0, types, 10).await.unwrap()
    };
    plant.lot_of(5).await;
    lay_out(&plant, State::Todo).await;
    let events = told().await;
    assert_eq!((events.len(), events[0].subject.as_str()), (1, FLOW));
    assert_eq!(events[0].data["state"], "worklist");
    plant.lot_of(6).await;
    lay_out(&plant, State::Todo).await;
    assert_eq!(told().await.len(), 1, "one more is no news");
    for row in all(&plant).await {
        decide(&plant, row.id, Deed::Accept).await.unwrap();
    }
    plant.lot_of(7).await;
    lay_out(&plant, State::Todo).await;
    assert_eq!(told().await.len(), 2, "there was nothing to be done, and now there is");
}

async fn a_worklist_takes_over_what_waits(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    for quantity in [5, 6] {
        plant.lot_of(quantity).await;
    }
    lay_out(&plant, State::Waiting).await;
    let first = due(&plant).await.remove(0);
    let version = begin(&plant, &first).await.unwrap();
    let row = set(&plant, Mode::Worklist, Start::Here).await;
    assert_eq!(
        states(&plant).await,
        [State::Sending, State::Todo],
        "what is on its way ends first"
    );
    let cause = "busy".to_owned();
    end(&plant, &first, version, Ended::NotNow { cause, due: plant.clock.now() }).await;
    plant.ledger.waiting_to_worklist(row.id).await.unwrap();
    assert_eq!(states(&plant).await, [State::Todo, State::Todo]);
}
