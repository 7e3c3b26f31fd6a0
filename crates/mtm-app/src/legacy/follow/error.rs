//! Why the legacy system cannot be followed.

use mtm_core::word::Timestamp;
use mtm_store::query::ReadError;
use mtm_store::{Fault, PostError};

use crate::error::AppError;
use crate::legacy::plan::PlanError;
use crate::legacy::plant::LegacyError;

/// Why the legacy system cannot be followed, or not now. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The legacy side.
    #[error(transparent)]
    Legacy(#[from] LegacyError),
    /// What was read cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// This side.
    #[error(transparent)]
    App(#[from] AppError),
    /// There is nothing here to go on from.
    #[error("nothing of the legacy system was taken over here that could be followed")]
    NotTakenOver,
    /// The parallel run has ended.
    #[error("the legacy system was cut over at {at}; this ledger is what counts")]
    CutOver {
        /// When.
        at: Timestamp,
    },
    /// The server holds another plant's data.
    #[error(
        "of the last {kept} log rows kept here, {same} stand on that server as they were taken \
         over: it is another database, or an older copy"
    )]
    OtherDatabase {
        /// Rows compared.
        kept: u64,
        /// Rows that are the same.
        same: u64,
    },
    /// Rows keep coming.
    #[error(
        "people still book in the legacy system: something changed during each of {looks} looks"
    )]
    StillBooked {
        /// How often it was looked at.
        looks: u32,
    },
}

impl FollowError {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Legacy(error) => error.code(),
            Self::Plan(error) => error.code(),
            Self::App(_) => "legacy_not_followed",
            Self::NotTakenOver => "legacy_not_taken_over",
            Self::CutOver { .. } => "legacy_cut_over",
            Self::OtherDatabase { .. } => "legacy_other_database",
            Self::StillBooked { .. } => "legacy_still_booked",
        }
    }

    /// What the person in front of the screen should do.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Legacy(error) => error.next_step(),
            Self::Plan(error) => error.next_step(),
            Self::App(_) => "`mtm doctor` looks for the cause.",
            Self::NotTakenOver => {
                "Take the legacy system over into an empty ledger with this version of the \
                 program; then follow it."
            }
            Self::CutOver { .. } => "Book here. The cut-over report says what else to do.",
            Self::OtherDatabase { .. } => {
                "Name the database that was taken over, in its newest state."
            }
            Self::StillBooked { .. } => {
                "Stop booking in the legacy system (close its programs, or take the right to \
                 write from its account), then cut over again."
            }
        }
    }
}

impl From<PostError> for FollowError {
    fn from(error: PostError) -> Self {
        Self::App(error.into())
    }
}

impl From<ReadError> for FollowError {
    fn from(error: ReadError) -> Self {
        Self::App(error.into())
    }
}

impl From<Fault> for FollowError {
    fn from(fault: Fault) -> Self {
        Self::App(fault.into())
    }
}
