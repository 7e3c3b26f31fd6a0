//! Users: who may come in.

mod body;

use axum::extract::State;
use mtm_app::record::UserRecord;
use mtm_core::code::Code;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::body::{EditUserBody, NewUserBody};
use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, IfMatch, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, edit))
}

/// Users in order of their names.
#[derive(Debug, Serialize, ToSchema)]
struct Users {
    /// All of them: a site has hundreds, not thousands.
    items: Vec<UserRecord>,
}

/// List users.
#[utoipa::path(get, path = "/api/v1/users", tag = "users",
    responses((status = 200, description = "Every user.", body = Users)))]
async fn list(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<Users> {
    Ok(Answer::ok(Users { items: web.app().ledger().users().await? }))
}

/// Add a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUserBody,
    responses((status = 201, description = "Added.", body = UserRecord)))]
async fn create(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Json(body): Json<NewUserBody>,
) -> Handled<UserRecord> {
    let key = key.of(&who, &body.without_password())?;
    let user = web.app().create_user(&who, body.into_person(), key).await?;
    let version = user.version;
    Ok(Answer::created(user).version(version))
}

/// Show a user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = UserRecord)))]
async fn show(
    State(web): State<Shared>,
    _who: Caller<need::ReadAdministration>,
    Path(id): Path<Uuid>,
    _: NoParameters,
) -> Handled<UserRecord> {
    let user = web.app().ledger().user(id).await?;
    let user = user.ok_or_else(|| Problem::new(Code::NotFound, format!("no user {id}")))?;
    let version = user.version;
    Ok(Answer::ok(user).version(version))
}

/// Change a user.
///
/// A disabled user's sessions end at once. Fields left out stay; `null` clears.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", request_body = EditUserBody,
    params(
        ("id" = Uuid, Path, description = "The user."),
        ("If-Match" = String, Header, description = "The `ETag` that was read."),
    ),
    responses((status = 200, description = "Changed.", body = UserRecord)))]
async fn edit(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    IfMatch(version): IfMatch,
    Path(id): Path<Uuid>,
    Json(body): Json<EditUserBody>,
) -> Handled<UserRecord> {
    let key = key.of(&who, &body.without_password())?;
    let changes = body.into_changes();
    let user = web.app().edit_user(&who, id, Some(version), changes, key).await?;
    let version = user.version;
    Ok(Answer::ok(user).version(version))
}
