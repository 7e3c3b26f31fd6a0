//! Parts of the path: what is not an id or a code names nothing.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mtm_core::code::Code;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The variable part of the path as a `T`; 404 where it cannot be one.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::new(Code::NotFound, rejection.body_text())),
        }
    }
}
