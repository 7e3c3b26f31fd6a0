//! `GET /movements/export`: every matching row as a file.

use axum::extract::State;
use axum::response::Response;
use mtm_app::export::ExportFormat;
use mtm_core::code::Code;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::list::Filter;
use crate::api::download::download;
use crate::problem::Problem;
use crate::request::{Beside, Caller, Named, need};
use crate::web::Shared;

/// What kind of file.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// Comma-separated values, UTF-8.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// One JSON object a line.
    Ndjson,
}

/// What to export as.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FileParameters {
    /// What kind of file.
    #[param(inline)]
    format: Format,
}

impl Named for FileParameters {
    const NAMES: &'static [&'static str] = &["format"];
}

/// Export movements.
///
/// All rows that match, streamed; a file that breaks off ends without its last chunk, so that no
/// client takes half of it for the whole. Cells that a spreadsheet would take for formulas are
/// escaped.
#[utoipa::path(get, path = "/api/v1/movements/export", tag = "movements",
    params(FileParameters, Filter),
    responses((status = 200, description = "The file.", content(
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))))]
pub(super) async fn export(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Beside(file, filter): Beside<FileParameters, Filter>,
) -> Result<Response, Problem> {
    if filter.is_legacy() {
        let message = "only the ledger's own log can be exported";
        return Err(Problem::field(Code::InvalidParameter, "source", message));
    }
    let query = filter.history()?;
    let format = match file.format {
        Format::Csv => ExportFormat::Csv,
        Format::Xlsx => ExportFormat::Xlsx,
        Format::Ndjson => ExportFormat::Ndjson,
    };
    let app = web.app().clone();
    let who = (*who).clone();
    let name = format!("movements.{}", format.extension());
    let write = |pieces| async move { app.export_movements(&who, query, format, pieces).await };
    download(&name, format.media_type(), write).await
}
