//! News that are to be sent: laid on piles with the notice itself, sent as one message at a time.

use mtm_core::event::EventType;
use mtm_core::notice::{NoticeKind, NoticeWay};
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserId};
use mtm_store::notice::{Bundle, DuePile, NoticeAddress, PileFate, WayChange};
use mtm_store::record::{UserChanges, UserRecord};
use mtm_store::{Clock as _, PostError};
use serde_json::json;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, key};

contract!(
    who_wants_it_sent_has_it_on_their_pile_once,
    a_message_is_the_same_until_it_is_settled,
    what_becomes_of_a_message_is_said_at_its_way,
    a_pile_is_bounded_and_says_what_it_left_out,
    who_has_no_way_or_is_disabled_is_sent_nothing,
    how_the_mail_server_stands_is_said_once_for_all,
);

const SECOND: i64 = 1_000_000;

async fn somebody(plant: &Plant, name: &str) -> UserId {
    plant.person(name, Role::Lead).await.row
}

fn change(plant: &Plant, way: NoticeWay, kinds: &[NoticeKind]) -> WayChange {
    WayChange {
        id: plant.clock.fresh_uuid(),
        way,
        address: "anna@plant.example".to_owned(),
        kinds: kinds.to_vec(),
        sealed_secret: (way == NoticeWay::Webhook).then(|| vec![1, 2, 3]),
    }
}

async fn choose(plant: &Plant, who: UserId, way: NoticeWay, kinds: &[NoticeKind]) -> NoticeAddress {
    let change = change(plant, way, kinds);
    plant.ledger.set_notice_way(who, change, None).await.unwrap().value
}

async fn happen(plant: &Plant, kind: EventType, subject: &str) {
    plant.ledger.tell(kind, subject.to_owned(), json!({ "message": subject })).await.unwrap();
    take(plant).await;
}

async fn take(plant: &Plant) {
    while plant.ledger.take_notices(1_000).await.unwrap() {}
}

async fn due(plant: &Plant, way: NoticeWay) -> Vec<DuePile> {
    plant.ledger.due_piles(way, plant.clock.now(), 16).await.unwrap()
}

async fn bundle(plant: &Plant, pile: &DuePile, most: u16) -> Option<Bundle> {
    plant.ledger.bundle(pile.row, most).await.unwrap()
}

fn subjects(bundle: &Bundle) -> Vec<&str> {
    bundle.notices.iter().map(|notice| notice.subject.as_str()).collect()
}

async fn settle(plant: &Plant, pile: &DuePile, bundle: &Bundle, fate: PileFate) {
    plant.ledger.settle_pile(pile.row, bundle.up_to, fate, plant.clock.now()).await.unwrap();
}

async fn mine(plant: &Plant, who: UserId) -> NoticeAddress {
    plant.ledger.notice_ways(who).await.unwrap().remove(0)
}

async fn who_wants_it_sent_has_it_on_their_pile_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant).await;
    let (anna, bob) = (somebody(&plant, "anna").await, somebody(&plant, "bob").await);
    choose(&plant, anna, NoticeWay::Mail, &[NoticeKind::Truth, NoticeKind::Minimum]).await;
    choose(&plant, anna, NoticeWay::Webhook, &[NoticeKind::Truth]).await;
    choose(&plant, bob, NoticeWay::Mail, &[NoticeKind::Hold]).await;
    let other = plant.open_another().await;
    for n in 0..3 {
        plant.ledger.tell(EventType::TruthViolated, format!("t{n}"), json!({})).await.unwrap();
        plant.ledger.tell(EventType::StockBelowMinimum, format!("m{n}"), json!({})).await.unwrap();
    }
    let look = async |ledger: &mtm_store::Ledger| {
        while matches!(ledger.take_notices(2).await, Ok(true)) {}
    };
    tokio::join!(look(&plant.ledger), look(&other), look(&plant.ledger));
    take(&plant).await;
    let mail = due(&plant, NoticeWay::Mail).await;
    assert_eq!((mail.len(), mail[0].user, mail[0].name.as_str()), (1, anna, "anna"));
    assert_eq!(mail[0].sealed_secret, None);
    let whole = bundle(&plant, &mail[0], 50).await.unwrap();
    assert_eq!(subjects(&whole), ["t0", "m0", "t1", "m1", "t2", "m2"]);
    let webhook = due(&plant, NoticeWay::Webhook).await.remove(0);
    assert_eq!(webhook.sealed_secret, Some(vec![1, 2, 3]));
    assert_eq!(subjects(&bundle(&plant, &webhook, 50).await.unwrap()), ["t0", "t1", "t2"]);
    // What is meant for one person is sent to nobody else.
    let lot = plant.lot_of(5).await;
    plant.ledger.follow_lot(bob, lot.clone(), true, None).await.unwrap();
    choose(&plant, anna, NoticeWay::Mail, &[NoticeKind::Hold]).await;
    let hold = mtm_core::command::PlaceHold {
        subject: mtm_core::command::HoldSubject::Lot(lot.clone()),
        reason: "quality".parse().unwrap(),
        notes: None,
    };
    plant.book(mtm_core::command::Action::PlaceHold(hold)).await.unwrap();
    take(&plant).await;
    assert_eq!(mine(&plant, anna).await.waiting, 6, "the hold is none of hers");
    let bobs = due(&plant, NoticeWay::Mail).await.into_iter().find(|it| it.user == bob).unwrap();
    let news = bundle(&plant, &bobs, 50).await.unwrap();
    assert_eq!(subjects(&news), [lot.as_str()]);
    assert_eq!(news.notices[0].theirs.map(|it| (it.lots, it.received)), Some((1, false)));
    other.close().await;
}

async fn a_message_is_the_same_until_it_is_settled(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant).await;
    let anna = somebody(&plant, "anna").await;
    choose(&plant, anna, NoticeWay::Mail, &[NoticeKind::Truth]).await;
    for subject in ["a", "b", "c"] {
        happen(&plant, EventType::TruthViolated, subject).await;
    }
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    let first = bundle(&plant, &pile, 2).await.unwrap();
    assert_eq!(subjects(&first), ["a", "b"]);
    // Whoever was killed after sending it sends the same, whatever came since.
    happen(&plant, EventType::TruthViolated, "d").await;
    assert_eq!(bundle(&plant, &pile, 50).await.as_ref(), Some(&first));
    let other = plant.open_another().await;
    assert_eq!(other.bundle(pile.row, 50).await.unwrap().as_ref(), Some(&first));
    other.close().await;
    let next = plant.clock.now().plus_micros(60 * SECOND);
    settle(&plant, &pile, &first, PileFate::Taken { next }).await;
    // Another one who had sent it as well settles nothing of the next.
    assert!(due(&plant, NoticeWay::Mail).await.is_empty(), "not before the minute is over");
    assert_eq!(plant.ledger.next_pile_due(NoticeWay::Mail).await.unwrap(), Some(next));
    plant.clock.advance(61 * SECOND);
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    let second = bundle(&plant, &pile, 50).await.unwrap();
    assert_eq!(subjects(&second), ["c", "d"]);
    settle(&plant, &pile, &first, PileFate::Taken { next }).await;
    assert_eq!(bundle(&plant, &pile, 50).await.as_ref(), Some(&second));
    settle(&plant, &pile, &second, PileFate::Empty).await;
    assert_eq!(bundle(&plant, &pile, 50).await, None);
    assert_eq!(plant.ledger.next_pile_due(NoticeWay::Mail).await.unwrap(), None);
}

async fn what_becomes_of_a_message_is_said_at_its_way(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant).await;
    let anna = somebody(&plant, "anna").await;
    choose(&plant, anna, NoticeWay::Mail, &[NoticeKind::Truth]).await;
    happen(&plant, EventType::TruthViolated, "a").await;
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    let message = bundle(&plant, &pile, 50).await.unwrap();
    let started = plant.clock.now();
    let later = started.plus_micros(5 * SECOND);
    let again = |error: &str| PileFate::Again { error: error.to_owned(), due: later };
    settle(&plant, &pile, &message, again(&"x".repeat(600))).await;
    let way = mine(&plant, anna).await;
    assert_eq!((way.waiting, way.failing_since.is_some()), (1, true));
    assert_eq!(way.last_error.map(|error| error.len()), Some(500));
    assert!(due(&plant, NoticeWay::Mail).await.is_empty());
    plant.clock.advance(6 * SECOND);
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    assert_eq!((pile.attempts, pile.failing_since), (1, way.failing_since));

    // Given up: it is counted, and what comes next goes on.
    let gone = PileFate::GivenUp { error: "554 no".to_owned() };
    settle(&plant, &pile, &message, gone).await;
    let way = mine(&plant, anna).await;
    assert_eq!((way.waiting, way.passed_over, way.last_error.as_deref()), (0, 1, Some("554 no")));
    happen(&plant, EventType::TruthViolated, "b").await;
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    let message = bundle(&plant, &pile, 50).await.unwrap();
    assert_eq!((subjects(&message), pile.attempts), (vec!["b"], 0));

    // Stopped: nothing goes there until the address is saved again, and then all that waits does.
    let stop = PileFate::Stopped { error: "550 nobody".to_owned() };
    settle(&plant, &pile, &message, stop).await;
    plant.clock.advance(86_400 * SECOND);
    happen(&plant, EventType::TruthViolated, "c").await;
    assert!(due(&plant, NoticeWay::Mail).await.is_empty());
    assert!(mine(&plant, anna).await.stopped_at.is_some());
    let states = plant.ledger.pile_states().await.unwrap();
    assert_eq!((states[0].way, states[0].people, states[0].stopped), (NoticeWay::Mail, 1, 1));
    assert_eq!((states[0].waiting, states[0].failing_since, states[0].passed_over), (0, None, 1));
    choose(&plant, anna, NoticeWay::Mail, &[NoticeKind::Truth]).await;
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    assert_eq!(subjects(&bundle(&plant, &pile, 50).await.unwrap()), ["b"], "the one under way");
    let states = plant.ledger.pile_states().await.unwrap();
    assert_eq!((states[0].stopped, states[0].waiting), (0, 2));
    assert!(states[0].oldest_waiting.unwrap() > started);

    // Held: nothing counts as tried.
    let message = bundle(&plant, &pile, 50).await.unwrap();
    let due_at = plant.clock.now().plus_micros(SECOND);
    let held = PileFate::Held { error: "no key".to_owned(), due: due_at };
    settle(&plant, &pile, &message, held).await;
    plant.clock.advance(2 * SECOND);
    let pile = due(&plant, NoticeWay::Mail).await.remove(0);
    assert_eq!((pile.attempts, pile.failing_since), (0, None));
    let next = plant.clock.now();
    settle(&plant, &pile, &message, PileFate::Taken { next }).await;
    let way = mine(&plant, anna).await;
    assert_eq!((way.waiting, way.failing_since, way.last_error), (1, None, None));
    assert!(way.delivered_at.is_some());
}

async fn a_pile_is_bounded_and_says_what_it_left_out(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant).await;
    let anna = somebody(&plant, "anna").await;
    choose(&plant, anna, NoticeWay::Mail, &[NoticeKind::Truth]).await;
    for n in 0..1_002 {
        plant.ledger.tell(EventType::TruthViolated, format!("{n}"), json!({})).await.unwrap();
    }
    take(&plant).await;
    let way = mine(&plant, anna).await;
    assert_eq!((way.waiting, way.passed_over), (1_000, 2));
    let all = plant.ledger.notices(anna, NoticeKind::ALL.to_vec(), None, 1_002).await.unwrap();
    assert_eq!(all.len(), 1_002, "all of them stand in the program");
    let far = plant.clock.now().plus_micros(86_400 * SECOND);
    assert_eq!(plant.ledger.purge_notices(far).await.unwrap(), 1_002);
    assert_eq!(mine(&plant, anna).await.waiting, 0, "what is no news any more is not sent");
}

async fn who_has_no_way_or_is_disabled_is_sent_nothing(engine: Engine) {
    let plant = Plant::on(engine).await;
    take(&plant).await;
    let anna = somebody(&plant, "anna").await;
    let made = plant.ledger.set_notice_way(
        anna,
        change(&plant, NoticeWay::Webhook, &[NoticeKind::Truth]),
        Some(key("way")),
    );
    made.await.unwrap();
    let again = plant.ledger.set_notice_way(
        anna,
        change(&plant, NoticeWay::Webhook, &[NoticeKind::Truth]),
        Some(key("way")),
    );
    assert!(matches!(again.await, Err(PostError::Rejected(_))), "its secret was shown");
    happen(&plant, EventType::TruthViolated, "a").await;
    let users = plant.ledger.users().await.unwrap();
    let user: UserRecord = users.into_iter().find(|user| user.row == anna).unwrap();
    let disable = |disabled| UserChanges { disabled: Some(disabled), ..UserChanges::default() };
    plant.ledger.edit_user(UserId(1), user.id, None, disable(true), None).await.unwrap();
    assert!(due(&plant, NoticeWay::Webhook).await.is_empty());
    happen(&plant, EventType::TruthViolated, "b").await;
    plant.ledger.edit_user(UserId(1), user.id, None, disable(false), None).await.unwrap();
    assert_eq!(mine(&plant, anna).await.waiting, 1, "what happened meanwhile is not for them");

    let pile = due(&plant, NoticeWay::Webhook).await.remove(0);
    let message = bundle(&plant, &pile, 50).await.unwrap();
    plant.ledger.remove_notice_way(anna, NoticeWay::Webhook, None).await.unwrap();
    let twice = plant.ledger.remove_notice_way(anna, NoticeWay::Webhook, None).await;
    assert!(matches!(twice, Err(PostError::Rejected(_))));
    // It was under way when it was removed.
    let next = Timestamp::from_micros(0);
    settle(&plant, &pile, &message, PileFate::Taken { next }).await;
    assert_eq!(bundle(&plant, &pile, 50).await, None);
    happen(&plant, EventType::TruthViolated, "c").await;
    assert!(due(&plant, NoticeWay::Webhook).await.is_empty());
}

async fn how_the_mail_server_stands_is_said_once_for_all(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    assert_eq!(ledger.mail_server().await.unwrap(), None);
    let at = |seconds: i64| Timestamp::from_micros(seconds * SECOND);
    ledger.mail_server_seen(at(1)).await.unwrap();
    ledger.mail_server_told(at(2), Some("refused".to_owned())).await.unwrap();
    ledger.mail_server_told(at(3), Some("no answer".to_owned())).await.unwrap();
    ledger.mail_server_seen(at(4)).await.unwrap();
    let server = ledger.mail_server().await.unwrap().unwrap();
    assert_eq!((server.seen_at, server.failing_since), (at(4), Some(at(2))));
    assert_eq!((server.last_error.as_deref(), server.answered_at), (Some("no answer"), None));
    ledger.mail_server_told(at(5), None).await.unwrap();
    let server = ledger.mail_server().await.unwrap().unwrap();
    assert_eq!((server.answered_at, server.failing_since), (Some(at(5)), None));
    assert_eq!(server.last_error, None);
}
