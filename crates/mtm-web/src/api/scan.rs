//! `POST /scan`: what was scanned.

use axum::extract::State;
use mtm_app::scan::{ScanAnswer, Scanned};
use mtm_core::code::Code;
use mtm_core::scan::{Kind, Symbology};
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
    /// What kind of symbol it was, as ISO/IEC 15424 writes it (`]C1`), where the scanner tells it apart
    /// from the data.
    #[serde(default)]
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
    /// Everything that was scanned from the same label before, at most 16 codes. What they say otherwise is
    /// told in `warnings`.
    same_label: Vec<String>,
}

/// Say what was scanned.
///
/// Changes nothing. More than one candidate is for a person to choose from. A label that says several things
/// at once (GS1, ISO/IEC 15434) is of the kind `label`: its `words` hold together, its `fields` are all it says.
#[utoipa::path(post, path = "/api/v1/scan", tag = "search", request_body = ScanBody,
    responses((status = 200, description = "What it is.", body = ScanAnswer)))]
async fn scan(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Json(body): Json<ScanBody>,
) -> Handled<ScanAnswer> {
    let expected = body.context.expected.as_deref().map(kind).transpose()?;
    let data = with_symbology(body.symbology.as_deref(), body.data)?;
    let scanned = Scanned { data: &data, expected, same_label: &body.context.same_label };
    Ok(Answer::ok(web.app().scan(&who, scanned).await?))
}

/// The data as a scanner sends it that says what the symbol was.
fn with_symbology(symbology: Option<&str>, data: String) -> Result<String, Problem> {
    let Some(text) = symbology.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(data);
    };
    let symbology = Symbology::parse(text).ok_or_else(|| {
        let message = format!("{text} is no symbology identifier, as ]C1 or ]d2");
        Problem::field(Code::InvalidBody, "symbology", message)
    })?;
    Ok(if data.starts_with(']') { data } else { format!("{symbology}{data}") })
}

fn kind(name: &str) -> Result<Kind, Problem> {
    Kind::from_name(name).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::as_str).join(", ");
        let message = format!("{name} is no kind of code; known are {known}");
        Problem::field(Code::InvalidBody, "context.expected", message)
    })
}
