//! JSON bodies, strictly: the declared content type, a bounded size within a bounded time, no
//! field that does not exist, and an answer that names the field when something is wrong.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mtm_core::code::Code;
use serde::de::DeserializeOwned;

use super::diagnosis::{MOST_DEPTH, diagnose};
use crate::problem::Problem;

/// The parser's own bound on nesting must not come first.
const _: () = assert!(MOST_DEPTH < 128);

/// How large a body may be, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit {
    /// Most bytes.
    pub size: usize,
    /// Longest time from the end of the header fields to the end of the body.
    pub time: Duration,
}

impl Default for BodyLimit {
    fn default() -> Self {
        Self { size: 1024 * 1024, time: Duration::from_secs(30) }
    }
}

/// The body as a `T`.
///
/// Refuses with 413, 415 or 400 `malformed_json`, `invalid_body`, `unknown_field`.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Sync,
    BodyLimit: FromRef<S>,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Code::UnsupportedContent, "send application/json"));
        }
        let text = read(request.into_body(), BodyLimit::from_ref(state)).await?;
        parse(&text).map(Self)
    }
}

/// Reads JSON text into a `T`.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(text).map_err(|failure| diagnose::<T>(text, &failure))
}

/// Reads a whole body within its limits.
pub(crate) async fn read(body: Body, limit: BodyLimit) -> Result<Bytes, Problem> {
    let whole = Limited::new(body, limit.size).collect();
    match tokio::time::timeout(limit.time, whole).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit.size)),
        Ok(Err(_)) => Err(Problem::new(Code::InvalidBody, "the body broke off")),
        Err(_) => {
            let message = format!("the body took longer than {} s", limit.time.as_secs());
            Err(Problem::new(Code::TooSlow, message))
        }
    }
}

/// The refusal of a body of more than `most` bytes.
pub(crate) fn too_large(most: usize) -> Problem {
    Problem::new(Code::TooLarge, format!("at most {most} bytes are accepted here"))
}

/// Whether the body is declared as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|(kind, subtype)| {
        kind.eq_ignore_ascii_case("application")
            && (subtype.eq_ignore_ascii_case("json")
                || subtype.to_ascii_lowercase().ends_with("+json"))
    })
}

/// Type and subtype of the declared content, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<(&str, &str)> {
    let declared = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    declared.split(';').next()?.trim().split_once('/')
}

#[cfg(test)]
mod tests {
    use mtm_core::word::Quantity;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Batch {
        #[expect(dead_code, reason = "only its presence matters")]
        atomic: bool,
        #[expect(dead_code, reason = "only its shape matters")]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Item {
        #[expect(dead_code, reason = "only its shape matters")]
        quantity: Quantity,
        #[expect(dead_code, reason = "only its shape matters")]
        lot: Option<String>,
    }

    fn refused(text: &str) -> (Code, String, String) {
        let problem = parse::<Batch>(text.as_bytes()).unwrap_err();
        let field = problem.errors().first().map(|error| error.field.clone());
        (problem.code(), field.unwrap_or_default(), problem.detail().to_owned())
    }

    #[test]
    fn the_field_that_is_wrong_is_named_by_its_path() {
        parse::<Batch>(br#"{"atomic": true, "items": [{"quantity": 5, "lot": null}]}"#).unwrap();
        let cases = [
            (
                r#"{"atomic":true,"items":[{"quantiti":5}]}"#,
                Code::UnknownField,
                "items[0].quantiti",
            ),
            (
                r#"{"atomic":true,"items":[{"quantity":5.0}]}"#,
                Code::InvalidBody,
                "items[0].quantity",
            ),
            (
                r#"{"atomic":true,"items":[{"quantity":-5}]}"#,
                Code::InvalidBody,
                "items[0].quantity",
            ),
            (r#"{"atomic":true,"items":[{}]}"#, Code::InvalidBody, "items[0].quantity"),
            (r#"{"atomic":"yes","items":[]}"#, Code::InvalidBody, "atomic"),
            (r#"{"atomic":true,"atomic":false,"items":[]}"#, Code::InvalidBody, "atomic"),
            (r#"{"items":[]}"#, Code::InvalidBody, "atomic"),
            (r#"{"atomic":true,"items":{}}"#, Code::InvalidBody, "items"),
            ("[]", Code::InvalidBody, ""),
            ("", Code::MalformedJson, ""),
            (r#"{"atomic":tru"#, Code::MalformedJson, ""),
            ("{\"atomic\":\"\u{0}\"}", Code::MalformedJson, ""),
        ];
        for (text, code, field) in cases {
            let (found, path, message) = refused(text);
            assert_eq!((found, path.as_str()), (code, field), "{text}: {message}");
        }
        assert!(refused(r#"{"atomic":true,"itmes":[]}"#).2.contains("did you mean items?"));
        let invalid_utf8 = parse::<Batch>(b"{\"atomic\xff\":true}").unwrap_err();
        assert_eq!(invalid_utf8.code(), Code::MalformedJson);
    }

    #[test]
    fn deep_nesting_is_refused_without_recursion() {
        let deep = format!(r#"{{"atomic":true,"items":{}"#, "[".repeat(900_000));
        let (code, _, message) = refused(&deep);
        assert_eq!(code, Code::InvalidBody, "{message}");
        assert!(message.contains("nested deeper"), "{message}");
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_time() {
        let limit = BodyLimit { size: 8, time: Duration::from_millis(1) };
        assert_eq!(read(Body::from("12345678"), limit).await.unwrap(), "12345678");
        assert_eq!(read(Body::from("123456789"), limit).await.unwrap_err().code(), Code::TooLarge);
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let slow = read(Body::from_stream(endless), limit).await.unwrap_err();
        assert_eq!(slow.code(), Code::TooSlow);
    }
}
