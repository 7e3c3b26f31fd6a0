//! `in`, `out`, `transfer`, `scrap` and `adjust`, one by one or many at once.

use std::num::NonZeroU16;

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{Adjust, Count, LotAttributes, Move, Pick, PickRule, Receive, Scrap, Take};
use mtm_core::word::ReservationId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fields, reason};
use crate::error::FieldError;

/// What kind of booking a body asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BookingType {
    /// Pieces arrive.
    In,
    /// Pieces leave.
    Out,
    /// Pieces change location and/or operation.
    Transfer,
    /// Pieces become scrap.
    Scrap,
    /// A count corrects a bucket.
    Adjust,
}

impl BookingType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Transfer => "transfer",
            Self::Scrap => "scrap",
            Self::Adjust => "adjust",
        }
    }
}

/// How to choose among several lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PickBody {
    /// Oldest received first; may span lots.
    Fifo,
}

/// A booking: `in`, `out`, `transfer`, `scrap` or `adjust`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementBody {
    /// What kind of booking.
    #[serde(rename = "type")]
    pub kind: Option<BookingType>,
    /// Part number.
    #[serde(default)]
    pub part: Option<String>,
    /// Operation; the source for everything but `in`.
    #[serde(default)]
    pub operation: Option<String>,
    /// Location; the source for everything but `in`.
    #[serde(default)]
    pub location: Option<String>,
    /// Whole pieces; the whole bucket where omitted and a lot is named.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// `in`: how many equal containers, each a lot of its own. 1 where omitted.
    #[serde(default)]
    pub containers: Option<u16>,
    /// The lot; for `in` only if the caller owns lot numbers.
    #[serde(default)]
    pub lot: Option<String>,
    /// `in`: item type of the lot.
    #[serde(default)]
    pub item_type: Option<String>,
    /// `in`: work order of the lot.
    #[serde(default)]
    pub work_order: Option<String>,
    /// `in`: colour of the lot.
    #[serde(default)]
    pub color_code: Option<String>,
    /// Free text; of the lot for `in`, of the movement otherwise.
    #[serde(default)]
    pub notes: Option<String>,
    /// `transfer`: operation the pieces go to.
    #[serde(default)]
    pub to_operation: Option<String>,
    /// `transfer`: location the pieces go to.
    #[serde(default)]
    pub to_location: Option<String>,
    /// Reason code: needed for `scrap` and `adjust`.
    #[serde(default)]
    pub reason: Option<String>,
    /// `adjust`: pieces counted.
    #[serde(default)]
    pub counted: Option<i64>,
    /// `adjust`: pieces more or fewer.
    #[serde(default)]
    pub delta: Option<i64>,
    /// `adjust`: what was believed to be there.
    #[serde(default)]
    pub expected_quantity: Option<i64>,
    /// `out`: the reservation that the pieces were kept for; what is taken is used of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Uuid>,
    /// How to choose among several lots; without it several are a refusal.
    #[serde(default)]
    pub pick: Option<PickBody>,
    /// When it happened, where captured earlier; RFC 3339.
    #[serde(default)]
    pub occurred_at: Option<String>,
    /// Scan session it belongs to.
    #[serde(default)]
    pub session_id: Option<Uuid>,
    /// Confirmable refusals the caller insists on.
    #[serde(default)]
    pub confirm: Vec<String>,
}

impl MovementBody {
    /// The action asked for.
    pub fn parse(&self) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let Some(kind) = self.kind else {
            fields.wrong(
                "type",
                Code::InvalidBody,
                "type is needed: in, out, transfer, scrap, adjust",
            );
            return fields.finish(None);
        };
        self.refuse_unused(kind, &mut fields);
        let action = match kind {
            BookingType::In => self.receive(&mut fields).map(Action::Receive),
            BookingType::Out => Some(Action::Take(Take {
                pick: self.pick(&mut fields),
                quantity: fields.quantity("quantity", self.quantity),
                reason: fields.optional("reason", self.reason.as_deref()),
                notes: fields.optional("notes", self.notes.as_deref()),
                reservation: self.reservation.map(ReservationId),
            })),
            BookingType::Transfer => Some(Action::Move(Move {
                pick: self.pick(&mut fields),
                quantity: fields.quantity("quantity", self.quantity),
                to_operation: fields.optional("to_operation", self.to_operation.as_deref()),
                to_location: fields.optional("to_location", self.to_location.as_deref()),
                notes: fields.optional("notes", self.notes.as_deref()),
            })),
            BookingType::Scrap => {
                let pick = self.pick(&mut fields);
                let quantity = fields.quantity("quantity", self.quantity);
                let notes = fields.optional("notes", self.notes.as_deref());
                reason(&mut fields, "reason", self.reason.as_deref())
                    .map(|reason| Action::Scrap(Scrap { pick, quantity, reason, notes }))
            }
            BookingType::Adjust => self.adjust(&mut fields).map(Action::Adjust),
        };
        fields.finish(action)
    }

    fn refuse_unused(&self, kind: BookingType, fields: &mut Fields) {
        use BookingType::{Adjust, In, Out, Transfer};
        let name = kind.as_str();
        if kind != Out {
            fields.unused("reservation", self.reservation.is_some(), name);
        }
        if kind == In {
            fields.unused("pick", self.pick.is_some(), name);
        } else {
            fields.unused("containers", self.containers.is_some(), name);
            fields.unused("item_type", self.item_type.is_some(), name);
            fields.unused("work_order", self.work_order.is_some(), name);
            fields.unused("color_code", self.color_code.is_some(), name);
        }
        if kind == Transfer {
            fields.unused("reason", self.reason.is_some(), name);
        } else {
            fields.unused("to_operation", self.to_operation.is_some(), name);
            fields.unused("to_location", self.to_location.is_some(), name);
        }
        if kind == Adjust {
            fields.unused("quantity", self.quantity.is_some(), name);
            fields.unused("pick", self.pick.is_some(), name);
        } else {
            fields.unused("counted", self.counted.is_some(), name);
            fields.unused("delta", self.delta.is_some(), name);
            fields.unused("expected_quantity", self.expected_quantity.is_some(), name);
        }
    }

    fn receive(&self, fields: &mut Fields) -> Option<Receive> {
        let part = fields.required("part", self.part.as_deref());
        let operation = fields.required("operation", self.operation.as_deref());
        let location = fields.required("location", self.location.as_deref());
        let quantity = fields.required_quantity("quantity", self.quantity);
        let containers = NonZeroU16::new(self.containers.unwrap_or(1)).filter(|n| n.get() <= 1000);
        if containers.is_none() {
            fields.wrong("containers", Code::InvalidBody, "containers is a number from 1 to 1000");
        }
        let lot = fields.optional("lot", self.lot.as_deref());
        let attributes = LotAttributes {
            item_type: fields.optional("item_type", self.item_type.as_deref()),
            work_order: fields.optional("work_order", self.work_order.as_deref()),
            color_code: fields.optional("color_code", self.color_code.as_deref()),
            notes: fields.optional("notes", self.notes.as_deref()),
        };
        let reason = fields.optional("reason", self.reason.as_deref());
        Some(Receive {
            part: part?,
            operation: operation?,
            location: location?,
            quantity: quantity?,
            containers: containers?,
            lot,
            attributes,
            reason,
        })
    }

    fn adjust(&self, fields: &mut Fields) -> Option<Adjust> {
        let pick = self.pick(fields);
        let count = match (self.counted, self.delta) {
            (Some(counted), None) => fields.quantity("counted", Some(counted)).map(Count::Counted),
            (None, Some(delta)) => fields.delta("delta", delta).map(Count::Delta),
            _ => {
                fields.wrong("counted", Code::InvalidBody, "send either counted or delta");
                None
            }
        };
        let expected = fields.quantity("expected_quantity", self.expected_quantity);
        let notes = fields.optional("notes", self.notes.as_deref());
        let reason = reason(fields, "reason", self.reason.as_deref());
        Some(Adjust { pick, count: count?, expected, reason: reason?, notes })
    }

    fn pick(&self, fields: &mut Fields) -> Pick {
        let pick = Pick {
            lot: fields.optional("lot", self.lot.as_deref()),
            part: fields.optional("part", self.part.as_deref()),
            operation: fields.optional("operation", self.operation.as_deref()),
            location: fields.optional("location", self.location.as_deref()),
            rule: if self.pick.is_some() { PickRule::Fifo } else { PickRule::Exact },
        };
        if pick.lot.is_none() {
            for (field, present) in [
                ("part", pick.part.is_some()),
                ("operation", pick.operation.is_some()),
                ("location", pick.location.is_some()),
            ] {
                if !present {
                    fields.wrong(
                        field,
                        Code::InvalidBody,
                        format!("{field} is needed without a lot"),
                    );
                }
            }
        }
        pick
    }
}

/// Several bookings at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchBody {
    /// All or none; otherwise each item has an answer of its own.
    pub atomic: bool,
    /// At most 1,000.
    pub items: Vec<MovementBody>,
}
