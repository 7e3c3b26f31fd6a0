//! Verification: does the ledger still say what it was told?
//!
//! What can be proved from the file alone is that nobody altered, removed or reordered anything
//! without also rewriting the chain. Whoever can rewrite the whole chain, or cut its end together
//! with movements and stock, is found out by comparing [`VerifyReport::head`] with one kept
//! elsewhere.

use mtm_core::word::{LotNumber, MovementId, Timestamp};
use serde::Serialize;

pub use crate::verify::{ALWAYS_AGAIN, ChainWatch, Piece, Sweep, Swept};

/// How much to verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyRange {
    /// Everything: the whole chain, every lot, references, and the structure of the file.
    Full,
    /// The audit entries from this position on, and the lots that their movements touched. What came
    /// before is believed.
    From(u64),
    /// The audit entries from one position to another, both included, and the lots that their
    /// movements touched. What came before is believed, what came after is not looked at.
    Between(u64, u64),
}

/// How far verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Audit entries and lots checked so far.
    pub done: u64,
    /// How many there are to check, about.
    pub total: u64,
}

/// The end of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainHead {
    /// Position of the newest entry; zero when there is none.
    pub sequence: u64,
    /// Its hash, hexadecimal.
    pub hash: String,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyReport {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// Audit entries checked.
    pub checked: u64,
    /// Position of the first one.
    pub from: u64,
    /// Position of the last one.
    pub to: u64,
    /// Lots whose stock was rebuilt from the log and compared.
    pub lots: u64,
    /// When it was done.
    pub verified_at: Timestamp,
    /// The end of the chain as far as it was checked, to compare with one kept elsewhere.
    pub head: ChainHead,
    /// The first row that is not what it was.
    pub first_bad: Option<FirstBad>,
    /// Derived tables that did not say what the log says. They are made anew from it, and until then
    /// questions are answered from the log itself.
    pub remade: Vec<&'static str>,
    /// What the file alone cannot prove.
    pub not_excluded: String,
}

/// What the file alone cannot prove, in words.
pub(crate) const NOT_EXCLUDED: &str = "that the newest entries were cut off together with their \
    movements and stock, or that the whole chain was rewritten: compare `head` with one kept \
    elsewhere";

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Damage {
    /// A movement is not what its audit entry says.
    MovementAltered,
    /// A movement that has an audit entry is gone.
    MovementMissing,
    /// A movement has no audit entry.
    MovementUnaudited,
    /// An audit entry is not what was hashed.
    AuditEntryAltered,
    /// The hash of an audit entry is not its hash.
    AuditHashAltered,
    /// An audit entry is gone, or out of order.
    AuditEntryMissing,
    /// Stock is not what the movements make.
    StockDiffers,
    /// A lot is not what its movements say.
    LotAltered,
    /// A row names another that does not exist.
    DanglingReference,
    /// The structure of the file is damaged.
    FileDamaged,
}

/// The first row that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FirstBad {
    /// What is wrong.
    pub what: Damage,
    /// Feed position of the movement concerned, where there is one.
    pub sequence: Option<u64>,
    /// Position of the audit entry concerned, where there is one.
    pub audit_sequence: Option<u64>,
    /// The movement concerned.
    pub movement_id: Option<MovementId>,
    /// The lot concerned.
    pub lot: Option<LotNumber>,
    /// What was found and what was expected.
    pub message: String,
}

impl FirstBad {
    pub(crate) fn new(what: Damage, message: impl Into<String>) -> Self {
        Self {
            what,
            sequence: None,
            audit_sequence: None,
            movement_id: None,
            lot: None,
            message: message.into(),
        }
    }
}
