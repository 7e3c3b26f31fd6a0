//! The words of the shop floor as types: parsed once at the edge, trusted everywhere after.
//!
//! A value of one of these types is already trimmed, folded and within its bounds, so no later
//! code checks again. Texts are shared (`Arc<str>`): a code is cloned along every posting of a
//! command and must not cost an allocation each time.

mod id;
mod quantity;
mod text;
mod time;
mod yields;

pub use id::{
    CommandId, CountId, EventId, HoldId, ImportId, LocationId, MovementId, OperationId, PartId,
    ReservationId, SessionId, UserId,
};
pub use quantity::{Delta, Quantity, QuantityError};
pub use text::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, ReasonCode,
    ShiftName, StationName, UserName, WordError, WorkOrder, fold,
};
pub use time::{Timestamp, TimestampError};
pub use yields::{Yield, YieldError};
