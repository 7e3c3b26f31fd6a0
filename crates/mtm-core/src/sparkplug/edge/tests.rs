//! What an edge node says.

use std::fmt::Write as _;

use super::super::state::State;
use super::super::{BD_SEQ, Id, Message, MetricValue, Payload, REBIRTH, rebirth_request};
use super::*;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn node(primary_host: Option<&str>, keep: usize) -> Node {
    let primary_host = primary_host.map(id);
    Node::new(Settings { group: id("G"), node: id("N"), primary_host, keep })
}

fn change(device: Option<&str>, name: &str, value: u64) -> Change {
    Change::new(device.map(id), name, MetricValue::UInt64(value), value).unwrap()
}

/// Topic, number, and what it names or stands for with its value and `was` for history.
fn told(message: &Message) -> String {
    let payload = Payload::decode(&message.payload).unwrap();
    let mut text = message.topic.trim_start_matches("spBv1.0/G/").to_owned();
    if let Some(seq) = payload.seq {
        write!(text, " {seq}").unwrap();
    }
    for metric in &payload.metrics {
        let name = metric.name.clone().unwrap_or_default();
        let alias = metric.alias.map(|alias| format!("#{alias}")).unwrap_or_default();
        let value = match metric.value(None) {
            MetricValue::UInt64(value) => value.to_string(),
            MetricValue::Int64(value) => value.to_string(),
            MetricValue::Boolean(value) => value.to_string(),
            other => format!("{other:?}"),
        };
        let was = if metric.is_historical == Some(true) { " was" } else { "" };
        write!(text, " {name}{alias}{was}={value}").unwrap();
    }
    text
}

fn all(messages: &[Message]) -> Vec<String> {
    messages.iter().map(told).collect()
}

fn published(effects: Vec<Effect>) -> Vec<String> {
    let told = |effect| match effect {
        Effect::Publish(message) => told(&message),
        Effect::Leave => "leave".to_owned(),
    };
    effects.into_iter().map(told).collect()
}

#[test]
fn an_edge_node_is_born_with_everything_it_has_and_tells_what_changes_by_alias() {
    let mut node = node(None, 10);
    let will = node.connect(1);
    assert_eq!(told(&will), "NDEATH/N bdSeq=0");
    assert!(will.is_answered && !will.is_retained);
    assert_eq!(node.filters(), ["spBv1.0/G/NCMD/N", "spBv1.0/G/DCMD/N/+"]);
    assert!(node.publish(2, vec![change(None, "A", 5), change(Some("D"), "A", 7)]).is_empty());
    let messages = node.connected(3);
    assert!(messages.iter().all(|message| !message.is_answered && !message.is_retained));
    assert_eq!(
        all(&messages),
        [
            "NBIRTH/N 0 bdSeq=0 Node Control/Rebirth=false A#1=5",
            "DBIRTH/N/D 1 A#2=7",
            "NDATA/N 2 #1 was=5",
            "DDATA/N/D 3 #2 was=7",
        ]
    );
    let changes = vec![change(None, "A", 6), change(Some("D"), "A", 8), change(Some("D"), "A", 9)];
    assert_eq!(all(&node.publish(4, changes)), ["NDATA/N 4 #1=6", "DDATA/N/D 5 #2=8 #2=9"]);
}

#[test]
fn what_no_birth_named_yet_is_born() {
    let mut node = node(None, 10);
    node.connect(1);
    assert_eq!(all(&node.connected(1)), ["NBIRTH/N 0 bdSeq=0 Node Control/Rebirth=false"]);
    let born = node.publish(2, vec![change(Some("D"), "A", 1)]);
    assert_eq!(all(&born), ["DBIRTH/N/D 1 A#1=1"]);
    let born = node.publish(3, vec![change(Some("D"), "A", 2), change(Some("D"), "B", 3)]);
    assert_eq!(all(&born), ["DBIRTH/N/D 2 A#1=2 B#2=3"]);
    let born = node.publish(4, vec![change(None, "C", 4), change(Some("D"), "A", 5)]);
    assert_eq!(
        all(&born),
        ["NBIRTH/N 0 bdSeq=0 Node Control/Rebirth=false C#3=4", "DBIRTH/N/D 1 A#1=5 B#2=3"]
    );
    assert_eq!(all(&node.device_gone(5, &id("D"))), ["DDEATH/N/D 2"]);
    assert!(node.device_gone(5, &id("D")).is_empty());
}

#[test]
fn a_rebirth_is_answered_with_the_same_connection_and_the_newest_values() {
    let mut node = node(None, 10);
    node.connect(1);
    node.connected(1);
    node.publish(2, vec![change(None, "A", 1)]);
    node.publish(3, vec![change(None, "A", 2)]);
    let asked = rebirth_request(&id("G"), &id("N"), 4);
    let born = published(node.hear(4, &asked.topic, &asked.payload));
    assert_eq!(born, ["NBIRTH/N 0 bdSeq=0 Node Control/Rebirth=false A#1=2"]);
    assert_eq!(all(&node.publish(5, vec![change(None, "A", 3)])), ["NDATA/N 1 #1=3"]);
    // Not what is false, of another node, or unreadable.
    let no = Payload {
        metrics: vec![super::super::Metric::named(REBIRTH, &MetricValue::Boolean(false), None)],
        ..Payload::default()
    };
    assert!(node.hear(6, &asked.topic, &no.encode()).is_empty());
    assert!(node.hear(6, "spBv1.0/G/NCMD/M", &asked.payload).is_empty());
    assert!(node.hear(6, &asked.topic, b"x").is_empty());
}

#[test]
fn each_connection_has_the_next_number() {
    let mut node = node(None, 10);
    for expected in (0..=255).chain([0, 1]) {
        assert_eq!(told(&node.connect(1)), format!("NDEATH/N {BD_SEQ}={expected}"));
        let born = node.connected(1);
        assert!(told(&born[0]).contains(&format!("{BD_SEQ}={expected} ")), "{born:?}");
        node.disconnected();
    }
}

#[test]
fn numbers_go_on_from_255_to_0() {
    let mut node = node(None, 10);
    node.connect(1);
    node.connected(1);
    let born = node.publish(2, vec![change(None, "A", 1)]);
    assert!(told(&born[0]).starts_with("NBIRTH/N 0 "));
    for seq in (1..=255).chain(0..3) {
        let said = node.publish(3, vec![change(None, "A", 2)]);
        assert_eq!(all(&said), [format!("NDATA/N {seq} #1=2")]);
    }
}

#[test]
fn with_a_primary_host_it_speaks_only_while_that_is_there() {
    let mut node = node(Some("mtm"), 10);
    let state = |online, timestamp| State { online, timestamp }.message(&id("mtm"));
    let hear = |node: &mut Node, message: Message| {
        published(node.hear(9, &message.topic, &message.payload))
    };
    node.connect(1);
    assert_eq!(node.filters()[2], "spBv1.0/STATE/mtm");
    assert!(node.connected(1).is_empty());
    assert!(node.publish(2, vec![change(None, "A", 1)]).is_empty());
    assert!(hear(&mut node, state(false, 100)).is_empty(), "not born, so it need not leave");
    assert!(hear(&mut node, state(true, 99)).is_empty(), "older than what was said");
    let born = hear(&mut node, state(true, 100));
    assert_eq!(born.len(), 2);
    assert!(node.is_born());
    assert!(hear(&mut node, state(true, 100)).is_empty());
    // A late will of an earlier connection of the host.
    assert!(hear(&mut node, state(false, 90)).is_empty());
    assert_eq!(hear(&mut node, state(false, 100)), ["NDEATH/N bdSeq=0", "leave"]);
    node.disconnected();
    node.connect(10);
    assert!(node.connected(10).is_empty());
    assert!(node.publish(11, vec![change(None, "A", 2)]).is_empty());
    assert!(
        hear(&mut node, State { online: true, timestamp: 120 }.message(&id("other"))).is_empty()
    );
    let born = hear(&mut node, state(true, 120));
    let expected = ["NBIRTH/N 0 bdSeq=1 Node Control/Rebirth=false A#1=2", "NDATA/N 1 #1 was=2"];
    assert_eq!(born, expected);
}

#[test]
fn what_is_kept_is_bounded_and_the_oldest_is_dropped() {
    let mut node = node(None, 3);
    for value in 1..=5 {
        assert!(node.publish(value, vec![change(None, "A", value)]).is_empty());
    }
    assert_eq!((node.kept(), node.dropped()), (3, 2));
    node.connect(9);
    let born = all(&node.connected(9));
    assert_eq!(born[1], "NDATA/N 1 #1 was=3 #1 was=4 #1 was=5");
    assert_eq!((node.kept(), node.dropped()), (0, 2));
}

#[test]
fn metrics_and_devices_are_bounded_and_births_fit() {
    let mut node = node(None, 10);
    node.connect(1);
    node.connected(1);
    let long = MetricValue::Text("x".repeat(512));
    let name = |at: u64| format!("{at:0512}");
    let changes = (0..1_000).map(|at| Change::of_node(&name(at), long.clone(), at).unwrap());
    let born = node.publish(2, changes.collect());
    assert_eq!(node.dropped(), 38);
    assert!(Payload::decode(&born[0].payload).is_ok(), "{}", born[0].payload.len());
    let devices = (0..300).map(|at| change(Some(&format!("D{at}")), "A", 1));
    assert_eq!(node.publish(3, devices.collect()).len(), 250);
    assert_eq!(node.dropped(), 88);
    let short = (0..9_999).map(|at| change(Some("D0"), &at.to_string(), at));
    let born = node.publish(4, short.collect());
    assert_eq!(node.dropped(), 90);
    assert!(Payload::decode(&born[0].payload).is_ok(), "{}", born[0].payload.len());
    // What was a number and is a text takes more.
    let text = MetricValue::Text("x".to_owned());
    let grown = (0..9_000).map(|at| Change::new(Some(id("D0")), &at.to_string(), text.clone(), 1));
    let born = node.publish(5, grown.map(Result::unwrap).collect());
    assert!(node.dropped() > 90);
    assert!(Payload::decode(&born[0].payload).is_ok(), "{}", born[0].payload.len());
}

#[test]
fn a_change_says_why_it_cannot_be_told() {
    let of = |name: &str, value| Change::of_node(name, value, 1).unwrap_err();
    let number = || MetricValue::UInt64(1);
    assert_eq!(of("", number()), ChangeError::Name);
    assert_eq!(of(&"x".repeat(513), number()), ChangeError::Name);
    assert_eq!(of(BD_SEQ, number()), ChangeError::Reserved);
    assert_eq!(of(REBIRTH, number()), ChangeError::Reserved);
    assert!(Change::new(Some(id("D")), BD_SEQ, number(), 1).is_ok());
    assert_eq!(of("A", MetricValue::String("x".repeat(513))), ChangeError::Long(513));
    let unread = MetricValue::Unread(super::super::DataType::Int8);
    assert_eq!(of("A", unread), ChangeError::Kind);
}

#[test]
fn other_aliases_are_born() {
    let mut node = node(None, 10);
    node.connect(1);
    node.connected(1);
    node.publish(2, vec![change(None, "A", 1), change(None, "B", 2)]);
    let born = node.renumber(3);
    assert_eq!(all(&born), ["NBIRTH/N 0 bdSeq=0 Node Control/Rebirth=false A#4=1 B#3=2"]);
}
