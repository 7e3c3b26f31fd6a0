//! The immutable fact: pieces went from one account to another.

mod account;
mod record;

pub use account::{Account, Bucket, Outside, Place};
pub use record::{MovementRecord, MovementType};

use serde::{Deserialize, Serialize};

use crate::word::{LocationCode, LocationId, OperationCode, OperationId, PartCode, PartId};

/// A master record as it stands in a posting: its row for the database, its code for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named<I, C> {
    /// Row id, stable across renames.
    pub id: I,
    /// Code at the time of the posting.
    pub code: C,
}

/// A part named in a posting.
pub type PartRef = Named<PartId, PartCode>;
/// An operation named in a posting.
pub type OperationRef = Named<OperationId, OperationCode>;
/// A location named in a posting.
pub type LocationRef = Named<LocationId, LocationCode>;
