//! `GET /lots/{lot}/lineage`.

use axum::extract::State;
use mtm_app::query::Lineage;
use mtm_core::code::Code;
use mtm_core::word::LotNumber;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, NoParameters, Path, need};
use crate::web::Shared;

/// Show the lineage of a lot.
///
/// The lots that it is made of, and those that its pieces went on into, by splits and merges: which,
/// when, by whom, how many. It is kept for ever, also of lots of which nothing is left.
#[utoipa::path(get, path = "/api/v1/lots/{lot}/lineage", tag = "lots",
    params(("lot" = LotNumber, Path, description = "The lot.")),
    responses((status = 200, description = "Its lineage.", body = Lineage)))]
pub(super) async fn show(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Path(lot): Path<LotNumber>,
    _: NoParameters,
) -> Handled<Lineage> {
    let lineage = web.app().ledger().lineage(lot.clone()).await?;
    let lineage = lineage.ok_or_else(|| Problem::new(Code::NotFound, format!("no lot {lot}")))?;
    Ok(Answer::ok(lineage))
}
