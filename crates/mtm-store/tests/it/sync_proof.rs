//! What another system's ledger shows of what was to be posted there.

use mtm_core::sync::{Mode, State};
use mtm_core::word::Timestamp;
use mtm_store::sync::{Claim, Start};

use crate::engine::{Engine, contract};
use crate::flows::{SECOND, all, begin, due, end, lay_out, met, no, posted, set, states};
use crate::plant::Plant;

contract!(what_is_said_to_be_there_is_shown_before_what_is_not, a_transaction_shows_one_posting,);

async fn what_is_said_to_be_there_is_shown_before_what_is_not(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = met(&plant, Mode::Automatic).await;
    for quantity in [5, 5, 5] {
        plant.lot_of(quantity).await;
    }
    lay_out(&plant, State::Waiting).await;
    let first = due(&plant).await.remove(0);
    let version = begin(&plant, &first).await.unwrap();
    end(&plant, &first, version, no("not now, not ever")).await;
    let second = due(&plant).await.remove(0);
    let version = begin(&plant, &second).await.unwrap();
    let unproved = async |said: bool| {
        let since = Timestamp::from_micros(0);
        let open = plant.ledger.unproved_postings(row.id, said, 0, since, 10).await.unwrap();
        open.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert!(unproved(false).await.is_empty(), "an equal one is on its way: it may be that one's");
    end(&plant, &second, version, posted("DOC-1")).await;
    assert_eq!(unproved(true).await, [second.id]);
    assert_eq!(unproved(false).await, [first.id], "and not the third, which waits");
}

async fn a_transaction_shows_one_posting(engine: Engine) {
    let plant = Plant::on(engine).await;
    let row = met(&plant, Mode::Worklist).await;
    for quantity in [5, 5, 5] {
        plant.lot_of(quantity).await;
    }
    lay_out(&plant, State::Todo).await;
    let rows = all(&plant).await;
    let ledger = &plant.ledger;
    let since = Timestamp::from_micros(0);
    let open = ledger.unproved_postings(row.id, false, 0, since, 10).await.unwrap();
    assert_eq!(open.len(), 3);
    let claim = |posting: i64, ids: &[i64]| Claim {
        posting,
        transactions: ids.to_vec(),
        document: Some("PO-7".to_owned()),
    };
    let claims = vec![claim(rows[0].id, &[10, 11]), claim(rows[1].id, &[11])];
    assert_eq!(ledger.claim_transactions("visual".to_owned(), claims).await.unwrap(), 1);
    let again = vec![claim(rows[0].id, &[12])];
    assert_eq!(ledger.claim_transactions("visual".to_owned(), again).await.unwrap(), 0);
    assert_eq!(states(&plant).await, [State::Posted, State::Todo, State::Todo]);
    assert_eq!(ledger.claimed_transactions("visual".to_owned(), 11).await.unwrap(), [11]);
    let sheet = ledger.posting_sheet(rows[0].id).await.unwrap().unwrap();
    assert_eq!(sheet.shown_by, [10, 11]);
    assert_eq!(sheet.row.document.as_deref(), Some("PO-7"));
    assert!(sheet.row.proved_at.is_some());
    assert_eq!(ledger.unproved_postings(row.id, false, 0, since, 10).await.unwrap().len(), 2);

    // What was only compared goes after forty days, and what was posted stays.
    set(&plant, Mode::Shadow, Start::Here).await;
    plant.lot_of(8).await;
    lay_out(&plant, State::Shadow).await;
    let shadow = all(&plant).await.last().unwrap().id;
    let claims = vec![claim(shadow, &[20])];
    assert_eq!(ledger.claim_transactions("visual".to_owned(), claims).await.unwrap(), 1);
    assert!(!ledger.sweep_postings().await.unwrap());
    plant.clock.advance(41 * 86_400 * SECOND);
    assert!(ledger.sweep_postings().await.unwrap());
    assert!(!ledger.sweep_postings().await.unwrap());
    assert_eq!(all(&plant).await.len(), 3);
}
