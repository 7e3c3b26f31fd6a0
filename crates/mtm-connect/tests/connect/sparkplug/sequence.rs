//! Messages that are missing, or come in another order.

use super::*;

/// An edge node whose counters a host knows.
async fn known(server: &Mosquitto) -> (Raw, Listener) {
    let raw = Raw::open(&server.url()).await;
    raw.send(raw.change(Some("Press7"), "Good", 120));
    raw.send(raw.change(None, "Shift", 7));
    let mut listener = Listener::open(host_settings(&server.url())).await;
    listener.believes(Value::Total(120), Value::Total(7)).await;
    // Until every rebirth that was asked for is answered, and heard: none is to come in between.
    let answered = async {
        while raw.answered.load(Ordering::SeqCst) < listener.host.rebirths().asked {
            let next = tokio::time::timeout(Duration::from_millis(10), listener.host.next());
            if let Ok(batch) = next.await {
                listener.take(batch.unwrap());
            }
        }
    };
    within("answers", answered).await;
    raw.send(raw.change(None, "Shift", 8));
    listener.believes(Value::Total(120), Value::Total(8)).await;
    raw.send(raw.change(None, "Shift", 7));
    listener.believes(Value::Total(120), Value::Total(7)).await;
    (raw, listener)
}

#[tokio::test]
async fn a_missing_message_makes_a_rebirth_that_brings_the_newest_total() {
    let Some(server) = broker("Sparkplug: sequence") else { return };
    let (raw, mut listener) = known(&server).await;
    let asked = listener.host.rebirths().asked;
    let missing = raw.change(Some("Press7"), "Good", 121);
    assert_eq!(missing.len(), 1);
    raw.send(raw.change(None, "Shift", 8));
    listener.believes(Value::Total(121), Value::Total(8)).await;
    assert!(listener.host.rebirths().asked > asked);
    assert_eq!(listener.good.last(), Some(&(Link::Gap, Value::Total(121))));
    let why = listener.host.rebirths().last.clone().unwrap().to_string();
    assert!(why.contains("did not come"), "{why}");
    // And it goes on.
    raw.send(raw.change(Some("Press7"), "Good", 122));
    listener.believes(Value::Total(122), Value::Total(8)).await;
    assert_eq!(listener.good.last(), Some(&(Link::Next, Value::Total(122))));
}

#[tokio::test]
async fn messages_in_another_order_are_put_in_order_without_a_rebirth() {
    let Some(server) = broker("Sparkplug: sequence") else { return };
    let (raw, mut listener) = known(&server).await;
    let before = listener.good.len();
    // Nothing else is under way: a rebirth that was asked for meanwhile would be another one's.
    let asked = listener.host.rebirths().asked;
    let mut messages: Vec<Message> =
        (121..=125).flat_map(|good| raw.change(Some("Press7"), "Good", good)).collect();
    messages.reverse();
    raw.send(messages);
    listener.believes(Value::Total(125), Value::Total(7)).await;
    let expected: Vec<_> = (121..=125).map(|good| (Link::Next, Value::Total(good))).collect();
    assert_eq!(listener.good[before..], expected);
    assert_eq!(listener.host.rebirths().asked, asked);
}

#[tokio::test]
async fn other_aliases_after_a_rebirth_are_not_mixed_up() {
    let Some(server) = broker("Sparkplug: aliases") else { return };
    let (raw, mut listener) = known(&server).await;
    raw.send(raw.change(Some("Press7"), "Scrap", 5));
    listener.listen("a birth", |it| it.contains_key("Press7:Scrap")).await;
    let renumbered = raw.node.lock().unwrap().renumber(millis());
    raw.send(renumbered);
    raw.send(raw.change(Some("Press7"), "Scrap", 6));
    raw.send(raw.change(Some("Press7"), "Good", 130));
    listener.believes(Value::Total(130), Value::Total(7)).await;
    assert_eq!(listener.believed["Press7:Scrap"], Value::Total(6));
    // The birth itself is missing: nothing is taken for something else.
    let missing = raw.node.lock().unwrap().renumber(millis());
    assert!(missing[0].topic.contains("/NBIRTH/"));
    raw.send(missing[1..].to_vec());
    raw.send(raw.change(Some("Press7"), "Scrap", 7));
    raw.send(raw.change(Some("Press7"), "Good", 131));
    listener.believes(Value::Total(131), Value::Total(7)).await;
    listener.listen("scrap", |it| it["Press7:Scrap"] == Value::Total(7)).await;
}

#[tokio::test]
async fn numbers_wrap_without_a_rebirth() {
    let Some(server) = broker("Sparkplug: sequence") else { return };
    let (raw, mut listener) = known(&server).await;
    let asked = listener.host.rebirths().asked;
    for good in 121..=700 {
        raw.send(raw.change(Some("Press7"), "Good", good));
    }
    listener.believes(Value::Total(700), Value::Total(7)).await;
    assert_eq!(listener.host.rebirths().asked, asked);
}
