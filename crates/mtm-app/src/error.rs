//! What can go wrong in a use case: the domain refuses, the input is wrong, or the store fails.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_store::query::ReadError;
use mtm_store::{Fault, PostError};
use serde::Serialize;

/// One thing wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field, as the caller named it.
    pub field: String,
    /// Stable code.
    pub code: Code,
    /// What is wrong, with the value at hand.
    pub message: String,
}

impl FieldError {
    /// `field` cannot be used as it is.
    pub fn new(field: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Why a use case did not happen. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The domain refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The input is wrong in one or more fields.
    #[error("{}", .0.first().map_or("the input is wrong", |error| error.message.as_str()))]
    Invalid(Vec<FieldError>),
    /// Tried too often.
    #[error("too many tries; wait {seconds} seconds")]
    TooMany {
        /// After so many seconds the next try is looked at.
        seconds: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AppError {
    /// The stable code of the problem.
    pub fn code(&self) -> Code {
        match self {
            Self::Rejected(rejection) => rejection.code,
            Self::Invalid(errors) => errors.first().map_or(Code::InvalidBody, |error| error.code),
            Self::TooMany { .. } => Code::TooManyRequests,
            Self::Fault(fault) => fault.code(),
        }
    }

    /// A refusal of `code` in words.
    pub fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::Rejected(Rejection::new(code, None, message))
    }

    /// A single wrong field.
    pub fn field(field: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }
}

impl From<PostError> for AppError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Rejected(rejection) => Self::Rejected(rejection),
            PostError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<ReadError> for AppError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused(rejection) => Self::Rejected(rejection),
            ReadError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Vec<FieldError>> for AppError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

/// What went wrong where a refusal cannot be expected.
pub(crate) fn fault(error: PostError) -> Fault {
    match error {
        PostError::Fault(fault) => fault,
        PostError::Rejected(rejection) => Fault::Permanent(rejection.to_string()),
    }
}
