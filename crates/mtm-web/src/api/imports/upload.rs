//! `POST /imports`: a file, as the body of the request.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use futures_util::StreamExt;
use mtm_app::import::{ImportKind, ImportView};
use mtm_core::code::Code;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Query, need, too_large};
use crate::web::Shared;

/// What the file is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FileParameters {
    /// What its rows are: `movements`, `parts`, `locations`, `operations`, `item_types`,
    /// `color_codes`, `routings` or `work_orders`.
    kind: String,
    /// What its owner calls it.
    #[serde(default)]
    file_name: Option<String>,
}

/// Look at a file.
///
/// CSV (UTF-8, UTF-16 or Latin-1) or xlsx with one header row, or JSON (an object a line, or an array
/// of objects), as the body of the request; routings also as `OperationsDefinition` of B2MML, work orders as
/// `OperationsSchedule`. Answers what is wrong with every row; nothing is booked until the import is
/// committed. A file that was committed in part is answered with that import.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", params(FileParameters),
    request_body(content(
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "application/xml"),
    )),
    responses((status = 201, description = "Looked at.", body = ImportView)))]
pub(super) async fn upload(
    State(web): State<Shared>,
    who: Caller<need::Import>,
    Query(file): Query<FileParameters>,
    request: Request,
) -> Handled<ImportView> {
    let kind = ImportKind::from_name(&file.kind).ok_or_else(|| {
        let known = ImportKind::names().collect::<Vec<_>>().join(", ");
        let message = format!("{} is no kind of import; known are {known}", file.kind);
        Problem::field(Code::InvalidParameter, "kind", message)
    })?;
    let limit = web.limits().stream;
    let bytes = receive(request.into_body(), limit.file, limit.pause).await?;
    let name = file.file_name.as_deref().unwrap_or("upload");
    let view = web.app().preview_import(&who, kind, name, bytes).await?;
    Ok(Answer::created(view))
}

/// The whole file, unless it is too large or stops arriving.
async fn receive(body: Body, most: usize, pause: Duration) -> Result<Vec<u8>, Problem> {
    let mut pieces = body.into_data_stream();
    let mut file = Vec::new();
    loop {
        match tokio::time::timeout(pause, pieces.next()).await {
            Err(_) => return Err(Problem::of(Code::TooSlow)),
            Ok(None) => return Ok(file),
            Ok(Some(Err(_))) => return Err(Problem::new(Code::InvalidBody, "the file broke off")),
            Ok(Some(Ok(piece))) if file.len() + piece.len() > most => return Err(too_large(most)),
            Ok(Some(Ok(piece))) => file.extend_from_slice(&piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_bounded() {
        let pause = Duration::from_secs(1);
        assert_eq!(receive(Body::from("abcd"), 4, pause).await.unwrap(), b"abcd");
        let problem = receive(Body::from("abcde"), 4, pause).await.unwrap_err();
        assert_eq!(problem.code(), Code::TooLarge);
    }
}
