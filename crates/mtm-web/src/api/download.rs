//! A file that is sent while it is made.

use std::pin::Pin;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use mtm_app::AppError;
use tokio::sync::mpsc;

use crate::problem::Problem;

/// Pieces of the file that may wait while the client is slow.
const PIECES_WAITING: usize = 2;

/// Sends what `write` gives piece by piece, as a file called `name` of the media type `kind`.
///
/// What fails before the first piece is answered as a problem. What fails later ends the answer without
/// its last chunk, so that no client takes half of a file for the whole.
pub(super) async fn download<W>(
    name: &str,
    kind: &'static str,
    write: impl FnOnce(mpsc::Sender<Vec<u8>>) -> W,
) -> Result<Response, Problem>
where
    W: Future<Output = Result<(), AppError>> + Send + 'static,
{
    let (pieces, received) = mpsc::channel(PIECES_WAITING);
    let mut export = Export { work: Some(Box::pin(write(pieces))), received };
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
    let name = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(kind);
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
