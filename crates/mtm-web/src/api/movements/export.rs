//! `GET /movements/export`: every matching row as a file.

use std::pin::Pin;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use mtm_app::AppError;
use mtm_app::export::ExportFormat;
use mtm_core::code::Code;
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::list::Filter;
use crate::problem::Problem;
use crate::request::{Beside, Caller, Named, need};
use crate::web::Shared;

/// Pieces of the file that may wait while the client is slow.
const PIECES_WAITING: usize = 2;

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
    let (pieces, received) = mpsc::channel(PIECES_WAITING);
    let app = web.app().clone();
    let who = (*who).clone();
    let work = async move { app.export_movements(&who, query, format, pieces).await };
    let mut export = Export { work: Some(Box::pin(work)), received };
    // The first piece is awaited here: what fails at once is answered as a problem.
    let first = export.next().await.transpose()?;
    let rest = stream::unfold(export, async |mut export| {
        let piece = export.next().await?;
        Some((piece, export))
    });
    let pieces = stream::iter(first.map(Ok)).chain(rest).map(|piece| {
        piece.map_err(|error| {
            tracing::error!(%error, "an export broke off");
            error
        })
    });
    let name = format!("attachment; filename=\"movements.{}\"", format.extension());
    let disposition = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(format.media_type());
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

type Work = dyn Future<Output = Result<(), AppError>> + Send;

/// The export's own work, driven by whoever reads its pieces.
struct Export {
    work: Option<Pin<Box<Work>>>,
    received: mpsc::Receiver<Vec<u8>>,
}

impl Export {
    /// The next piece; an error at most once, at the end.
    async fn next(&mut self) -> Option<Result<Vec<u8>, AppError>> {
        loop {
            let Some(work) = &mut self.work else {
                return self.received.recv().await.map(Ok);
            };
            tokio::select! {
                biased;
                Some(piece) = self.received.recv() => return Some(Ok(piece)),
                done = work => {
                    self.work = None;
                    if let Err(error) = done {
                        self.received.close();
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}
