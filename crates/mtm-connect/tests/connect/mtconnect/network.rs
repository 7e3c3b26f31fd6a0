//! A bad network between an agent and whoever follows it.

use std::num::NonZeroUsize;
use std::time::Duration;

use mtm_connect::mtconnect::{Address, Agent, Away, Settings};
use mtm_connect::outgoing::{CallError, Deadlines};
use mtm_core::machine::Link;
use mtm_lab::proxy::{Direction, End, Fault, Proxy, Trap};

use super::{Site, next, totals_of, until};

async fn proxied() -> (Site, Proxy, Settings) {
    let site = Site::start().await;
    let server = site.url.trim_start_matches("http://").trim_end_matches("/mtconnect").to_owned();
    let proxy = Proxy::start(server).await.unwrap();
    let address = Address::parse(&format!("http://{}/mtconnect", proxy.address()), None).unwrap();
    let settings = Settings { address, ..site.settings() };
    (site, proxy, settings)
}

/// What an agent says until it is away.
async fn until_away(agent: &mut Agent) -> Away {
    loop {
        if let Err(away) = next(agent).await {
            return away;
        }
    }
}

#[tokio::test]
async fn a_line_that_was_cut_for_a_while_leaves_no_gap() {
    let (site, proxy, settings) = proxied().await;
    let mut agent = Agent::open(settings.clone(), None).await.unwrap();
    let position = next(&mut agent).await.unwrap().position.unwrap();
    proxy.set(Direction::ToClient, Fault::Over(End::Reset));
    let away = until_away(&mut agent).await;
    assert!(matches!(away, Away::Call(CallError::Broken(_)) | Away::Ended), "{away:?}");
    let away = Agent::open(settings.clone(), Some(&position)).await.unwrap_err();
    assert!(matches!(away, Away::Call(CallError::Broken(_))), "{away:?}");
    site.count(30);
    proxy.heal();
    let mut agent = Agent::open(settings, Some(&position)).await.unwrap();
    let (links, totals) = until(&mut agent, 30).await;
    assert!(links.iter().all(|it| *it == Link::Next), "{links:?}");
    assert_eq!(totals, (1..=30).collect::<Vec<_>>());
    proxy.stop().await;
}

#[tokio::test]
async fn a_line_that_only_looks_alive_is_noticed() {
    let (_site, proxy, mut settings) = proxied().await;
    settings.deadlines = Deadlines { whole: Duration::from_millis(500), ..settings.deadlines };
    let mut agent = Agent::open(settings.clone(), None).await.unwrap();
    next(&mut agent).await.unwrap();
    next(&mut agent).await.unwrap();
    proxy.set(Direction::ToClient, Fault::Swallow);
    let away = until_away(&mut agent).await;
    assert_eq!(away, Away::Silent(Duration::from_millis(600)));
    let away = Agent::open(settings, None).await.unwrap_err();
    assert_eq!(away, Away::Call(CallError::TimedOut(0)));
    proxy.stop().await;
}

#[tokio::test]
async fn a_document_that_comes_drop_by_drop_is_read() {
    let (site, proxy, settings) = proxied().await;
    let mut agent = Agent::open(settings, None).await.unwrap();
    next(&mut agent).await.unwrap();
    let drops =
        Fault::Drip { bytes: NonZeroUsize::new(97).unwrap(), every: Duration::from_millis(1) };
    proxy.set(Direction::ToClient, drops);
    site.count(9);
    let (links, totals) = until(&mut agent, 9).await;
    assert!(links.iter().all(|it| *it == Link::Next), "{links:?}");
    assert_eq!(totals, (1..=9).collect::<Vec<_>>());
    proxy.stop().await;
}

/// Wherever a stream breaks, what was told goes with its position: nothing is missed, nothing told twice.
#[tokio::test]
async fn a_stream_that_breaks_anywhere_is_gone_on_with() {
    let (site, proxy, mut settings) = proxied().await;
    settings.heartbeat = Duration::from_millis(5);
    let mut position = site.position();
    let mut told = Vec::new();
    for round in 0..25_u64 {
        site.count(2);
        let end = if round % 2 == 0 { End::Cut } else { End::Reset };
        proxy.arm(Trap::after_bytes(Direction::ToClient, 2_500 + 173 * round, end));
        let opened = Agent::open(settings.clone(), Some(&position)).await;
        let Ok(mut agent) = opened else { continue };
        while let Ok(batch) = next(&mut agent).await {
            assert_eq!(batch.link, Link::Next);
            told.extend(totals_of(&batch));
            position = batch.position.unwrap();
        }
    }
    proxy.heal();
    let mut agent = Agent::open(settings, Some(&position)).await.unwrap();
    if told.last() != Some(&50) {
        told.extend(until(&mut agent, 50).await.1);
    }
    assert_eq!(told, (1..=50).collect::<Vec<_>>());
    assert!(proxy.counters().sprung >= 20, "{:?}", proxy.counters());
    proxy.stop().await;
}

/// Whoever does not read holds nothing at the agent: it goes on, and he learns that he missed something.
#[tokio::test]
async fn who_does_not_read_in_time_learns_that_something_was_missed() {
    let site = Site::start().await;
    site.set(|it| it.buffer = 50);
    let mut agent = site.open(None).await;
    let mut position = next(&mut agent).await.unwrap().position;
    next(&mut agent).await.unwrap();
    for _ in 0..1_000 {
        site.count(10);
        tokio::task::yield_now().await;
    }
    site.count(10_000);
    let (mut totals, mut gaps) = (vec![0], 0);
    while totals.last() != Some(&20_000) {
        match next(&mut agent).await {
            Ok(batch) => {
                let told = totals_of(&batch);
                match (batch.link, told.first()) {
                    (Link::Gap, _) => gaps += 1,
                    // What is told without a gap is all of it.
                    (Link::Next, Some(first)) => {
                        assert_eq!(Some(first - 1), totals.last().copied());
                    }
                    (Link::Next, None) => {}
                }
                totals.extend(told);
                position = batch.position;
            }
            Err(_) => agent = site.open(position.as_deref()).await,
        }
    }
    assert!(gaps > 0, "{} totals", totals.len());
}
