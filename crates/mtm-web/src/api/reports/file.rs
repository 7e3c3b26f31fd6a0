//! Figures as JSON, or as a sheet to be saved.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mtm_app::report::{SheetFormat, Tabular};
use serde::Serialize;

use crate::answer::Answer;
use crate::problem::Problem;

/// An answer in the form that was asked for.
#[derive(Debug)]
pub(in crate::api) struct Figures(Response);

impl IntoResponse for Figures {
    fn into_response(self) -> Response {
        self.0
    }
}

/// `value` in `format`; the file is called `name` with the ending of its kind.
pub(in crate::api) fn figures<T: Serialize + Tabular>(
    name: &str,
    format: Option<&str>,
    value: &T,
) -> Result<Figures, Problem> {
    let Some(format) = SheetFormat::from_name(format.unwrap_or_default())? else {
        return Ok(Figures(Answer::ok(value).into_response()));
    };
    let mut response = Response::new(Body::from(format.write(value)?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    let file = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let file =
        HeaderValue::from_str(&file).map_err(|error| Problem::internal(error.to_string()))?;
    headers.insert(header::CONTENT_DISPOSITION, file);
    Ok(Figures(response))
}
