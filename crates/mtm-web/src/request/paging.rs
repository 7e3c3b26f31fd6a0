//! Keyset paging parameters, which every list takes beside its filters.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mtm_app::query::{Cursor, MAX_LIMIT, PageRequest};
use mtm_core::code::Code;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::query::{Beside, Named, Pairs};
use crate::problem::Problem;

/// Rows of a page, where nobody says how many.
const USUALLY: u16 = 50;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows wanted, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Whether `total` shall count all matching rows; costs a full scan.
    count: bool,
}

impl Named for Paging {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "count"];
}

impl Paging {
    /// The page, checked.
    pub fn request(self) -> Result<PageRequest, Problem> {
        let mut page = PageRequest { count: self.count, ..PageRequest::default() };
        if let Some(limit) = self.limit {
            if !(1..=MAX_LIMIT).contains(&limit) {
                let message = format!("limit is 1 to {MAX_LIMIT}");
                return Err(Problem::field(Code::InvalidParameter, "limit", message));
            }
            page.limit = limit;
        }
        if let Some(cursor) = self.cursor {
            let cursor = Cursor::decode(&cursor).map_err(|error| {
                Problem::field(Code::InvalidParameter, "cursor", error.to_string())
            })?;
            page.cursor = Some(cursor);
        }
        Ok(page)
    }
}

/// The page of a list whose rows have numbers: how many, 50 where nobody says, and before which row.
pub(crate) fn numbered<N: FromStr>(
    limit: Option<u16>,
    cursor: Option<&str>,
) -> Result<(u16, Option<N>), Problem> {
    let wrong = |field, message| Problem::field(Code::InvalidParameter, field, message);
    let limit = limit.unwrap_or(USUALLY);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(wrong("limit", format!("limit is 1 to {MAX_LIMIT}")));
    }
    let before = cursor.map(str::parse).transpose();
    let before =
        before.map_err(|_| wrong("cursor", "this is no cursor of this list".to_owned()))?;
    Ok((limit, before))
}

/// The filters of a list as an `F`, and the page.
///
/// Refuses with 400 `unknown_parameter` or `invalid_parameter`.
#[derive(Debug, Clone)]
pub struct Listing<F> {
    /// What the list is narrowed by.
    pub filter: F,
    /// Which page of it.
    pub page: PageRequest,
}

impl<S: Sync, F: DeserializeOwned> FromRequestParts<S> for Listing<F> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Beside(paging, filter) = Beside::<Paging, F>::from_request_parts(parts, state).await?;
        Ok(Self { filter, page: paging.request()? })
    }
}

/// No filter but the page.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Everything {}

/// A request that takes no parameters at all: whatever is sent is refused.
#[derive(Debug, Clone, Copy)]
pub struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Pairs::parse(parts.uri.query().unwrap_or_default())?.read::<Everything>()?;
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Filter {
        part: Option<String>,
    }

    async fn read(query: &str) -> Result<Listing<Filter>, (Code, String)> {
        let request = Request::builder().uri(format!("/x?{query}")).body(()).unwrap();
        Listing::from_request_parts(&mut request.into_parts().0, &())
            .await
            .map_err(|problem| (problem.code(), problem.detail().to_owned()))
    }

    #[tokio::test]
    async fn pages_and_filters_are_told_apart() {
        let listing = read("limit=1000&part=7&count=true").await.unwrap();
        assert_eq!((listing.page.limit, listing.page.count), (1000, true));
        assert_eq!(listing.filter.part.as_deref(), Some("7"));
        assert_eq!(read("").await.unwrap().page, PageRequest::default());
    }

    #[tokio::test]
    async fn impossible_pages_are_refused() {
        for query in ["limit=0", "limit=1001", "limit=x", "cursor=zz", "limit=1&limit=2"] {
            assert_eq!(read(query).await.unwrap_err().0, Code::InvalidParameter, "{query}");
        }
        let (code, message) = read("limt=5").await.unwrap_err();
        assert_eq!(code, Code::UnknownParameter);
        assert!(message.contains("did you mean limit?"), "{message}");
    }
}
