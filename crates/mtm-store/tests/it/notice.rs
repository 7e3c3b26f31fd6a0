//! News for people: taken out of the outbox once each, for those they are meant for.

use mtm_core::command::{Action, HoldSubject, Move, Pick, PlaceHold, ReleaseHold};
use mtm_core::event::EventType;
use mtm_core::notice::NoticeKind;
use mtm_core::policy::Role;
use mtm_core::word::{HoldId, LotNumber, Timestamp, UserId};
use mtm_store::notice::Notice;
use mtm_store::{Clock as _, Ledger};
use serde_json::json;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, location, of_lot, part, receive, to_location};

contract!(
    news_are_taken_once_by_whoever_looks,
    a_hold_is_news_for_whoever_received_the_lot,
    what_was_read_stays_read_and_what_is_muted_is_not_counted,
    old_news_are_let_go_of,
    a_hold_on_a_part_or_a_place_is_news_for_whose_lots_stand_there,
    who_follows_a_lot_is_told_when_it_is_free_again_or_used_up,
    what_is_not_kept_any_more_is_passed_over_and_what_is_news_is_kept,
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
    assert_eq!(subjects(&all(&plant).await), [lot.as_str()], "no lot of that part is anybody's");
    let others = plant.ledger.notices(UserId(2), NoticeKind::ALL.to_vec(), None, 10).await.unwrap();
    assert!(others.is_empty(), "{others:?}");
}

async fn hold(plant: &Plant, subject: HoldSubject) -> HoldId {
    let hold = PlaceHold { subject, reason: "quality".parse().unwrap(), notes: None };
    HoldId::placed_by(plant.book(Action::PlaceHold(hold)).await.unwrap().id)
}

async fn release(plant: &Plant, hold: HoldId) {
    plant.book(Action::ReleaseHold(ReleaseHold { hold, notes: None })).await.unwrap();
}

/// What somebody is told: of what, how many lots of theirs it concerns, and whether they received one.
async fn told(plant: &Plant, who: UserId) -> Vec<(String, NoticeKind, Option<(u64, bool)>)> {
    let notices = plant.ledger.notices(who, NoticeKind::ALL.to_vec(), None, 100).await.unwrap();
    let theirs = |it: &Notice| it.theirs.map(|theirs| (theirs.lots, theirs.received));
    notices.iter().map(|it| (it.subject.clone(), it.kind, theirs(it))).collect()
}

async fn a_hold_on_a_part_or_a_place_is_news_for_whose_lots_stand_there(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant.ledger).await;
    let anna = plant.person("anna", Role::Lead).await.row;
    let bob = plant.person("bob", Role::Lead).await.row;
    let mine = [plant.lot_of(5).await, plant.lot_of(5).await];
    plant.book(to_location(&mine[1], None, "A-2")).await.unwrap();
    plant.ledger.follow_lot(anna, mine[0].clone(), true, None).await.unwrap();
    // Whoever received a lot may follow it as well; it is one lot all the same.
    plant.ledger.follow_lot(ME, mine[0].clone(), true, None).await.unwrap();
    hold(&plant, HoldSubject::Part(part("P-1"))).await;
    hold(&plant, HoldSubject::Location(location("A-1"))).await;
    hold(&plant, HoldSubject::Location(location("A-2"))).await;
    hold(&plant, HoldSubject::Lot(mine[0].clone())).await;
    take(&plant.ledger).await;
    let news = |subject: &str, lots, received| {
        (subject.to_owned(), NoticeKind::Hold, Some((lots, received)))
    };
    let lot = mine[0].as_str();
    assert_eq!(
        told(&plant, ME).await,
        [news(lot, 1, true), news("A-2", 1, true), news("A-1", 1, true), news("P-1", 2, true)]
    );
    assert_eq!(
        told(&plant, anna).await,
        [news(lot, 1, false), news("A-1", 1, false), news("P-1", 1, false)]
    );
    assert_eq!(told(&plant, bob).await, []);
    assert_eq!(plant.ledger.unread_notices(anna, NoticeKind::ALL.to_vec()).await.unwrap(), 3);
}

async fn who_follows_a_lot_is_told_when_it_is_free_again_or_used_up(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant.ledger).await;
    let anna = plant.person("anna", Role::Lead).await.row;
    let (lot, other) = (plant.lot_of(5).await, plant.lot_of(5).await);
    let follow = async |lot: &LotNumber, follow| {
        plant.ledger.follow_lot(anna, lot.clone(), follow, None).await.unwrap().value
    };
    assert!(follow(&lot, true).await && !follow(&lot, true).await, "once");
    assert!(plant.ledger.follows_lot(anna, lot.clone()).await.unwrap());
    let followed = plant.ledger.followed_lots(anna).await.unwrap();
    assert_eq!((followed.len(), &followed[0].lot, followed[0].part.as_str()), (1, &lot, "P-1"));
    let missing = LotNumber::parse("9999999999").unwrap();
    assert!(plant.ledger.follow_lot(anna, missing, true, None).await.is_err());

    let held = hold(&plant, HoldSubject::Part(part("P-1"))).await;
    release(&plant, held).await;
    // It stands in two places, and then in one: it is not used up before it stands in none.
    plant.book(to_location(&lot, Some(2), "A-2")).await.unwrap();
    let pick = Pick { location: Some(location("A-1")), ..of_lot(&lot) };
    let rest = Move {
        pick,
        quantity: None,
        to_operation: None,
        to_location: Some(location("A-2")),
        notes: None,
    };
    plant.book(Action::Move(rest)).await.unwrap();
    take(&plant.ledger).await;
    let told_of = async || -> Vec<_> {
        told(&plant, anna).await.into_iter().map(|(subject, kind, _)| (subject, kind)).collect()
    };
    let part = ("P-1".to_owned(), NoticeKind::Lot);
    let held = ("P-1".to_owned(), NoticeKind::Hold);
    assert_eq!(told_of().await, [part.clone(), held.clone()]);
    plant.book(crate::plant::take(&lot, 5)).await.unwrap();
    plant.book(crate::plant::take(&other, 5)).await.unwrap();
    take(&plant.ledger).await;
    let gone = (lot.to_string(), NoticeKind::Lot);
    assert_eq!(told_of().await, [gone, part, held], "nobody follows the other one");
    let news = plant.ledger.notices(ME, vec![NoticeKind::Lot], None, 10).await.unwrap();
    assert!(news.is_empty(), "who received a lot does not follow it: {news:?}");
    assert!(follow(&lot, false).await && !follow(&lot, false).await);
    assert!(plant.ledger.followed_lots(anna).await.unwrap().is_empty());
}

async fn what_is_not_kept_any_more_is_passed_over_and_what_is_news_is_kept(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant.ledger).await;
    plant.lot_of(5).await;
    tell(&plant, EventType::TruthViolated, "first").await;
    plant.lot_of(5).await;
    all(&plant).await;
    let far = plant.clock.now().plus_micros(86_400 * 1_000_000);
    plant.ledger.purge_events(far).await.unwrap();
    take(&plant.ledger).await;
    assert_eq!(subjects(&all(&plant).await), ["first"], "it was kept until it was taken");
    // Now nothing holds the events: the next look begins where the outbox does.
    for _ in 0..4 {
        plant.lot_of(5).await;
    }
    // A question waits until all of them have their place.
    all(&plant).await;
    plant.ledger.purge_events(far.plus_micros(86_400 * 1_000_000)).await.unwrap();
    tell(&plant, EventType::TruthViolated, "second").await;
    let looks = async {
        let mut looks = 0;
        while plant.ledger.take_notices(1).await.unwrap() {
            looks += 1;
        }
        looks
    };
    assert!(looks.await <= 2, "what is gone is not walked through");
    assert_eq!(subjects(&all(&plant).await), ["second", "first"]);
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
