//! Other systems that send messages.

use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::UserRecord;

/// Another system that may send messages. Its secrets stay in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboundSource {
    /// Identity.
    pub id: Uuid,
    /// The last step of its address, `/api/v1/inbound/<name>`.
    pub name: String,
    /// Version of what can be edited.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when the secret before the present one counts as well.
    pub former_until: Option<Timestamp>,
    /// When a message that was signed well was last refused.
    pub refused_at: Option<Timestamp>,
    /// Why.
    pub last_error: Option<String>,
    /// Since when nothing of it is taken.
    pub disabled_at: Option<Timestamp>,
    /// Messages that were taken.
    pub taken: u64,
    /// When the last was.
    pub taken_at: Option<Timestamp>,
}

/// A source to make.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// Its identity; its secret is bound to it.
    pub id: Uuid,
    /// The last step of its address.
    pub name: String,
    /// Its secret, encrypted.
    pub sealed_secret: Vec<u8>,
}

/// Another secret in the place of the present one.
#[derive(Debug, Clone)]
pub struct RotatedSecret {
    /// The new one, encrypted.
    pub sealed_secret: Vec<u8>,
    /// Until when the present one counts as well.
    pub former_until: Timestamp,
}

/// Who sends a message, and how that is proved.
#[derive(Debug, Clone)]
pub struct KnownSource {
    /// Row.
    pub row: i64,
    /// Identity; the secrets are bound to it.
    pub id: Uuid,
    /// Who books what it sends.
    pub user: UserRecord,
    /// The present secret, and the one before while it counts; encrypted.
    pub sealed_secrets: Vec<Vec<u8>>,
}
