//! Births, what changes, and deaths.

use super::*;

#[tokio::test]
async fn a_host_hears_births_and_then_what_changes() {
    let Some(server) = broker("Sparkplug: births") else { return };
    let edge = edge(edge_settings(&server.url()), 120, 7).await;
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    assert_eq!(listener.good[0], (Link::Gap, Value::Total(120)));
    for good in 121..=140 {
        edge.publish(vec![change(Some("Press7"), "Good", good)]).await;
    }
    edge.publish(vec![change(None, "Shift", 8)]).await;
    listener.believes(Value::Total(140), Value::Total(8)).await;
    let expected: Vec<_> = (121..=140).map(|good| (Link::Next, Value::Total(good))).collect();
    // Whatever births there were before, these are in order and without a gap.
    assert_eq!(listener.good[listener.good.len() - 20..], expected);
    let tags: Vec<String> = listener.host.tags().into_iter().map(|tag| tag.name).collect();
    assert_eq!(tags, ["Press7:Good", "Shift"]);
    edge.close().await;
}

#[tokio::test]
async fn a_host_that_was_there_first_hears_the_births_as_well() {
    let Some(server) = broker("Sparkplug: births") else { return };
    let mut listener = Listener::open(host_settings(&server.url())).await;
    let _edge = edge(edge_settings(&server.url()), 1, 2).await;
    listener.believes(Value::Total(1), Value::Total(2)).await;
    assert!(listener.host.rebirths().asked >= 1);
}

#[tokio::test]
async fn an_edge_node_that_vanishes_is_said_to_be_gone_and_comes_back_with_a_gap() {
    let Some(server) = broker("Sparkplug: deaths") else { return };
    let first = edge(edge_settings(&server.url()), 120, 7).await;
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    // Without taking leave: the broker says its will.
    drop(first);
    listener.believes(Value::Unavailable, Value::Unavailable).await;
    let _second = edge(edge_settings(&server.url()), 3, 9).await;
    listener.believes(Value::Total(3), Value::Total(9)).await;
    assert!(listener.good.contains(&(Link::Gap, Value::Total(3))), "{:?}", listener.good);
}

#[tokio::test]
async fn an_edge_node_and_a_device_that_take_leave_are_gone() {
    let Some(server) = broker("Sparkplug: deaths") else { return };
    let edge = edge(edge_settings(&server.url()), 120, 7).await;
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    edge.device_gone(id("Press7")).await;
    listener.believes(Value::Unavailable, Value::Total(7)).await;
    edge.publish(vec![change(Some("Press7"), "Good", 125)]).await;
    listener.believes(Value::Total(125), Value::Total(7)).await;
    assert_eq!(listener.good.last(), Some(&(Link::Gap, Value::Total(125))));
    edge.close().await;
    listener.believes(Value::Unavailable, Value::Unavailable).await;
}

#[tokio::test]
async fn what_other_edge_nodes_say_is_not_heard() {
    let Some(server) = broker("Sparkplug: others") else { return };
    let other = EdgeSettings {
        node: id("Line2"),
        client_id: "other".to_owned(),
        ..edge_settings(&server.url())
    };
    let _other = edge(other, 1, 1).await;
    let _edge = edge(edge_settings(&server.url()), 120, 7).await;
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    assert!(!listener.good.contains(&(Link::Gap, Value::Total(1))));
}

#[tokio::test]
async fn garbage_on_its_topics_makes_a_rebirth_and_no_harm() {
    let Some(server) = broker("Sparkplug: garbage") else { return };
    let raw = Raw::open(&server.url()).await;
    raw.send(raw.change(Some("Press7"), "Good", 120));
    raw.send(raw.change(None, "Shift", 7));
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    let asked = listener.host.rebirths().asked;
    let garbage = |topic: &str, payload: &[u8]| Message {
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        is_answered: false,
        is_retained: false,
    };
    raw.send(vec![
        garbage("spBv1.0/Plant 1/DDATA/Line1/Press7", b"{\"Good\": 121}"),
        garbage("spBv1.0/Plant 1/NDATA/Line1", b""),
        garbage("spBv1.0/Plant 1/NBIRTH/Line1", &[255; 3_000]),
    ]);
    raw.send(raw.change(None, "Shift", 8));
    listener.believes(Value::Total(120), Value::Total(8)).await;
    assert!(listener.host.rebirths().asked > asked);
}
