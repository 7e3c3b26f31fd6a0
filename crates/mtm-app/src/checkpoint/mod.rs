//! Where the audit chain ended at some moment, and how many pieces there were then, to be kept elsewhere.
//!
//! The chain alone cannot show that its end was cut off, or that all of it was computed anew; a
//! checkpoint kept outside the machine can. A server writes one every hour and at every stop, here and at
//! a configured place outside, signed with a key of its own. The form, and how others check it without this
//! program, is described in `docs/checkpoints.md`.

mod check;
mod folder;
mod keeper;
mod key;
mod outside;
mod statement;

use std::path::{Path, PathBuf};

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::word::Timestamp;
use mtm_platform::{FileError, Operation};
use mtm_store::Fault;
use mtm_store::query::ReadError;
use mtm_store::totals::{ChainPlace, PartTotal};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

pub use check::{Flaw, Signature};
pub use folder::{files, newest, set_aside};
pub use keeper::{Keeper, Outside, Trouble};
pub use key::{KeyError, NoPublicKey, PublicKey, SigningKey};

/// Why there is no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file that is no checkpoint.
    #[error("{} is not a checkpoint: {message}", path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

impl From<Fault> for CheckpointError {
    fn from(fault: Fault) -> Self {
        Self::Ledger(fault.into())
    }
}

/// The end of the chain at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checkpoint {
    /// Position of the newest entry.
    pub sequence: u64,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// When that entry was recorded.
    pub recorded_at: Timestamp,
    /// What stood there. Those of earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<StockThen>,
    /// Who vouches for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// The pieces of every part of which there were any, in the order of `id`. What is signed is their
    /// digest, so that a checkpoint without them is still one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Vec<Total>>,
}

/// What stood there then, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockThen {
    /// Position of the newest movement.
    pub movement: u64,
    /// Parts of which there were any pieces.
    pub parts: u64,
    /// All pieces.
    pub pieces: i64,
    /// SHA-256 of the totals: a line `id quantity` for each part, in the order of `id`.
    pub sha256: String,
}

/// Who vouches for a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signed {
    /// When it was signed.
    pub at: Timestamp,
    /// The key: `ed25519:` and 32 bytes in base64.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: PublicKey,
    /// The signature of the statement, in base64.
    pub signature: String,
}

/// The pieces of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Total {
    /// The part's row, by which the audit chain names it.
    pub id: i64,
    /// Its code at that time.
    pub part: String,
    /// How many.
    pub quantity: i64,
}

impl Checkpoint {
    fn of(place: ChainPlace, parts: Vec<PartTotal>) -> Self {
        let total = |it: PartTotal| Total {
            id: it.id.0,
            part: it.part.to_string(),
            quantity: it.quantity.whole(),
        };
        Self::at(place, parts.into_iter().map(total).collect())
    }

    /// The one at `place`, where there were these pieces, in the order of the parts' rows.
    pub(crate) fn at(place: ChainPlace, totals: Vec<Total>) -> Self {
        let stock = StockThen {
            movement: place.movement,
            parts: totals.len() as u64,
            pieces: totals.iter().fold(0, |sum, it| sum.saturating_add(it.quantity)),
            sha256: statement::digest(totals.iter().map(|it| (it.id, it.quantity))),
        };
        Self {
            sequence: place.sequence,
            hash: place.hash,
            recorded_at: place.recorded_at,
            stock: Some(stock),
            signed: None,
            totals: Some(totals),
        }
    }

    /// As it stands in files.
    pub fn text(&self) -> String {
        // Plain structs of texts and numbers always serialise.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| FileError::new(Operation::Read, path, error))?;
        Self::parse(&text)
            .map_err(|message| CheckpointError::NotOne { path: path.to_owned(), message })
    }

    /// Reads the text of one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let checkpoint: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let digests =
            [Some(&checkpoint.hash), checkpoint.stock.as_ref().map(|stock| &stock.sha256)];
        if let Some(wrong) = digests.into_iter().flatten().find(|digest| !is_digest(digest)) {
            return Err(format!("{wrong:?} is no SHA-256 in small hexadecimal letters"));
        }
        Ok(checkpoint)
    }
}

impl App {
    /// Where the chain ends now, signed, for somebody who keeps it elsewhere. Writes nothing.
    pub async fn checkpoint(&self, who: &Principal) -> Result<Checkpoint, AppError> {
        who.require(Deed::ReadAdministration)?;
        let gone = |message| AppError::refused(Code::NotFound, message);
        let keeper =
            self.checkpoints().ok_or_else(|| gone("this program leaves no checkpoints"))?;
        match keeper.make(self.ledger()).await {
            Ok(made) => {
                made.ok_or_else(|| gone("nothing was recorded that a checkpoint could hold"))
            }
            Err(CheckpointError::Ledger(error)) => Err(error.into()),
            Err(other) => Err(Fault::Permanent(other.to_string()).into()),
        }
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
