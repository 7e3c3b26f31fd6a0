//! What the press shows, and what is heard of it.

use mtm_connect::opcua::Opcua;
use mtm_core::machine::Value;
use serde_json::json;

use super::{GOOD, Heard, PARTS, SCRAP, opened, press, settings, totals};

#[tokio::test]
async fn every_value_of_a_counter_is_heard_in_its_order() {
    let Some((server, folder)) = press() else { return };
    let (mut source, mut heard) = opened(&settings(&server, &folder, &[PARTS, GOOD]), 0).await;
    assert_eq!(source.opened().server, "Press seven");
    assert_eq!(source.opened().missing, []);
    // Far more than it looks in one interval, and a reset among them.
    let values: Vec<_> = (1..=300).chain([0, 1]).collect();
    let shown: Vec<_> = values.iter().map(|it| json!(it)).collect();
    server.show("Parts", &shown).unwrap();
    server.show("Good", &[json!(12.0)]).unwrap();
    heard.until("all", &mut source, |it| it.has(GOOD, 12)).await.unwrap();
    let all: Vec<u64> = [0].into_iter().chain(values).collect();
    assert_eq!(heard.values(PARTS), totals(all));
    assert_eq!(heard.gaps(), 1);
    // Since when, by the machine's clock; and up to when all is told, also where nothing changes.
    let times: Vec<_> = heard.batches.iter().flat_map(|it| &it.readings).map(|it| it.at).collect();
    assert!(times.iter().all(Option::is_some), "{times:?}");
    let told = heard.batches.last().unwrap().at.unwrap();
    let so_far = heard.batches.len();
    let is_quiet = |it: &Heard| it.batches.len() > so_far;
    heard.until("that nothing changed", &mut source, is_quiet).await.unwrap();
    let quiet = heard.batches.last().unwrap();
    assert!(quiet.readings.is_empty() && quiet.at > Some(told), "{quiet:?}");

    source.close().await;
    server.wait_for_clients("nobody", |it| it.sessions == 0 && it.subscriptions == 0).unwrap();
}

#[tokio::test]
async fn a_source_that_is_dropped_says_good_bye_all_the_same() {
    let Some((server, folder)) = press() else { return };
    let (mut source, _) = opened(&settings(&server, &folder, &[PARTS]), 0).await;
    // Also in the middle of waiting, of which nothing is lost.
    tokio::select! {
        biased;
        heard = source.next() => panic!("{heard:?}"),
        () = std::future::ready(()) => {}
    }
    server.show("Parts", &[json!(1)]).unwrap();
    let mut heard = Heard::default();
    heard.until("the value", &mut source, |it| it.has(PARTS, 1)).await.unwrap();
    drop(source);
    server.wait_for_clients("nobody", |it| it.sessions == 0).unwrap();
}

#[tokio::test]
async fn what_is_no_total_is_told_as_it_is() {
    let Some((server, folder)) = press() else { return };
    let (name, running) = ("ns=2;s=Press7.Name", "ns=2;s=Press7.Running");
    let nodes = [PARTS, GOOD, SCRAP, name, running];
    let (mut source, mut heard) = opened(&settings(&server, &folder, &nodes), 0).await;
    // Bad, and uncertain; and a good one that somebody forced.
    for status in [0x8031_0000, 0x4090_0000, 0x0096_0000] {
        server.show_with("Parts", &json!(5), status).unwrap();
    }
    server.show("Parts", &[json!(6), json!(7)]).unwrap();
    server.show("Good", &[json!(0.5), json!(-1.0), json!(9.0)]).unwrap();
    server.show("Scrap", &[json!(-3), json!(2)]).unwrap();
    heard.until("the last", &mut source, |it| it.has(SCRAP, 2)).await.unwrap();
    let nonsense = |text: &str| Value::Nonsense(text.to_owned());
    let (no, total) = (Value::Unavailable, Value::Total);
    let parts = [total(0), no.clone(), no.clone(), no, total(6), total(7)];
    assert_eq!(heard.values(PARTS), parts);
    assert_eq!(heard.values(GOOD), [total(0), nonsense("0.5"), nonsense("-1"), total(9)]);
    assert_eq!(heard.values(SCRAP), [total(0), nonsense("-3"), total(2)]);
    assert_eq!(heard.values(name), [nonsense("press seven")]);
    assert_eq!(heard.values(running), [nonsense("true")]);
    source.close().await;
}

#[tokio::test]
async fn a_node_that_is_missing_is_unavailable_until_it_is_there() {
    let Some((server, folder)) = press() else { return };
    let (late, never) = ("ns=2;s=Press7.Late", "nsu=urn:nobody;s=Press7.Parts");
    let settings = settings(&server, &folder, &[PARTS, late, never]);
    let mut source = Opcua::open(&settings, None).await.unwrap();
    let missing: Vec<u32> = source.opened().missing.iter().map(|it| it.0).collect();
    assert_eq!(missing, [1, 2]);
    let mut heard = Heard::default();
    heard.until("the first value", &mut source, |it| it.has(PARTS, 0)).await.unwrap();
    assert_eq!(heard.values(late), [Value::Unavailable]);
    assert_eq!(heard.gaps(), 1);
    server.add("Late").unwrap();
    heard.until("the node", &mut source, |it| it.has(late, 7)).await.unwrap();
    assert_eq!(heard.values(never), [Value::Unavailable]);
    source.close().await;
}

#[tokio::test]
async fn what_there_is_to_listen_to_is_found_and_no_more_than_is_looked_at() {
    let Some((server, folder)) = press() else { return };
    let settings = settings(&server, &folder, &[]);
    let found = Opcua::tags(&settings, &[]).await.unwrap();
    let all: Vec<_> = found.tags.iter().map(|it| (it.name.as_str(), it.words.as_str())).collect();
    let (parts, good) =
        ((PARTS, "Press7 / Parts: 0"), ("ns=2;s=Press7.Good", "Press7 / Counters / Good: 0"));
    assert_eq!(all, [parts, good, (SCRAP, "Press7 / Counters / Scrap: 0")]);
    assert!(!found.is_cut);
    // What shows nothing now is known by its type.
    server.show_with("Good", &json!(0.0), 0x8031_0000).unwrap();
    let found = Opcua::tags(&settings, &["ns=2;i=2".to_owned()]).await.unwrap();
    let below: Vec<_> = found.tags.iter().map(|it| it.words.as_str()).collect();
    assert_eq!(below, ["Good", "Scrap: 0"]);
    server.add_many(2_500).unwrap();
    let found = Opcua::tags(&settings, &[]).await.unwrap();
    assert!(found.is_cut && (1_000..2_000).contains(&found.tags.len()), "{}", found.tags.len());
    server.wait_for_clients("nobody", |it| it.sessions == 0).unwrap();
}
