//! `/metrics`: what Prometheus scrapes.

use axum::extract::State;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metrics::Gauge;
use crate::problem::Problem;
use crate::request::principal;
use crate::server::Peer;
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Counters and latencies in the Prometheus text format.
///
/// From the server's own machine without credentials; from elsewhere with a token of scope
/// `lead`.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, description = "All series.", body = String,
        content_type = "text/plain; version=0.0.4")))]
async fn metrics(State(web): State<Shared>, peer: Peer, parts: Parts) -> Result<Response, Problem> {
    if !peer.is_local() {
        let who = principal(&parts, &web).await?.ok_or(Problem::of(Code::Unauthenticated))?;
        who.require(Deed::ReadAdministration)?;
    }
    let ledger = web.app().ledger();
    let counts = ledger.counts().await?;
    // A database server says how big it is by itself.
    let file = ledger.path().and_then(|path| std::fs::metadata(path).ok());
    let size = file.map_or(0, |file| file.len());
    let text = web.metrics().render(&[
        Gauge { name: "mtm_outbox_newest", help: "Newest event.", value: counts.newest_event },
        Gauge {
            name: "mtm_movement_newest",
            help: "Feed position.",
            value: counts.newest_sequence,
        },
        Gauge { name: "mtm_buckets", help: "Buckets with pieces.", value: counts.buckets },
        Gauge { name: "mtm_lots", help: "Lots, also empty ones.", value: counts.lots },
        Gauge { name: "mtm_holds_active", help: "Holds not released.", value: counts.active_holds },
        Gauge {
            name: "mtm_database_bytes",
            help: "Size of the embedded ledger's file.",
            value: size,
        },
    ]);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
