//! `POST /scan`: what was scanned.

use axum::extract::State;
use mtm_app::scan::ScanAnswer;
use mtm_core::code::Code;
use mtm_core::scan::Kind;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Json, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(scan))
}

/// A scan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScanBody {
    /// Everything the scanner sent.
    data: String,
    /// What kind of symbol it was, where the scanner says.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the contract; plain codes and own labels need no hint")]
    symbology: Option<String>,
    /// What is known besides.
    #[serde(default)]
    context: ScanContext,
}

/// What is known besides the scan.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ScanContext {
    /// What the field in focus takes: `part`, `operation`, `location`, `lot`, `work_order` or
    /// `quantity`.
    expected: Option<String>,
}

/// Say what was scanned.
///
/// Changes nothing. More than one candidate is for a person to choose from.
#[utoipa::path(post, path = "/api/v1/scan", tag = "search", request_body = ScanBody,
    responses((status = 200, description = "What it is.", body = ScanAnswer)))]
async fn scan(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Json(body): Json<ScanBody>,
) -> Handled<ScanAnswer> {
    let expected = body.context.expected.as_deref().map(kind).transpose()?;
    Ok(Answer::ok(web.app().scan(&who, &body.data, expected).await?))
}

fn kind(name: &str) -> Result<Kind, Problem> {
    Kind::from_name(name).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::as_str).join(", ");
        let message = format!("{name} is no kind of code; known are {known}");
        Problem::field(Code::InvalidBody, "context.expected", message)
    })
}
