//! `GET /audit/checkpoint`: what somebody elsewhere keeps, to prove later that nothing was cut off.

use axum::extract::State;
use mtm_app::checkpoint::Checkpoint;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, NoParameters, need};
use crate::web::Shared;

/// Make a checkpoint.
///
/// Where the audit chain ends now and how many pieces there are of every part, signed with the key of this
/// server. Whoever fetches it regularly, and keeps it where nobody who has this server can change it,
/// can prove later what was cut off or computed anew (`mtm checkpoint check`). Nothing is written.
#[utoipa::path(get, path = "/api/v1/audit/checkpoint", tag = "audit",
    responses((status = 200, description = "The checkpoint.", body = Checkpoint)))]
pub(super) async fn show(
    State(web): State<Shared>,
    who: Caller<need::ReadAdministration>,
    _: NoParameters,
) -> Handled<Checkpoint> {
    Ok(Answer::ok(web.app().checkpoint(&who).await?))
}
