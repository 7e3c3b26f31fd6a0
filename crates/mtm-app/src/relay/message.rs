//! An event as it is handed to a broker, the first time and again.

use mtm_connect::broker::Message;
use mtm_core::event::Event;
use mtm_core::trace::TRACEPARENT;
use mtm_store::record::{BrokerLetter, RefusedEvent};
use serde_json::Value;

/// An event as a broker is told it.
pub(super) fn message(event: &Event, site: &str) -> Message {
    let envelope = event.envelope(site);
    Message {
        id: event.id.0.to_string(),
        kind: event.kind.clone(),
        attributes: attributes(&envelope),
        body: envelope.to_string(),
    }
}

/// The message that was refused, as it was: its attributes stand in its body.
pub(super) fn again(letter: &BrokerLetter) -> Message {
    Message {
        id: letter.event.to_string(),
        kind: letter.kind.clone(),
        attributes: attributes(&serde_json::from_str(&letter.body).unwrap_or_default()),
        body: letter.body.clone(),
    }
}

/// The attributes of an envelope, for whoever looks before reading the body.
fn attributes(envelope: &Value) -> Vec<(&'static str, String)> {
    let names = ["specversion", "id", "source", "type", "subject", "time", "sequence", TRACEPARENT];
    let attribute =
        |name: &'static str| envelope[name].as_str().map(|value| (name, value.to_owned()));
    names.into_iter().filter_map(attribute).collect()
}

/// An event that a broker will never take, as it was sent.
pub(super) fn refused(event: &Event, message: Message, error: String) -> RefusedEvent {
    RefusedEvent {
        position: event.sequence,
        event: event.id.0,
        kind: event.kind.clone(),
        subject: event.subject.clone(),
        at: event.time,
        error,
        body: message.body,
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::word::{EventId, Timestamp};
    use mtm_store::record::BrokerKind;
    use uuid::Uuid;

    use super::*;

    fn event(traceparent: Option<&str>) -> Event {
        Event {
            id: EventId(Uuid::nil()),
            sequence: 1,
            kind: "movement.recorded".to_owned(),
            subject: "0000000042".to_owned(),
            time: Timestamp::from_micros(0),
            traceparent: traceparent.map(str::to_owned),
            data: Value::Null,
        }
    }

    #[test]
    fn a_message_carries_the_envelope_and_its_attributes() {
        let message = message(&event(None), "plant");
        let body: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(body["type"], "mtm.movement.recorded.v1");
        assert!(message.attributes.contains(&("subject", "0000000042".to_owned())));
        assert!(message.attributes.contains(&("source", "/mtm/plant".to_owned())));
        assert!(!message.attributes.iter().any(|(name, _)| *name == TRACEPARENT));
    }

    #[test]
    fn a_letter_is_sent_again_as_it_was() {
        let traced = event(Some("00-7-7-00"));
        let first = message(&traced, "plant");
        assert!(first.attributes.contains(&(TRACEPARENT, "00-7-7-00".to_owned())));
        let it = refused(&traced, first.clone(), "too large".to_owned());
        let letter = BrokerLetter {
            id: 1,
            broker: BrokerKind::Mqtt,
            sequence: it.position,
            event: it.event,
            kind: it.kind,
            subject: it.subject,
            time: it.at,
            refused_at: it.at,
            error: it.error,
            body: it.body,
            resend: true,
        };
        assert_eq!(again(&letter), first);
    }
}
