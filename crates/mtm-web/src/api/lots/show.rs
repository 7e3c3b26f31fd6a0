//! `GET /lots/{lot}`.

use axum::extract::State;
use mtm_app::query::LotSheet;
use mtm_core::code::Code;
use mtm_core::word::LotNumber;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, NoParameters, Path, need};
use crate::web::Shared;

/// Show a lot.
///
/// What it carries, where its pieces stand, its life and its lineage.
#[utoipa::path(get, path = "/api/v1/lots/{lot}", tag = "lots",
    params(("lot" = LotNumber, Path, description = "The lot.")),
    responses((status = 200, description = "The lot.", body = LotSheet)))]
pub(super) async fn show(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Path(lot): Path<LotNumber>,
    _: NoParameters,
) -> Handled<LotSheet> {
    let sheet = web.app().ledger().lot_sheet(lot.clone()).await?;
    let sheet = sheet.ok_or_else(|| Problem::new(Code::NotFound, format!("no lot {lot}")))?;
    let version = sheet.version;
    Ok(Answer::ok(sheet).version(version))
}
