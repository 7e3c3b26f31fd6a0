//! News for people: taken out of the outbox once each, for those they are meant for.

use mtm_core::command::{Action, HoldSubject, PlaceHold};
use mtm_core::event::EventType;
use mtm_core::notice::NoticeKind;
use mtm_core::word::{Timestamp, UserId};
use mtm_store::Ledger;
use mtm_store::notice::Notice;
use serde_json::json;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, part, receive};

contract!(
    news_are_taken_once_by_whoever_looks,
    a_hold_is_news_for_whoever_received_the_lot,
    what_was_read_stays_read_and_what_is_muted_is_not_counted,
    old_news_are_let_go_of,
);

const ME: UserId = UserId(1);

async fn take(ledger: &Ledger) {
    while ledger.take_notices(3).await.unwrap() {}
}

async fn tell(plant: &Plant, kind: EventType, subject: &str) {
    plant.ledger.tell(kind, subject.to_owned(), json!({ "message": subject })).await.unwrap();
}

async fn all(plant: &Plant) -> Vec<Notice> {
    plant.ledger.notices(ME, NoticeKind::ALL.to_vec(), None, 100).await.unwrap()
}

fn subjects(notices: &[Notice]) -> Vec<&str> {
    notices.iter().map(|notice| notice.subject.as_str()).collect()
}

async fn news_are_taken_once_by_whoever_looks(engine: Engine) {
    let plant = Plant::on(engine).await;
    tell(&plant, EventType::TruthViolated, "before").await;
    take(&plant.ledger).await;
    assert!(all(&plant).await.is_empty(), "that was told before anybody followed");
    let other = plant.open_another().await;
    for n in 0..6 {
        plant.lot_of(5).await;
        tell(&plant, EventType::TruthViolated, &format!("truth {n}")).await;
        tell(&plant, EventType::TruthRestored, &format!("truth {n}")).await;
        tell(&plant, EventType::StockBelowMinimum, &format!("part {n}")).await;
    }
    let look = async |ledger: &Ledger| while matches!(ledger.take_notices(3).await, Ok(true)) {};
    tokio::join!(look(&plant.ledger), look(&other), look(&plant.ledger));
    take(&other).await;
    take(&plant.ledger).await;
    let notices = all(&plant).await;
    let expected: Vec<String> =
        (0..6).rev().flat_map(|n| [format!("part {n}"), format!("truth {n}")]).collect();
    assert_eq!(subjects(&notices), expected);
    assert_eq!(notices[1].kind, NoticeKind::Truth);
    assert_eq!(notices[1].data["message"], "truth 5");
    let events =
        plant.ledger.events_after(0, vec![EventType::StockBelowMinimum], 100).await.unwrap();
    let newest = events.last().unwrap();
    assert_eq!((notices[0].position, notices[0].event), (newest.sequence, newest.id));
    // Page by page, and only what is wanted.
    let page =
        plant.ledger.notices(ME, vec![NoticeKind::Truth], Some(notices[1].position), 2).await;
    assert_eq!(subjects(&page.unwrap()), ["truth 4", "truth 3"]);
    other.close().await;
}

async fn a_hold_is_news_for_whoever_received_the_lot(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant.ledger).await;
    let lot = plant.lot_of(5).await;
    for subject in [HoldSubject::Lot(lot.clone()), HoldSubject::Part(part("P-2"))] {
        let hold = PlaceHold { subject, reason: "quality".parse().unwrap(), notes: None };
        plant.book(Action::PlaceHold(hold)).await.unwrap();
    }
    plant.book(Action::Receive(receive("P-1", 1))).await.unwrap();
    take(&plant.ledger).await;
    assert_eq!(subjects(&all(&plant).await), [lot.as_str()], "a part belongs to nobody");
    let others = plant.ledger.notices(UserId(2), NoticeKind::ALL.to_vec(), None, 10).await.unwrap();
    assert!(others.is_empty(), "{others:?}");
}

async fn what_was_read_stays_read_and_what_is_muted_is_not_counted(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant.ledger).await;
    for subject in ["a", "b", "c"] {
        tell(&plant, EventType::TruthViolated, subject).await;
    }
    take(&plant.ledger).await;
    let notices = all(&plant).await;
    let unread =
        async |kinds: &[NoticeKind]| plant.ledger.unread_notices(ME, kinds.to_vec()).await.unwrap();
    assert_eq!(unread(&NoticeKind::ALL).await, 3);
    assert_eq!(unread(&[NoticeKind::Hold]).await, 0);
    plant.ledger.notices_read(ME, notices[1].position).await.unwrap();
    assert_eq!(unread(&NoticeKind::ALL).await, 1);
    plant.ledger.notices_read(ME, notices[2].position).await.unwrap();
    assert_eq!(unread(&NoticeKind::ALL).await, 1, "what was read stays read");
    let muted = vec![NoticeKind::Minimum, NoticeKind::Hold];
    plant.ledger.mute_notices(ME, muted.clone(), None).await.unwrap();
    let reader = plant.ledger.notice_reader(ME).await.unwrap();
    assert_eq!((reader.read_to, reader.muted), (notices[1].position, muted));
    plant.ledger.mute_notices(ME, Vec::new(), None).await.unwrap();
    assert!(plant.ledger.notice_reader(ME).await.unwrap().muted.is_empty());
    assert_eq!(plant.ledger.notice_reader(UserId(2)).await.unwrap().read_to, 0);
}

async fn old_news_are_let_go_of(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant.ledger).await;
    tell(&plant, EventType::TruthViolated, "old").await;
    plant.clock.advance(1_000_000);
    tell(&plant, EventType::TruthViolated, "young").await;
    take(&plant.ledger).await;
    let young = all(&plant).await[0].at;
    assert_eq!(plant.ledger.purge_notices(Timestamp::from_micros(0)).await.unwrap(), 0);
    assert_eq!(plant.ledger.purge_notices(young).await.unwrap(), 1);
    assert_eq!(subjects(&all(&plant).await), ["young"]);
}
