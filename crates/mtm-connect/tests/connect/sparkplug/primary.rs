//! A primary host, and edge nodes that speak to it alone.

use mtm_core::sparkplug::state::State;

use super::*;

fn primary(url: &str) -> HostSettings {
    HostSettings { host_id: Some(id("mtm")), ..host_settings(url) }
}

/// Whoever hears what is said of the host.
async fn witness(url: &str) -> Line {
    line(url, "witness", &["spBv1.0/STATE/mtm".to_owned()]).await
}

async fn state(witness: &mut Line) -> State {
    State::parse(&within("a state", witness.hear()).await.unwrap().payload).unwrap()
}

#[tokio::test]
async fn an_edge_node_speaks_only_while_its_primary_host_is_there() {
    let Some(server) = broker("Sparkplug: primary host") else { return };
    let url = server.url();
    let settings = EdgeSettings { primary_host: Some(id("mtm")), ..edge_settings(&url) };
    let mut edge = edge(settings, 120, 7).await;
    within("its changes", edge.wait_until(|status| status.kept == 2)).await;
    assert_eq!(edge.status().standing, Standing::Waiting);

    let mut listener = Listener::open(primary(&url)).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    within("its birth", edge.wait_until(|status| status.standing == Standing::Born)).await;
    // The host vanishes: the broker says so, and the edge node dies and keeps what changes.
    drop(listener);
    let gone = edge.wait_until(|status| status.standing != Standing::Born);
    within("its leave", gone).await;
    edge.publish(vec![change(Some("Press7"), "Good", 121)]).await;
    within("its changes", edge.wait_until(|status| status.kept == 1)).await;
    let mut listener = Listener::open(primary(&url)).await;
    listener.believes(Value::Total(121), Value::Total(7)).await;
    assert_eq!(listener.good[0], (Link::Gap, Value::Total(121)));
}

#[tokio::test]
async fn a_host_says_that_it_is_there_and_the_broker_that_it_is_not() {
    let Some(server) = broker("Sparkplug: STATE") else { return };
    let url = server.url();
    let mut first = witness(&url).await;
    let listener = Listener::open(primary(&url)).await;
    let mut host = listener.host;
    let talking = tokio::spawn(async move {
        let away = loop {
            if let Err(away) = host.next().await {
                break away;
            }
        };
        panic!("the host is away: {away}");
    });
    let online = state(&mut first).await;
    assert!(online.online && online.timestamp > 1_700_000_000_000);
    // Whoever comes later hears it as well.
    drop(first);
    let mut later = witness(&url).await;
    assert_eq!(state(&mut later).await, online);
    // Somebody says that it is gone, and it says that it is not.
    let gone = State { online: false, ..online };
    later.send([gone.message(&id("mtm"))]).unwrap();
    assert_eq!(state(&mut later).await, gone);
    assert_eq!(state(&mut later).await, online);
    // It vanishes: its will has the moment of its connection.
    talking.abort();
    assert!(within("its end", talking).await.unwrap_err().is_cancelled());
    assert_eq!(state(&mut later).await, gone);
}

#[tokio::test]
async fn a_host_that_takes_leave_says_so_itself() {
    let Some(server) = broker("Sparkplug: STATE") else { return };
    let url = server.url();
    let mut listener = Listener::open(primary(&url)).await;
    let _edge = edge(edge_settings(&url), 120, 7).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    let mut witness = witness(&url).await;
    let online = state(&mut witness).await;
    assert!(online.online);
    listener.host.close().await;
    let gone = state(&mut witness).await;
    assert!(!gone.online && gone.timestamp > online.timestamp, "{gone:?} after {online:?}");
}
