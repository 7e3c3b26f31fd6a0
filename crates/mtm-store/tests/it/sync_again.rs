//! Postings of a program that is gone, and of a clock that was set back: each has its turn when it is sure that it
//! may have it, and not later.

use mtm_core::sync::{Deed, Mode, State};
use mtm_store::Clock as _;
use mtm_store::sync::Ended;

use crate::engine::{Engine, contract};
use crate::flows::{SECOND, all, begin, decide, due, end, flow, lay_out, met, no, states};
use crate::plant::Plant;

contract!(
    what_a_program_that_is_gone_was_sending_is_looked_up_after_the_time_it_may_take,
    at_once_is_at_once_also_after_the_clock_was_set_back,
);

async fn what_a_program_that_is_gone_was_sending_is_looked_up_after_the_time_it_may_take(
    engine: Engine,
) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    plant.lot_of(5).await;
    lay_out(&plant, State::Waiting).await;
    let first = due(&plant).await.remove(0);
    let flow = flow(&plant).await.id;
    let ledger = &plant.ledger;
    let hour = plant.clock.now().plus_micros(3_600 * SECOND);
    ledger.begin_posting(flow, first, None, hour).await.unwrap().unwrap();
    let sent = all(&plant).await[0].tried_at.unwrap();
    // Its system knows keys or not: the time is counted from when it was sent, and never gets longer.
    for (patience, due_after) in [(120, 120), (600, 120), (0, 0)] {
        plant.clock.advance(SECOND);
        let patience = std::time::Duration::from_secs(patience);
        ledger.orphaned_postings(flow, patience).await.unwrap();
        let row = all(&plant).await.remove(0);
        let expected = Some(sent.plus_micros(due_after * SECOND));
        assert_eq!((row.state, row.due_at), (State::Sending, expected), "{patience:?}");
        assert_eq!(due(&plant).await.len(), usize::from(due_after == 0));
    }
    assert!(!due(&plant).await[0].is_fresh, "it is looked up first");
}

async fn at_once_is_at_once_also_after_the_clock_was_set_back(engine: Engine) {
    let plant = Plant::on(engine).await;
    met(&plant, Mode::Automatic).await;
    plant.lot_of(5).await;
    lay_out(&plant, State::Waiting).await;
    let back = || plant.clock.advance(-3_600 * SECOND);
    back();
    let laid_out = due(&plant).await.remove(0);
    let version = begin(&plant, &laid_out).await.unwrap();
    end(&plant, &laid_out, version, Ended::NotThere).await;
    back();
    let to_be_sent = due(&plant).await.remove(0);
    assert!(to_be_sent.is_fresh);
    let version = begin(&plant, &to_be_sent).await.unwrap();
    end(&plant, &to_be_sent, version, no("no such part")).await;
    assert!(due(&plant).await.is_empty());
    assert_eq!(decide(&plant, to_be_sent.id, Deed::Resend).await.unwrap(), State::Waiting);
    back();
    assert_eq!((due(&plant).await.len(), states(&plant).await), (1, vec![State::Waiting]));
}
