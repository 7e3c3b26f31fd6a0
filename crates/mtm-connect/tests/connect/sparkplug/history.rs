//! What happens while an edge node is cut off.

use mtm_core::sparkplug::Payload;
use mtm_lab::proxy::{Direction, End, Fault, Proxy};

use super::*;

/// Totals of the counters that are said to be history.
fn history(payload: &[u8]) -> Vec<MetricValue> {
    let payload = Payload::decode(payload).unwrap();
    let was = payload.metrics.iter().filter(|metric| metric.is_historical == Some(true));
    was.map(|metric| metric.value(None)).collect()
}

#[tokio::test]
async fn an_edge_node_that_was_cut_off_tells_it_as_history_which_is_not_counted() {
    let Some(server) = broker("Sparkplug: history") else { return };
    let url = server.url();
    let proxy =
        Proxy::start(format!("127.0.0.1:{}", url.rsplit(':').next().unwrap())).await.unwrap();
    let through = format!("mqtt://{}", proxy.address());
    let mut edge = edge(edge_settings(&through), 120, 7).await;
    let mut listener = Listener::open(host_settings(&url)).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    let mut witness = line(&url, "witness", &["spBv1.0/Plant 1/DDATA/Line1/+".to_owned()]).await;

    proxy.set(Direction::ToServer, Fault::Over(End::Cut));
    listener.believes(Value::Unavailable, Value::Unavailable).await;
    let gone = edge.wait_until(|status| matches!(status.standing, Standing::Away(_)));
    within("its notice", gone).await;
    for good in 121..=125 {
        edge.publish(vec![change(Some("Press7"), "Good", good)]).await;
    }
    within("its changes", edge.wait_until(|status| status.kept == 5)).await;
    let before = listener.good.len();
    proxy.heal();
    let born = edge.wait_until(|status| status.standing == Standing::Born && status.kept == 0);
    within("its birth", born).await;
    edge.publish(vec![change(Some("Press7"), "Good", 126)]).await;
    listener.believes(Value::Total(126), Value::Total(7)).await;
    // Of what happened meanwhile the newest total only, with a gap.
    let mut heard: Vec<_> = listener.good[before..].to_vec();
    heard.dedup();
    assert_eq!(heard, [(Link::Gap, Value::Total(125)), (Link::Next, Value::Total(126))]);
    let told = async {
        loop {
            let heard = witness.hear().await.unwrap();
            let history = history(&heard.payload);
            if !history.is_empty() {
                return history;
            }
        }
    };
    let expected: Vec<_> = (121..=125).map(MetricValue::UInt64).collect();
    assert_eq!(within("history", told).await, expected);
}
