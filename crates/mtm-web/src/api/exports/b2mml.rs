//! `GET /exports/b2mml/…`: stock and movements as documents of ISA-95.

use axum::extract::State;
use axum::response::Response;
use mtm_app::b2mml::{MEDIA_TYPE, Span};
use mtm_core::word::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::download::download;
use crate::problem::Problem;
use crate::request::{Caller, NoParameters, Query, need};
use crate::web::Shared;

/// Export stock as B2MML.
///
/// All stock of this moment as a `ShowMaterialInformation` of B2MML version 7 (ISA-95), streamed: a
/// `MaterialLot` for each lot, with a `MaterialSubLot` for each of its places where they are several. The
/// quantities of the lots add up to the stock. A document that breaks off ends without its last chunk.
#[utoipa::path(get, path = "/api/v1/exports/b2mml/material-information", tag = "exports",
    responses((status = 200, description = "The document.",
        content((String = "application/xml")))))]
pub(super) async fn material_information(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let (app, who) = (web.app().clone(), (*who).clone());
    let write = |pieces| async move { app.export_material_information(&who, pieces).await };
    download("material-information.xml", MEDIA_TYPE, write).await
}

/// Which movements.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SpanParameters {
    /// Recorded at or after.
    #[serde(default)]
    from: Option<Timestamp>,
    /// Recorded before.
    #[serde(default)]
    to: Option<Timestamp>,
}

/// Export movements as B2MML.
///
/// The movements of a span, the oldest first, as a `ShowOperationsPerformance` of B2MML version 7
/// (ISA-95), streamed: an `OperationsResponse` for each, named by the movement's id, by which a receiver
/// leaves out what it was told before. A reversal is a movement of its own. What is `Produced` less what
/// is `Consumed` is what the stock changed by. A document that breaks off ends without its last chunk.
#[utoipa::path(get, path = "/api/v1/exports/b2mml/operations-performance", tag = "exports",
    params(SpanParameters),
    responses((status = 200, description = "The document.",
        content((String = "application/xml")))))]
pub(super) async fn operations_performance(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Query(SpanParameters { from, to }): Query<SpanParameters>,
) -> Result<Response, Problem> {
    let (app, who, span) = (web.app().clone(), (*who).clone(), Span { from, to });
    let write = |pieces| async move { app.export_operations_performance(&who, span, pieces).await };
    download("operations-performance.xml", MEDIA_TYPE, write).await
}
