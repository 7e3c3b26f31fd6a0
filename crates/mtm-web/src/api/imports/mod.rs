//! Imports: files that are looked at, taken over, and undone as one.

mod upload;

use axum::extract::State;
use mtm_app::import::{CommitBody, ImportView};
use mtm_core::word::ImportId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Json, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, upload::upload))
        .routes(routes!(show))
        .routes(routes!(commit))
        .routes(routes!(undo))
}

/// Imports.
#[derive(Debug, Serialize, ToSchema)]
struct Imports {
    /// The latest, newest first, without their rows.
    items: Vec<ImportView>,
}

/// Why it is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UndoBody {
    /// Why, in words.
    reason: String,
}

/// List imports.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports",
    responses((status = 200, description = "The latest.", body = Imports)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Import>,
    _: NoParameters,
) -> Handled<Imports> {
    Ok(Answer::ok(Imports { items: web.app().imports(&who).await? }))
}

/// Show an import with what was said of its rows.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import.", body = ImportView)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Import>,
    Path(id): Path<ImportId>,
    _: NoParameters,
) -> Handled<ImportView> {
    Ok(Answer::ok(web.app().import(&who, id).await?))
}

/// Take an import's rows over.
///
/// All in one transaction, or none. Asking again changes nothing. A file of movements that stand in
/// the ledger already is refused (`possible_duplicate`) until that is confirmed.
#[utoipa::path(post, path = "/api/v1/imports/{id}/commit", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    request_body = CommitBody,
    responses((status = 200, description = "Taken over.", body = ImportView)))]
async fn commit(
    State(web): State<Shared>,
    who: Caller<need::Import>,
    Path(id): Path<ImportId>,
    Json(body): Json<CommitBody>,
) -> Handled<ImportView> {
    Ok(Answer::ok(web.app().commit_import(&who, id, &body).await?))
}

/// Undo an import's movements.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    request_body = UndoBody,
    responses((status = 200, description = "Undone.", body = ImportView)))]
async fn undo(
    State(web): State<Shared>,
    who: Caller<need::Import>,
    Path(id): Path<ImportId>,
    Json(body): Json<UndoBody>,
) -> Handled<ImportView> {
    Ok(Answer::ok(web.app().undo_import(&who, id, &body.reason).await?))
}
