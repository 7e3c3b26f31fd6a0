//! Following a lot: `PUT` and `DELETE /lots/{lot}/follow`, and the list of the caller's.

use axum::extract::State;
use mtm_core::word::{LotNumber, PartCode, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Key, NoParameters, Path, need};
use crate::web::{Shared, Web};

/// Whether somebody follows a lot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Following {
    /// Which.
    lot: LotNumber,
    /// Whether they do.
    follows: bool,
}

/// A lot that somebody follows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Followed {
    /// Which.
    lot: LotNumber,
    /// Its part.
    part: PartCode,
    /// Since when.
    since: Timestamp,
}

/// The lots that somebody follows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllFollowed {
    /// Newest first; 500 at most.
    items: Vec<Followed>,
}

/// Follow a lot.
///
/// I am told when it is put on hold, by itself or with its part or its place, when it is free again, and
/// when it is used up.
#[utoipa::path(put, path = "/api/v1/lots/{lot}/follow", tag = "lots",
    params(("lot" = LotNumber, Path, description = "The lot.")),
    responses((status = 200, description = "I follow it.", body = Following)))]
pub(super) async fn follow(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    Path(lot): Path<LotNumber>,
    key: Key,
) -> Handled<Following> {
    set(&web, &who, lot, true, key).await
}

/// Follow a lot no more.
#[utoipa::path(delete, path = "/api/v1/lots/{lot}/follow", tag = "lots",
    params(("lot" = LotNumber, Path, description = "The lot.")),
    responses((status = 200, description = "I do not follow it.", body = Following)))]
pub(super) async fn unfollow(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    Path(lot): Path<LotNumber>,
    key: Key,
) -> Handled<Following> {
    set(&web, &who, lot, false, key).await
}

async fn set(
    web: &Web,
    who: &Caller<need::Own>,
    lot: LotNumber,
    follows: bool,
    key: Key,
) -> Handled<Following> {
    let key = key.of(who, &(&lot, follows))?;
    let done = web.app().follow_lot(who, lot.clone(), follows, key).await?;
    Ok(Answer::ok(Following { lot, follows }).replayed(done.replayed))
}

/// List the lots that I follow.
#[utoipa::path(get, path = "/api/v1/notifications/lots", tag = "notifications",
    responses((status = 200, description = "My lots.", body = AllFollowed)))]
pub(super) async fn followed(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    _: NoParameters,
) -> Handled<AllFollowed> {
    let lots = web.app().followed_lots(&who).await?.into_iter();
    let items = lots.map(|it| Followed { lot: it.lot, part: it.part, since: it.since });
    Ok(Answer::ok(AllFollowed { items: items.collect() }))
}
