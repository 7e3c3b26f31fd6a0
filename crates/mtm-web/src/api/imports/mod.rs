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
    /// After so many movements the answer is given, with the state `undoing` where others are left:
    /// undo again to go on. All of them where it is not said.
    #[serde(default)]
    at_most: Option<u32>,
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

/// Show an import with what was said of its rows, and how far it has come.
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
/// In steps, each one transaction, so that others book in between; `rows_done` of `rows_total` says
/// how far it is, also to whoever looks meanwhile. Cut off, or answered `committing` (`at_most`), it
/// goes on where it stopped when it is committed again; asking again after the end changes nothing.
///
/// Without `skip_refused` every row must hold before the first is taken over; where one ceases to
/// hold after that, the answer says how far it came. With it, refused rows are left out. A file of
/// movements that stand in the ledger already is refused (`possible_duplicate`) until that is
/// confirmed.
#[utoipa::path(post, path = "/api/v1/imports/{id}/commit", tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    request_body = CommitBody,
    responses((status = 200, description = "Taken over, or in part.", body = ImportView)))]
async fn commit(
    State(web): State<Shared>,
    who: Caller<need::Import>,
    Path(id): Path<ImportId>,
    Json(body): Json<CommitBody>,
) -> Handled<ImportView> {
    Ok(Answer::ok(web.app().commit_import(&who, id, &body).await?))
}

/// Undo an import's movements.
///
/// All that stand. One that was committed in part is given up by this: no more of its rows are
/// taken over, whoever is still at it.
///
/// Up to 1,000 movements are one command, all or none. More are tried out first: if anything stands
/// in the way, nothing is undone, and all of that is told (`consumed_since`). Then they are undone in
/// steps between which others book; `movements_undone` of `movements_total` says how far it is, and
/// cut off it goes on where it stopped when it is undone again.
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
    Ok(Answer::ok(web.app().undo_import(&who, id, &body.reason, body.at_most).await?))
}
