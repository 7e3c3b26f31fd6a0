//! `GET /assets/{version}/{path}`: style sheets, scripts and pictures.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mtm_core::code::Code;

use crate::problem::Problem;
use crate::ui::assets;

/// An address of this build never changes its content; one of another build gets the present file,
/// to be asked for again.
pub(super) async fn show(
    Path((version, path)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let asset = assets::find(&path).ok_or(Problem::of(Code::NotFound))?;
    let caching = if version == assets::version() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.mime)),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
    ];
    Ok((headers, asset.bytes).into_response())
}
