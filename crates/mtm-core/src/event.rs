//! What the rest of the world is told: event types and the `CloudEvents` 1.0 envelope.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::word::{EventId, Timestamp};

macro_rules! event_types {
    ($($name:ident $text:literal $doc:literal;)*) => {
        /// The closed set of event types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType {
            $(#[doc = $doc] $name,)*
        }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The short name, `noun.verb`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

event_types! {
    MovementRecorded "movement.recorded" "A movement was recorded; exactly one for each movement.";
    MovementReversed "movement.reversed" "An earlier movement was undone.";
    LotChanged "lot.changed" "Attributes of a lot changed.";
    LotHeld "lot.held" "A hold was placed.";
    LotReleased "lot.released" "A hold was released.";
    LotReserved "lot.reserved" "Pieces of a lot were reserved.";
    LotReservationEnded "lot.reservation_ended" "A reservation counts no longer.";
    StockBelowMinimum "stock.below_minimum" "The stock of a part fell below its minimum.";
    StockDepleted "stock.depleted" "A bucket became empty.";
    OperationCompleted "operation.completed" "An operation was completed.";
    CountPosted "count.posted" "The differences of a cycle count were booked, and the count is closed.";
    ApprovalRequested "approval.requested" "An adjustment waits for a second person; nothing is booked.";
    MasterChanged "master.changed" "Master data changed.";
    ImportCommitted "import.committed" "An import was committed.";
    LabelPrinted "label.printed" "A printer said that it printed a label, or somebody saw it.";
    LabelFailed "label.failed" "A label was not printed, or nobody knows whether it was.";
    IntegrationChanged "integration.state_changed" "A connection to another system was disabled or enabled.";
    TruthViolated "truth.violated" "An invariant does not hold.";
    TruthRestored "truth.restored" "An invariant that did not hold holds again.";
}

impl EventType {
    /// The type of this short name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The type attribute of the envelope: `mtm.<noun>.<verb>.v1`.
    pub fn qualified(self) -> String {
        format!("mtm.{}.v1", self.as_str())
    }
}

/// One event at its place in the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Identity, for consumers to de-duplicate by.
    pub id: EventId,
    /// Place in the outbox, gap-free; the id of the server-sent event.
    pub sequence: u64,
    /// Short name of its type.
    pub kind: String,
    /// Lot number, or the key of what it is about.
    pub subject: String,
    /// When it was recorded.
    pub time: Timestamp,
    /// W3C trace context of the request that caused it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traceparent: Option<String>,
    /// What happened.
    pub data: Value,
}

impl Event {
    /// The `CloudEvents` 1.0 JSON form as `site` sends it.
    pub fn envelope(&self, site: &str) -> Value {
        let mut envelope = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": format!("/mtm/{site}"),
            "type": format!("mtm.{}.v1", self.kind),
            "subject": self.subject,
            "time": self.time,
            "sequence": self.sequence.to_string(),
            "datacontenttype": "application/json",
            "data": self.data,
        });
        if let Some(traceparent) = &self.traceparent {
            envelope["traceparent"] = Value::String(traceparent.clone());
        }
        envelope
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn names_lead_back_to_their_type() {
        for kind in EventType::ALL {
            assert_eq!(EventType::from_name(kind.as_str()), Some(*kind));
            assert_eq!(kind.qualified(), format!("mtm.{}.v1", kind.as_str()));
        }
        assert_eq!(EventType::from_name("movement"), None);
    }

    /// Consumers know these names; what is optional is absent and never null.
    #[test]
    fn the_envelope_is_that_of_cloud_events() {
        let event = Event {
            id: EventId(Uuid::from_u128(7)),
            sequence: 42,
            kind: EventType::LotHeld.as_str().to_owned(),
            subject: "0000000007".to_owned(),
            time: Timestamp::from_micros(1),
            traceparent: None,
            data: json!({ "reason": "quality" }),
        };
        let mut envelope = json!({
            "specversion": "1.0",
            "id": "00000000-0000-0000-0000-000000000007",
            "source": "/mtm/plant-1",
            "type": EventType::LotHeld.qualified(),
            "subject": "0000000007",
            "time": "1970-01-01T00:00:00.000001Z",
            "sequence": "42",
            "datacontenttype": "application/json",
            "data": { "reason": "quality" },
        });
        assert_eq!(event.envelope("plant-1"), envelope);
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
        envelope["traceparent"] = json!(traceparent);
        let traced = Event { traceparent: Some(traceparent), ..event };
        assert_eq!(traced.envelope("plant-1"), envelope);
    }
}
