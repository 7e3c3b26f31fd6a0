//! The last verification that somebody asked for found nothing.

use mtm_store::integrity::VerifyReport;

use crate::truth::finding::Finding;
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "verification",
    title: "Last verification",
    checks: "what the last `GET /api/v1/audit/verify` of this server found, which also reads references and the structure of a file",
    often: "when somebody asks",
    red: "it found something that is not what it was; it stays red until another one finds nothing",
    cure: "as the finding says; then verify again with `full=true`",
    scope: Scope::Here,
};

pub(in crate::truth) fn not_asked() -> Finding {
    Finding::green("Nobody asked for one since the program started.")
}

pub(in crate::truth) fn found(report: &VerifyReport) -> Finding {
    match &report.first_bad {
        Some(bad) => Finding::of_ledger(bad),
        None => Finding::green(format!(
            "Audit entries {} to {} and {} lots are as told.",
            report.from, report.to, report.lots
        )),
    }
}
