//! The verdict "no": the domain refuses, nothing was written, and the caller learns why.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::catalogue::ActiveHold;
use crate::code::Code;
use crate::movement::{Account, Bucket, MovementRecord};
use crate::outcome::BucketLine;
use crate::reservation::ReservationLine;
use crate::view::StockFact;
use crate::word::{CommandId, MovementId, Quantity, Timestamp};

/// A refusal by the domain. Never an error of the system and never logged as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Stable code.
    pub code: Code,
    /// The field of the command it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<Cow<'static, str>>,
    /// What is wrong, with the values at hand, for people.
    pub message: String,
    /// What the caller needs for the next step.
    #[serde(skip_serializing_if = "Details::is_none", default)]
    pub details: Details,
}

/// Facts that go with a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Details {
    /// None.
    #[default]
    None,
    /// Buckets to choose from.
    Candidates(Vec<BucketLine>),
    /// What stands there.
    Available(Vec<BucketLine>),
    /// Later movements to undo first, newest first.
    Later(Vec<LaterMovement>),
    /// What the pieces are reserved for.
    Reserved(Vec<ReservationLine>),
    /// The command that looks the same.
    Twin {
        /// Its id.
        command: CommandId,
        /// When it was recorded.
        recorded_at: Timestamp,
    },
}

impl Details {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// A later movement in the way of a reversal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LaterMovement {
    /// Its id.
    pub id: MovementId,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: crate::movement::MovementType,
    /// Pieces it moved.
    pub quantity: Quantity,
    /// When.
    pub recorded_at: Timestamp,
}

impl From<&MovementRecord> for LaterMovement {
    fn from(record: &MovementRecord) -> Self {
        Self {
            id: record.id,
            kind: record.kind,
            quantity: record.quantity,
            recorded_at: record.recorded_at,
        }
    }
}

impl Rejection {
    /// A refusal of `code` about `field`.
    pub fn new(
        code: Code,
        field: impl Into<Option<&'static str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            field: field.into().map(Cow::Borrowed),
            message: message.into(),
            details: Details::None,
        }
    }

    /// The same refusal with facts for the next step.
    pub fn with(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// The same refusal as item `index` of a batch.
    pub fn in_item(mut self, index: usize) -> Self {
        let field = match self.field {
            Some(field) => format!("items[{index}].{field}"),
            None => format!("items[{index}]"),
        };
        self.field = Some(field.into());
        self
    }

    pub(crate) fn insufficient(bucket: &Bucket, wanted: Quantity, there: Quantity) -> Self {
        Self::new(
            Code::InsufficientStock,
            "quantity",
            format!(
                "{wanted} wanted, {there} of lot {} at {} / {}",
                bucket.lot, bucket.place.location.code, bucket.place.operation.code
            ),
        )
        .with(Details::Available(vec![BucketLine::new(bucket, there)]))
    }

    pub(crate) fn nothing_there(
        field: &'static str,
        what: impl Into<String>,
        elsewhere: &[StockFact],
    ) -> Self {
        Self::new(Code::InsufficientStock, field, what)
            .with(Details::Available(elsewhere.iter().map(BucketLine::from).collect()))
    }

    pub(crate) fn ambiguous<'f>(facts: impl Iterator<Item = &'f StockFact>) -> Self {
        let candidates: Vec<BucketLine> = facts.map(BucketLine::from).collect();
        Self::new(
            Code::AmbiguousLot,
            "lot",
            format!("{} lots or places match; name one", candidates.len()),
        )
        .with(Details::Candidates(candidates))
    }

    pub(crate) fn out_of_range(
        field: &'static str,
        quantity: Quantity,
        bound: Option<Quantity>,
    ) -> Self {
        let message = match bound {
            Some(bound) => format!("{quantity} is not between 1 and {bound}"),
            None => format!("{quantity} is more than can be held"),
        };
        Self::new(Code::QuantityOutOfRange, field, message)
    }

    pub(crate) fn held(bucket: &Bucket, hold: &ActiveHold) -> Self {
        Self::new(
            Code::OnHold,
            "lot",
            format!(
                "lot {} at {} is on hold ({})",
                bucket.lot, bucket.place.location.code, hold.reason
            ),
        )
    }

    /// Only `there` of the pieces of `original` are where it brought them.
    pub(crate) fn consumed(
        original: &MovementRecord,
        there: Quantity,
        later: &[MovementRecord],
    ) -> Self {
        let place = match &original.to {
            Account::Bucket(bucket) => bucket.place.location.code.to_string(),
            Account::Outside(outside) => outside.as_str().to_owned(),
        };
        Self::new(
            Code::ConsumedSince,
            None,
            format!("{there} of the {} pieces are still at {place}", original.quantity),
        )
        .with(Details::Later(later.iter().map(LaterMovement::from).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As answers to batches and kept answers hold it: what is not there is absent, never null.
    #[test]
    fn a_refusal_is_written_with_what_it_has() {
        let bare = Rejection::new(Code::OnHold, None, "it is on hold");
        let written = json!({ "code": "on_hold", "message": "it is on hold" });
        assert_eq!(serde_json::to_value(&bare).unwrap(), written);
        let there = Rejection::new(Code::InsufficientStock, "quantity", "none").in_item(3);
        let there = there.with(Details::Available(Vec::new()));
        let written = json!({
            "code": "insufficient_stock", "field": "items[3].quantity", "message": "none",
            "details": { "available": [] },
        });
        assert_eq!(serde_json::to_value(&there).unwrap(), written);
        for refusal in [bare.in_item(3), there] {
            let text = serde_json::to_string(&refusal).unwrap();
            assert_eq!(serde_json::from_str::<Rejection>(&text).unwrap(), refusal);
        }
    }
}
