//! What agents say that do not keep to the standard, or were exchanged while somebody listened.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mtm_connect::mtconnect::{Agent, Away, Settings};
use mtm_core::machine::Link;
use mtm_testkit::poll;

use super::canned::{Canned, Server, error, probe, streams};
use super::{LONG, next, settings, totals_of};

/// An agent that was at `1:10`, says `parts` on its stream, and shows `current` then.
async fn server(parts: &[String], current: String) -> Server {
    let parts = Canned::parts(parts);
    Server::start(move |asked| match asked {
        "probe" => Canned::xml(probe(1)),
        "current" => Canned::xml(current.clone()),
        it if it.contains("interval") => parts.clone(),
        _ => Canned::xml(streams(1, (1, 9, 10), &[])),
    })
    .await
}

async fn open(server: &Server) -> Agent {
    let mut agent = Agent::open(settings(&server.url, &["n"]), Some("1:10")).await.unwrap();
    let first = next(&mut agent).await.unwrap();
    assert_eq!((first.link, first.position.as_deref()), (Link::Next, Some("1:10")));
    agent
}

/// What comes: links, totals and positions.
async fn told(agent: &mut Agent, batches: usize) -> Vec<(Link, Vec<u64>, String)> {
    let mut told = Vec::new();
    for _ in 0..batches {
        let batch = next(agent).await.unwrap();
        told.push((batch.link, totals_of(&batch), batch.position.unwrap()));
    }
    told
}

#[tokio::test]
async fn what_was_told_already_or_is_still_to_come_is_not_told_twice() {
    let parts = [
        // Number 12 is not to be told before the document says that it is.
        streams(1, (1, 11, 12), &[(12, 3), (11, 2), (9, 99), (10, 1), (10, 1)]),
        streams(1, (1, 12, 13), &[(11, 2), (12, 3)]),
    ];
    let server = server(&parts, String::new()).await;
    let told = told(&mut open(&server).await, 2).await;
    let expected = [(Link::Next, vec![1, 2], "1:12".into()), (Link::Next, vec![3], "1:13".into())];
    assert_eq!(told, expected);
    let asked = server.asked();
    assert_eq!(
        asked[1..],
        ["sample?from=10&count=100", "sample?from=10&interval=2&heartbeat=50&count=100"]
    );
}

#[tokio::test]
async fn another_instance_a_hole_and_a_step_back_are_gaps_and_never_mixed() {
    for odd in [
        streams(2, (1, 11, 12), &[(10, 5), (11, 6)]),
        streams(1, (11, 20, 21), &[(11, 6)]),
        streams(1, (1, 8, 9), &[(8, 5)]),
    ] {
        let instance = if odd.contains("instanceId=\"2\"") { 2 } else { 1 };
        let server =
            server(std::slice::from_ref(&odd), streams(instance, (1, 40, 41), &[(30, 7), (40, 8)]))
                .await;
        let told = told(&mut open(&server).await, 1).await;
        assert_eq!(told, [(Link::Gap, vec![8], format!("{instance}:41"))], "{odd}");
    }
}

#[tokio::test]
async fn a_counter_that_is_gone_after_a_restart_is_told() {
    let current = streams(2, (1, 40, 41), &[]);
    let server = server(&[streams(2, (1, 11, 12), &[])], current).await;
    assert_eq!(next(&mut open(&server).await).await, Err(Away::TagGone("n".to_owned())));
}

/// Some answer `OUT_OF_RANGE` to who asks for what comes next, as long as nothing does.
#[tokio::test]
async fn an_agent_that_does_not_like_to_be_asked_for_what_comes_next_has_no_gap() {
    for code in ["OUT_OF_RANGE", "QUERY_ERROR"] {
        let server = Server::start(move |asked| match asked {
            "probe" => Canned::xml(probe(1)),
            "current" => Canned::xml(streams(1, (1, 9, 10), &[(9, 5)])),
            _ => Canned::new(400, "text/xml", error(code)),
        })
        .await;
        let mut agent = open(&server).await;
        assert_eq!(told(&mut agent, 2).await, vec![(Link::Next, vec![], "1:10".to_owned()); 2]);
    }
}

#[tokio::test]
async fn parts_need_no_length_and_may_stand_between_boundaries_of_another_kind() {
    let document = |next: u64| streams(1, (1, next - 1, next), &[(next - 1, next)]);
    let body = format!(
        "\n--cut\nContent-type: text/xml\n\n{}\n--cut\n\n{}\n--cut--",
        document(11),
        document(12)
    );
    let server = Server::start(move |asked| match asked {
        "probe" => Canned::xml(probe(1)),
        it if it.contains("interval") => {
            Canned::new(200, "multipart/mixed;boundary=\"cut\"", body.clone())
        }
        _ => Canned::xml(streams(1, (1, 9, 10), &[])),
    })
    .await;
    let mut agent = open(&server).await;
    let expected = [(Link::Next, vec![11], "1:11".into()), (Link::Next, vec![12], "1:12".into())];
    assert_eq!(told(&mut agent, 2).await, expected);
    assert_eq!(next(&mut agent).await, Err(Away::Ended));
}

/// What could not be read is not passed over: who goes on after it asks for it again.
#[tokio::test]
async fn a_document_that_cannot_be_read_is_asked_for_again() {
    let parts = ["<MTConnectStreams>".to_owned(), streams(1, (1, 12, 13), &[(12, 3)])];
    let server = server(&parts, String::new()).await;
    let mut agent = open(&server).await;
    for _ in 0..2 {
        let away = next(&mut agent).await.unwrap_err();
        assert!(matches!(away, Away::Malformed { .. }), "{away:?}");
    }
    let again =
        server.asked().iter().filter(|it| it.starts_with("sample?from=10&interval")).count();
    assert_eq!(again, 2);
}

/// Whoever is never done, and does not get on either, is not asked without a pause.
#[tokio::test]
async fn an_agent_that_does_not_get_on_is_left_alone_for_a_while() {
    let server = Server::start(|asked| match asked {
        "probe" => Canned::xml(probe(1)),
        _ => Canned::xml(streams(1, (1, 20, 10), &[])),
    })
    .await;
    let settings = Settings { interval: LONG, ..settings(&server.url, &["n"]) };
    let mut agent = Agent::open(settings, Some("1:10")).await.unwrap();
    assert_eq!(told(&mut agent, 2).await, vec![(Link::Next, vec![], "1:10".to_owned()); 2]);
    let more = tokio::time::timeout(Duration::from_millis(100), agent.next()).await;
    assert!(more.is_err(), "{more:?}");
    assert_eq!(server.asked().len(), 3, "{:?}", server.asked());
}

/// An agent that is another one each time is heard no more often than that.
#[tokio::test]
async fn gaps_do_not_follow_each_other_without_a_pause() {
    let odd = Canned::parts(&[streams(2, (1, 11, 12), &[])]);
    let server = Server::start(move |asked| match asked {
        "probe" => Canned::xml(probe(1)),
        "current" => Canned::xml(streams(1, (1, 40, 41), &[(40, 8)])),
        _ => odd.clone(),
    })
    .await;
    let settings = Settings { interval: LONG, ..settings(&server.url, &["n"]) };
    let mut agent = Agent::open(settings, None).await.unwrap();
    assert_eq!(told(&mut agent, 1).await, [(Link::Gap, vec![8], "1:41".to_owned())]);
    let more = tokio::time::timeout(Duration::from_millis(100), agent.next()).await;
    assert!(more.is_err(), "{more:?}");
    assert_eq!(server.asked(), ["probe", "current"]);
}

/// Whoever gives up waiting again and again waits no longer in all.
#[tokio::test]
async fn silence_is_noticed_by_who_looks_elsewhere_meanwhile() {
    let server = server(&[], String::new()).await;
    let mut settings = settings(&server.url, &["n"]);
    settings.deadlines.whole = Duration::from_millis(300);
    let mut agent = Agent::open(settings, Some("1:10")).await.unwrap();
    next(&mut agent).await.unwrap();
    let away = poll::eventually("the silence to be noticed", LONG, async || {
        Ok(tokio::time::timeout(Duration::from_millis(20), agent.next()).await.ok())
    });
    assert_eq!(away.await.unwrap(), Err(Away::Silent(Duration::from_millis(400))));
}

/// What was missed is missed still where somebody gave up waiting to be told of it.
#[tokio::test]
async fn a_gap_is_told_also_to_who_gave_up_waiting_for_it() {
    let parts = Canned::parts(&[
        streams(1, (11, 20, 21), &[(20, 6)]),
        // As if nothing had been missed.
        streams(1, (1, 21, 22), &[(21, 7)]),
    ]);
    let asked_before = AtomicUsize::new(0);
    let server = Server::start(move |asked| match asked {
        "probe" => Canned::xml(probe(1)),
        "current" if asked_before.fetch_add(1, Ordering::Relaxed) == 0 => Canned::silence(),
        "current" => Canned::xml(streams(1, (11, 21, 22), &[(21, 7)])),
        it if it.contains("interval") => parts.clone(),
        _ => Canned::xml(streams(1, (1, 9, 10), &[])),
    })
    .await;
    let mut agent = open(&server).await;
    let given_up = poll::eventually("current to be asked for", LONG, async || {
        let waited = tokio::time::timeout(Duration::from_millis(20), agent.next()).await;
        assert!(waited.is_err(), "{waited:?}");
        Ok(server.asked().iter().any(|it| it == "current").then_some(()))
    });
    given_up.await.unwrap();
    assert_eq!(told(&mut agent, 1).await, [(Link::Gap, vec![7], "1:22".to_owned())]);
}

/// After a restart an agent may be configured anew.
#[tokio::test]
async fn what_there_is_is_looked_at_again_after_a_restart() {
    let probed = AtomicUsize::new(0);
    let server = Server::start(move |asked| match asked {
        "probe" if probed.fetch_add(1, Ordering::Relaxed) == 0 => Canned::xml(probe(1)),
        "probe" => Canned::xml(probe(2).replace("id=\"m\"", "id=\"k\"").replace("100", "30")),
        "current" => Canned::xml(streams(2, (1, 3, 4), &[(2, 8)])),
        _ => Canned::xml(streams(1, (50, 59, 60), &[])),
    })
    .await;
    let mut agent = Agent::open(settings(&server.url, &["n"]), Some("1:10")).await.unwrap();
    assert_eq!(told(&mut agent, 1).await, [(Link::Gap, vec![8], "2:4".to_owned())]);
    let names: Vec<_> = agent.tags().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["n", "k"]);
    next(&mut agent).await.unwrap();
    let asked = server.asked();
    assert!(asked.contains(&"sample?from=4&interval=2&heartbeat=50&count=30".into()), "{asked:?}");
}
