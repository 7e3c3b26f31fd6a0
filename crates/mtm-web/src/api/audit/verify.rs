//! `GET /audit/verify`: does the ledger still say what it was told?

use axum::extract::State;
use mtm_app::integrity::{ALWAYS_AGAIN, VerifyRange, VerifyReport};
use mtm_core::policy::Deed;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::request::{Caller, Query, need};
use crate::web::Shared;

/// How much.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Extent {
    /// Everything from the first entry on, and the structure of the file; for admins.
    full: bool,
}

/// Verify the ledger.
///
/// Goes on where the auditor is or the last verification ended, and always reads the last 100,000 entries again.
/// `first_bad` names the first row that is not what it was. With `full` the answer may take
/// minutes; it ends when nobody waits for it any more.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit", params(Extent),
    responses((status = 200, description = "What was found.", body = VerifyReport)))]
pub(super) async fn verify(
    State(web): State<Shared>,
    who: Caller<need::Audit>,
    Query(extent): Query<Extent>,
) -> Handled<VerifyReport> {
    let ledger = web.app().ledger();
    let range = if extent.full {
        who.require(Deed::Administer)?;
        VerifyRange::Full
    } else {
        let newest = ledger.counts().await?.audit_entries;
        let known = web.verified().filter(|report| report.ok).map_or(0, |report| report.to);
        let known = known.max(web.app().truth().audited_to());
        VerifyRange::From(known.min(newest.saturating_sub(ALWAYS_AGAIN)) + 1)
    };
    let report = ledger.verify(range, |_| {}).await?;
    web.app().truth().verified(&report);
    web.keep_verified(report.clone());
    Ok(Answer::ok(report))
}
