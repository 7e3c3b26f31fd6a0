//! `GET /audit/verify`: does the ledger still say what it was told?

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use mtm_app::AppError;
use mtm_app::integrity::{ALWAYS_AGAIN, VerifyRange, VerifyReport};
use mtm_app::verification::FullVerification;
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, NoParameters, Query, need};
use crate::web::Shared;

/// How much.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Extent {
    /// Everything from the first entry on, every lot, and the structure of the file, as a job; for admins.
    full: bool,
    /// Only audit entries from this one on, and the lots that they touched; for admins.
    from: Option<u64>,
    /// Only audit entries up to this one; for admins.
    to: Option<u64>,
}

impl Extent {
    /// The range that is asked for, if one is.
    fn range(&self) -> Result<Option<VerifyRange>, AppError> {
        let wrong = |field: &str, message: &str| {
            Err(AppError::field(field, Code::InvalidParameter, message))
        };
        let is_part = self.from.is_some() || self.to.is_some();
        match (self.from.unwrap_or(1), self.to) {
            _ if !is_part => Ok(None),
            _ if self.full => wrong("full", "full reads everything; leave from and to away"),
            (0, _) => wrong("from", "audit entries are counted from 1"),
            (from, Some(to)) if from > to => wrong("to", "to is before from"),
            (from, Some(to)) => Ok(Some(VerifyRange::Between(from, to))),
            (from, None) => Ok(Some(VerifyRange::From(from))),
        }
    }
}

/// Verify the ledger.
///
/// Goes on where the auditor is or the last verification ended, and always reads the last 100,000 entries again.
/// `first_bad` names the first row that is not what it was, `not_excluded` what cannot be known from the
/// database alone. With `from` and `to` exactly these entries are read. With `full` everything is
/// verified in the background, which may take minutes: `GET /audit/verification` tells how far it is, and
/// what was found.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit", params(Extent),
    responses(
        (status = 200, description = "What was found.", body = VerifyReport),
        (status = 202, description = "Everything is being verified.", body = FullVerification)))]
pub(super) async fn verify(
    State(web): State<Shared>,
    who: Caller<need::Audit>,
    Query(extent): Query<Extent>,
) -> Result<Response, Problem> {
    let app = web.app();
    let asked = extent.range()?;
    if extent.full {
        return Ok(Answer::accepted(app.ask_full_verification(&who)?).into_response());
    }
    let is_part = asked.is_some();
    let range = if let Some(range) = asked {
        who.require(Deed::Administer)?;
        range
    } else {
        let newest = app.ledger().counts().await?.audit_entries;
        let of_job = app.full_verification().and_then(|job| job.report);
        let known = web.verified().into_iter().chain(of_job).filter(|report| report.ok);
        let known = known.map(|report| report.to).max().unwrap_or(0);
        let known = known.max(app.truth().audited_to());
        VerifyRange::From(known.min(newest.saturating_sub(ALWAYS_AGAIN)) + 1)
    };
    let report = app.ledger().verify(range, |_| {}).await?;
    // A part says nothing about what came before it, or after.
    if !is_part || !report.ok {
        app.truth().verified(&report);
    }
    if !is_part {
        web.keep_verified(report.clone());
    }
    Ok(Answer::ok(report).into_response())
}

/// Show how far the verification of everything is.
///
/// The last one that somebody asked for by `GET /audit/verify?full=true` since this server started; of
/// several servers each has its own.
#[utoipa::path(get, path = "/api/v1/audit/verification", tag = "audit",
    responses((status = 200, description = "How far it is, or what was found.", body = FullVerification)))]
pub(super) async fn job(
    State(web): State<Shared>,
    _who: Caller<need::Audit>,
    _: NoParameters,
) -> Handled<FullVerification> {
    let job = web.app().full_verification().ok_or_else(|| {
        AppError::refused(Code::NotFound, "nobody asked for it since this server started")
    })?;
    Ok(Answer::ok(job))
}
