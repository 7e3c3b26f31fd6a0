//! Why a question was not answered.

use mtm_core::Rejection;
use mtm_core::code::Code;

use super::page::CursorError;
use crate::fault::Fault;

/// Why a query has no answer. An empty answer is not an error.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The question cannot be answered as it was put; code, field and message say why.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ReadError {
    /// The code a caller is answered with.
    pub const fn code(&self) -> Code {
        match self {
            Self::Refused(rejection) => rejection.code,
            Self::Fault(fault) => fault.code(),
        }
    }
}

impl From<CursorError> for ReadError {
    fn from(error: CursorError) -> Self {
        Self::Refused(Rejection::new(
            Code::InvalidParameter,
            "cursor",
            format!("{error}; start again without it"),
        ))
    }
}
