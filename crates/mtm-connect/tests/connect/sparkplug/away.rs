//! Connections that break, and brokers that let nobody in.

use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_testkit::poll;

use super::*;

fn port(server: &Mosquitto) -> String {
    let url = server.url();
    format!("127.0.0.1:{}", url.rsplit(':').next().unwrap())
}

async fn proxy(server: &Mosquitto) -> (Proxy, String) {
    let proxy = Proxy::start(port(server)).await.unwrap();
    let url = format!("mqtt://{}", proxy.address());
    (proxy, url)
}

#[tokio::test]
async fn a_host_that_was_cut_off_begins_with_a_gap() {
    let Some(server) = broker("Sparkplug: cuts") else { return };
    let edge = edge(edge_settings(&server.url()), 120, 7).await;
    let (proxy, url) = proxy(&server).await;
    for (end, good) in [(End::Cut, 130), (End::Reset, 140)] {
        let mut listener = Listener::open(host_settings(&url)).await;
        listener.believes(Value::Total(good - 10), Value::Total(7)).await;
        proxy.set(Direction::ToServer, Fault::Over(end));
        let away = listener.ends().await;
        assert!(!away.to_string().is_empty());
        // Nobody is let in for a while, and pieces are made.
        assert!(within("a refusal", Host::open(host_settings(&url))).await.is_err());
        edge.publish(vec![change(Some("Press7"), "Good", good)]).await;
        proxy.heal();
        let mut listener = Listener::open(host_settings(&url)).await;
        listener.believes(Value::Total(good), Value::Total(7)).await;
        assert_eq!(listener.good[0], (Link::Gap, Value::Total(good)));
    }
}

#[tokio::test]
async fn a_connection_that_only_looks_well_is_noticed_by_both_sides() {
    let Some(server) = broker("Sparkplug: half open") else { return };
    let (proxy, url) = proxy(&server).await;
    // Nobody answers it, so that it asks for a rebirth again and again.
    let mut listener = Listener::open(host_settings(&url)).await;
    let settings = EdgeSettings { node: id("Line2"), ..edge_settings(&url) };
    let mut edge = super::edge(settings, 1, 1).await;
    within("its birth", edge.wait_until(|status| status.standing == Standing::Born)).await;
    proxy.set(Direction::ToServer, Fault::Swallow);
    proxy.set(Direction::ToClient, Fault::Swallow);
    let mut total = 1;
    let publishing = poll::eventually("its notice", PATIENCE, async || {
        total += 1;
        edge.publish(vec![change(None, "Shift", total)]).await;
        let standing = edge.status().standing;
        Ok((standing != Standing::Born).then_some(standing))
    });
    let (away, standing) = tokio::join!(listener.ends(), publishing);
    let standing = standing.unwrap();
    assert!(away.to_string().contains("does not answer"), "{away}");
    assert!(matches!(standing, Standing::Away(_)), "{standing:?}");
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_said_is_kept() {
    let Some(server) = broker("Sparkplug: silence") else { return };
    let edge = edge(edge_settings(&server.url()), 120, 7).await;
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    // Longer than both sides may be silent without being asked.
    let silence = Duration::from_secs(25);
    let heard = tokio::time::timeout(silence, listener.ends()).await;
    assert!(heard.is_err(), "{heard:?}");
    assert_eq!(edge.status().standing, Standing::Born);
    edge.publish(vec![change(Some("Press7"), "Good", 121)]).await;
    listener.believes(Value::Total(121), Value::Total(7)).await;
    assert_eq!(listener.good.last(), Some(&(Link::Next, Value::Total(121))));
}

#[tokio::test]
async fn a_broker_that_restarts_is_found_again() {
    let Some(mut server) = broker("Sparkplug: restart") else { return };
    let mut edge = edge(edge_settings(&server.url()), 120, 7).await;
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    server.kill9().unwrap();
    listener.ends().await;
    let gone = edge.wait_until(|status| matches!(status.standing, Standing::Away(_)));
    within("its notice", gone).await;
    assert!(Host::open(host_settings(&server.url())).await.is_err());
    edge.publish(vec![change(Some("Press7"), "Good", 121)]).await;
    server.restart().unwrap();
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(121), Value::Total(7)).await;
    assert_eq!(listener.good[0], (Link::Gap, Value::Total(121)));
    within("its birth", edge.wait_until(|status| status.standing == Standing::Born)).await;
}

#[tokio::test]
async fn a_guarded_broker_lets_in_who_is_known_and_says_why_it_does_not() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let server = Mosquitto::start_guarded(&certificate, &key, "mtm", "geheim").unwrap();
    let Some(server) = server.or_skip("Sparkplug: TLS") else { return };
    let directory = tempfile::tempdir().unwrap();
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, certificate).unwrap();
    let account =
        |password: &str, ca_file| Account { password: Some(password.to_owned()), ca_file };
    let url = server.url_for("mtm");
    let known = account("geheim", Some(ca_file.clone()));
    let settings = EdgeSettings { account: known.clone(), ..edge_settings(&url) };
    let _edge = edge(settings, 120, 7).await;
    let of = |account| HostSettings { account, ..host_settings(&url) };
    let mut listener = Listener::open(of(known)).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;

    let wrong = account("falsch", Some(ca_file));
    let why = Host::open(of(wrong.clone())).await.unwrap_err().to_string();
    assert!(why.contains("does not let") && !why.contains("falsch"), "{why}");
    let settings = EdgeSettings { account: wrong, ..edge_settings(&url) };
    let why = Edge::open(settings).await.unwrap_err().to_string();
    assert!(why.contains("does not let"), "{why}");
    let why = Host::open(of(account("geheim", None))).await.unwrap_err().to_string();
    assert!(why.to_lowercase().contains("certificate") || why.contains("TLS"), "{why}");
    let settings = EdgeSettings { account: account("geheim", None), ..edge_settings(&url) };
    let why = Edge::open(settings).await.unwrap_err().to_string();
    assert!(why.to_lowercase().contains("certificate") || why.contains("TLS"), "{why}");
    let nowhere = account("geheim", Some(directory.path().join("none.pem")));
    let why = Host::open(of(nowhere)).await.unwrap_err().to_string();
    assert!(why.contains("none.pem"), "{why}");
}

#[tokio::test]
async fn nobody_at_all_is_said_so() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mqtt://{}", nobody.local_addr().unwrap());
    drop(nobody);
    assert!(Host::open(host_settings(&url)).await.is_err());
    assert!(Edge::open(edge_settings(&url)).await.is_err());
}
