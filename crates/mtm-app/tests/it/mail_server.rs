//! News by mail while the mail server is away, silent or paused: everything comes in the end, as few mails, and
//! one whose fate nobody knows comes again as the same one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mtm_app::integration::IntegrationKind;
use mtm_core::guard::Hold;
use mtm_core::notice::NoticeWay;
use mtm_testkit::smtp::{At, Say};

use crate::people::{ANNA, TRUTH, Told, connected, mail_server, mails, smtp};

#[tokio::test]
async fn a_mail_server_that_is_away_is_seen_and_everything_comes_when_it_is_back() {
    let away = Arc::new(AtomicBool::new(true));
    let is_away = Arc::clone(&away);
    let server = smtp(move |at, _| match at {
        At::Connect if is_away.load(Ordering::SeqCst) => Say::HangUp,
        _ => Say::Yes,
    });
    let plant = Told::start(Some(&server), &[]).await;
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    for n in 0..60 {
        plant.happen(&format!("bucket {n} differs")).await;
    }
    connected(&server, 4).await;
    let telling = plant.app.telling().await.unwrap();
    let state = telling.mail.unwrap();
    assert!(state.failing_since.is_some() && state.last_error.is_some(), "{state:?}");
    assert_eq!(telling.piles[0].waiting, 60);
    let way = plant.state(|_| true).await;
    assert_eq!((way.failing_since, way.last_error), (None, None), "anna has no part in it");
    away.store(false, Ordering::SeqCst);
    let taken = mails(&server, 2).await;
    let text: String = taken.iter().map(|mail| mail.text.as_str()).collect();
    for n in 0..60 {
        assert_eq!(text.matches(&format!("\nbucket {n} differs\n")).count(), 1, "{n}: {text}");
    }
    plant.state(|way| way.waiting == 0).await;
    let telling = plant.app.telling().await.unwrap().mail.unwrap();
    assert_eq!((telling.failing_since, telling.last_error), (None, None));
    assert!(telling.answered_at.is_some());
    assert_eq!(server.taken().len(), 2, "sixty news are two mails");
    plant.stop().await;
}

#[tokio::test]
async fn a_paused_mail_server_is_not_called_and_everything_comes_when_it_is_resumed() {
    let server = smtp(|_, _| Say::Yes);
    let plant = Told::made(Some(mail_server(&server)), &[]).await;
    let hold = async |hold, reason: &str| {
        let (app, anna) = (&plant.app, &plant.anna);
        app.hold_integration(anna, "mail", hold, reason.to_owned(), None).await.unwrap();
    };
    let mut failures = 0;
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    hold(Hold::Open, "the server moves").await;
    for n in 0..2 {
        plant.happen(&format!("bucket {n} differs")).await;
        assert!(!plant.relay.mail_step(&mut failures).await.unwrap());
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(plant.state(|_| true).await.waiting, 2);
    let shown = plant.app.integrations().await.unwrap().remove(0);
    assert_eq!((shown.kind, shown.guard.hold), (IntegrationKind::Mail, Hold::Open));
    hold(Hold::Automatic, "").await;
    while plant.relay.mail_step(&mut failures).await.unwrap() {}
    let taken = server.taken();
    assert_eq!(taken.len(), 1, "{taken:#?}");
    for n in 0..2 {
        assert!(taken[0].text.contains(&format!("\nbucket {n} differs\n")), "{}", taken[0].text);
    }
    assert_eq!((plant.state(|_| true).await.waiting, failures), (0, 0));
}

#[tokio::test]
async fn a_mail_server_that_falls_silent_is_given_up_and_the_mail_comes_again_as_the_same_one() {
    let tries = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let server = smtp(move |at, _| match (at, count.load(Ordering::SeqCst)) {
        (At::Connect, 0) | (At::Message, 1) => {
            count.fetch_add(1, Ordering::SeqCst);
            Say::Silence
        }
        _ => Say::Yes,
    });
    let (connect, take) = (Duration::from_secs(2), Duration::from_secs(2));
    let mail = mail_server(&server).within(connect, take);
    let plant = Told::made(Some(mail), &[]).await.running();
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    plant.happen("One bucket differs.").await;
    let taken = mails(&server, 2).await;
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    assert_eq!((&taken[0].id, &taken[0].text), (&taken[1].id, &taken[1].text));
    plant.state(|way| way.waiting == 0).await;
    plant.stop().await;
}

#[tokio::test]
async fn a_mail_whose_fate_is_unknown_is_sent_again_as_the_same_one() {
    let tries = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let server = smtp(move |at, _| match (at, count.load(Ordering::SeqCst)) {
        (At::Message, 0) => {
            count.store(1, Ordering::SeqCst);
            Say::HangUp
        }
        (At::Message, 1) => {
            count.store(2, Ordering::SeqCst);
            Say::TakeAndHangUp
        }
        _ => Say::Yes,
    });
    let plant = Told::start(Some(&server), &[]).await;
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    plant.happen("One bucket differs.").await;
    let taken = mails(&server, 2).await;
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    assert_eq!((&taken[0].id, &taken[0].text), (&taken[1].id, &taken[1].text));
    plant.state(|way| way.waiting == 0).await;
    plant.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_server_that_was_stopped_goes_with_the_next() {
    let server = smtp(|at, _| match at {
        At::Connect => Say::No(421),
        _ => Say::Yes,
    });
    let plant = Told::start(Some(&server), &[]).await;
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    plant.happen("One bucket differs.").await;
    connected(&server, 1).await;
    let (ledger, directory) = plant.stop().await;
    let back = smtp(|_, _| Say::Yes);
    let plant = Told::over(ledger, directory, Some(mail_server(&back)), &[]).await.running();
    let taken = mails(&back, 1).await;
    assert!(taken[0].text.contains("One bucket differs."), "{}", taken[0].text);
    plant.stop().await;
}
