//! What an agent remembers is told once and in order; what it does not is a gap.

use std::collections::BTreeSet;
use std::time::Duration;

use mtm_connect::mtconnect::{Address, Agent, Away, Settings};
use mtm_core::machine::{Link, Value};

use super::{LONG, Site, next, totals_of, until};

#[tokio::test]
async fn the_first_time_is_a_gap_with_what_every_counter_shows() {
    let site = Site::start().await;
    site.lab.count("parts", 12).unwrap();
    site.lab.count("bad", 2).unwrap();
    let settings = Settings { wanted: BTreeSet::new(), ..site.settings() };
    let mut agent = Agent::open(settings.clone(), None).await.unwrap();
    let batch = next(&mut agent).await.unwrap();
    assert_eq!((batch.link, batch.position), (Link::Gap, Some(site.position())));
    let shown: Vec<_> =
        batch.readings.iter().map(|it| (it.tag.as_str(), it.value.clone())).collect();
    let expected = [("good", 0), ("parts", 12), ("bad", 2)].map(|(it, n)| (it, Value::Total(n)));
    assert_eq!(shown, expected);
    assert!(batch.readings.iter().all(|it| it.at.is_some() && it.at <= batch.at));
    let tags: Vec<_> =
        agent.tags().iter().map(|it| (it.name.as_str(), it.words.as_str())).collect();
    let words = "Device LATHE-1 / Controller control / Path path1 / PartCount";
    let expected = [("parts", "All / ALL"), ("good", "Good / GOOD"), ("bad", "Bad / BAD")]
        .map(|(id, more)| (id, format!("{words}{more}")));
    assert_eq!(tags, expected.each_ref().map(|(id, words)| (*id, words.as_str())));
    assert_eq!(Agent::look(settings).await.unwrap(), agent.tags());
}

#[tokio::test]
async fn what_is_counted_is_told_in_order_in_documents_of_any_size() {
    let site = Site::start().await;
    let mut settings = site.settings();
    settings.limits.at_once = 7;
    let mut agent = Agent::open(settings, None).await.unwrap();
    next(&mut agent).await.unwrap();
    for pieces in [1, 50, 3] {
        let before: u64 = site.lab.report().values["good"].parse().unwrap();
        site.count(pieces);
        // What nobody asked for is in between.
        site.lab.show("load", "99", false).unwrap();
        let (links, totals) = until(&mut agent, before + pieces).await;
        assert!(links.iter().all(|it| *it == Link::Next), "{links:?}");
        assert_eq!(totals, (before + 1..=before + pieces).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn who_comes_back_in_time_goes_on_where_he_was() {
    let site = Site::start().await;
    let mut agent = site.open(None).await;
    let position = next(&mut agent).await.unwrap().position.unwrap();
    drop(agent);
    site.count(300);
    let mut agent = site.open(Some(&position)).await;
    let (links, totals) = until(&mut agent, 300).await;
    assert!(links.iter().all(|it| *it == Link::Next), "{links:?}");
    assert_eq!(totals, (1..=300).collect::<Vec<_>>());
    // Nothing happened meanwhile: that is known as well.
    let mut agent = site.open(Some(&site.position())).await;
    let batch = next(&mut agent).await.unwrap();
    assert_eq!(
        (batch.link, batch.readings, batch.position),
        (Link::Next, vec![], Some(site.position()))
    );
}

#[tokio::test]
async fn who_comes_back_too_late_is_told_of_a_gap_and_the_last_value() {
    let site = Site::start().await;
    site.set(|it| it.buffer = 20);
    let position = site.position();
    site.count(21);
    let mut agent = site.open(Some(&position)).await;
    let batch = next(&mut agent).await.unwrap();
    assert_eq!((batch.link, totals_of(&batch)), (Link::Gap, vec![21]));
    // One that just fits is no gap.
    let position = site.position();
    site.count(20);
    let mut agent = site.open(Some(&position)).await;
    let (links, totals) = until(&mut agent, 41).await;
    assert!(links.iter().all(|it| *it == Link::Next), "{links:?}");
    assert_eq!(totals.len(), 20);
    for odd in ["", "nonsense", "1", "1:99999", "2:3"] {
        let batch = next(&mut site.open(Some(odd)).await).await.unwrap();
        assert_eq!((batch.link, totals_of(&batch)), (Link::Gap, vec![41]), "{odd}");
    }
}

#[tokio::test]
async fn an_agent_that_was_started_anew_is_a_gap_whatever_its_numbers_are() {
    let site = Site::start().await;
    let position = site.position();
    site.count(5);
    site.lab.restart();
    // As many observations as to make the old number one of the new instance.
    site.count(40);
    let mut agent = site.open(Some(&position)).await;
    let batch = next(&mut agent).await.unwrap();
    assert_eq!((batch.link, totals_of(&batch)), (Link::Gap, vec![45]));
    // While it is followed, its stream ends.
    next(&mut agent).await.unwrap();
    site.lab.restart();
    let away = loop {
        match next(&mut agent).await {
            Ok(batch) => assert_eq!((batch.link, batch.readings), (Link::Next, vec![])),
            Err(away) => break away,
        }
    };
    assert_eq!(away, Away::Ended);
}

#[tokio::test]
async fn an_agent_that_does_not_stream_is_asked_again_and_again() {
    let site = Site::start().await;
    site.set(|it| it.streams = false);
    let mut agent = site.open(None).await;
    next(&mut agent).await.unwrap();
    site.count(3);
    assert_eq!(until(&mut agent, 3).await.1, [1, 2, 3]);
    // More at once than it is asked for.
    site.count(2_500);
    let (links, totals) = until(&mut agent, 2_503).await;
    assert!(links.iter().all(|it| *it == Link::Next), "{links:?}");
    assert_eq!(totals.len(), 2_500);
    site.lab.restart();
    site.count(1);
    let (links, totals) = until(&mut agent, 2_504).await;
    assert_eq!(links[0], Link::Gap, "{totals:?}");
    assert_eq!(site.lab.report().streams, 0);
    // Its memory runs over between two questions.
    site.set(|it| it.buffer = 10);
    site.count(50);
    let (links, totals) = until(&mut agent, 2_554).await;
    assert!(links.contains(&Link::Gap), "{totals:?}");
}

#[tokio::test]
async fn a_machine_that_is_not_there_is_told_and_so_is_a_counter_that_began_again() {
    let site = Site::start().await;
    let mut agent = site.open(None).await;
    next(&mut agent).await.unwrap();
    site.count(1);
    site.lab.unavailable();
    site.count(2);
    site.lab.available();
    site.lab.show("good", "0", true).unwrap();
    site.lab.show("good", "<broken> & more", false).unwrap();
    site.lab.show("good", "1.0", false).unwrap();
    let mut told = Vec::new();
    while told.len() < 6 {
        let batch = next(&mut agent).await.unwrap();
        assert_eq!(batch.link, Link::Next);
        told.extend(batch.readings.into_iter().map(|it| (it.value, it.began_again)));
    }
    let nonsense = Value::Nonsense("<broken> & more".to_owned());
    let expected = [
        (Value::Total(1), false),
        (Value::Unavailable, false),
        (Value::Total(3), false),
        (Value::Total(0), true),
        (nonsense, false),
        (Value::Total(1), false),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn heartbeats_say_that_nothing_changed_until_then() {
    let site = Site::start().await;
    let mut agent = site.open(None).await;
    let mut before = next(&mut agent).await.unwrap();
    for _ in 0..3 {
        let batch = next(&mut agent).await.unwrap();
        assert_eq!((batch.link, &batch.readings), (Link::Next, &vec![]));
        assert_eq!(batch.position, before.position);
        assert!(batch.at > before.at, "{:?} {:?}", batch.at, before.at);
        before = batch;
    }
}

#[tokio::test]
async fn a_batch_that_is_not_the_last_says_everything_only_until_its_newest_observation() {
    let site = Site::start().await;
    let position = site.position();
    site.count(10);
    let mut settings = site.settings();
    settings.limits.at_once = 4;
    let mut agent = Agent::open(settings, Some(&position)).await.unwrap();
    let batch = next(&mut agent).await.unwrap();
    assert_eq!(totals_of(&batch), [1, 2, 3, 4]);
    assert_eq!(batch.at, batch.readings[3].at);
}

#[tokio::test]
async fn agents_of_all_versions_and_devices_by_name_or_uuid_are_understood() {
    let site = Site::start().await;
    for (version, device) in
        [("1.2", Some("LATHE-1")), ("1.7", Some("mtm-lab-lathe-1")), ("2.0", None), ("2.5", None)]
    {
        site.set(|it| version.clone_into(&mut it.version));
        let address = Address::parse(&site.url, device).unwrap();
        let settings = Settings { address, ..site.settings() };
        let mut agent = Agent::open(settings, None).await.unwrap();
        let shown = totals_of(&next(&mut agent).await.unwrap())[0];
        site.count(1);
        assert_eq!(until(&mut agent, shown + 1).await.1, [shown + 1], "{version}");
    }
    let address = Address::parse(&site.url, Some("LATHE-2")).unwrap();
    let away = Agent::open(Settings { address, ..site.settings() }, None).await.unwrap_err();
    assert_eq!(away, Away::NoSuchDevice("LATHE-2".to_owned()));
    let away = Agent::open(super::settings(&site.url, &["good", "gone"]), None).await.unwrap_err();
    assert_eq!(away, Away::TagGone("gone".to_owned()));
    let (settings, at) = (super::settings(&site.url, &["good", "gone"]), site.position());
    let away = Agent::open(settings, Some(&at)).await.unwrap_err();
    assert_eq!(away, Away::TagGone("gone".to_owned()));
}

/// Whoever waits for several things at once drops what it waited for again and again.
#[tokio::test]
async fn nothing_is_lost_where_waiting_is_given_up() {
    for streams in [true, false] {
        let site = Site::start().await;
        site.set(|it| it.streams = streams);
        let mut settings = site.settings();
        settings.limits.at_once = 20;
        let mut agent = Agent::open(settings, None).await.unwrap();
        next(&mut agent).await.unwrap();
        let (mut totals, mut counted) = (Vec::new(), 0);
        let hanging = tokio::time::Instant::now() + LONG;
        while totals.last() != Some(&500) {
            assert!(tokio::time::Instant::now() < hanging, "{} came", totals.len());
            if counted < 500 {
                site.count(5);
                counted += 5;
            }
            let patience =
                Duration::from_micros(300 * (counted % 7) + 100 * (totals.len() as u64 % 40));
            if let Ok(batch) = tokio::time::timeout(patience, agent.next()).await {
                let batch = batch.unwrap();
                assert_eq!(batch.link, Link::Next);
                totals.extend(totals_of(&batch));
            }
        }
        assert_eq!(totals, (1..=500).collect::<Vec<_>>(), "streams: {streams}");
    }
}
