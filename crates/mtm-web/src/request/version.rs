//! Optimistic concurrency: the `ETag` of a resource is the version of its editable attributes, and
//! a change names the version it changes.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use mtm_core::code::Code;

use crate::problem::Problem;

/// The version that `If-Match` names.
///
/// Refuses with 428 where the header is missing and 412 where it is not a version of ours
/// (`W/` tags never match, as RFC 9110 has it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if_match(&parts.headers)?.map(Self).ok_or_else(|| Problem::of(Code::VersionRequired))
    }
}

/// The version that `If-Match` names, where it was sent: for actions that need not name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaybeIfMatch(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for MaybeIfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if_match(&parts.headers).map(Self)
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(given) = headers.get(header::IF_MATCH) else { return Ok(None) };
    given
        .to_str()
        .ok()
        .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'))
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| Problem::of(Code::Stale))
}

/// The `ETag` of a version.
pub(crate) fn etag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// Adds the `ETag` of `version`.
pub(crate) fn tag(headers: &mut HeaderMap, version: i64) {
    headers.insert(header::ETAG, etag(version));
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[tokio::test]
    async fn a_version_is_needed_and_must_be_one_of_ours() {
        let read = async |value: Option<&str>| {
            let mut request = Request::builder();
            if let Some(value) = value {
                request = request.header(header::IF_MATCH, value);
            }
            let mut parts = request.body(()).unwrap().into_parts().0;
            IfMatch::from_request_parts(&mut parts, &()).await.map_err(|problem| problem.code())
        };
        assert_eq!(read(Some("\"7\"")).await, Ok(IfMatch(7)));
        assert_eq!(read(Some(etag(12).to_str().unwrap())).await, Ok(IfMatch(12)));
        assert_eq!(read(None).await, Err(Code::VersionRequired));
        for other in ["7", "*", "W/\"7\"", "\"seven\"", ""] {
            assert_eq!(read(Some(other)).await, Err(Code::Stale), "{other}");
        }
    }
}
