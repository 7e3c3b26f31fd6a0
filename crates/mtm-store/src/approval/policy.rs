//! How large an adjustment may be before a second person must approve it.

use mtm_core::approval::ApprovalPolicy;
use mtm_core::catalogue::Catalogue;
use mtm_core::event::EventType;
use mtm_core::word::{Quantity, UserId};
use serde_json::json;

use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Reads it.
pub(crate) fn load(connection: Connection<'_>, catalogue: &mut Catalogue) -> Result<(), Error> {
    let sql = "SELECT approval_pieces, approval_percent FROM site WHERE id = 1";
    catalogue.approval = connection.query_row(sql, &[], |row| {
        let pieces = row.get::<Option<i64>>(0)?.map(Quantity::from_units).transpose();
        let pieces = pieces.map_err(|error| Error::shape(0, error.to_string()))?;
        Ok::<_, Error>(ApprovalPolicy { pieces, percent: row.get(1)? })
    })?;
    Ok(())
}

impl Ledger {
    /// Sets it, from now on and on every server.
    pub async fn set_approval_policy(
        &self,
        policy: ApprovalPolicy,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ApprovalPolicy>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| set(context, policy, by))?)
        })
        .await
    }
}

fn set(
    context: &mut WriteContext<'_>,
    policy: ApprovalPolicy,
    by: UserId,
) -> Result<ApprovalPolicy, Failure> {
    if context.catalogue().approval == policy {
        return Ok(policy);
    }
    let at = context.now();
    context.sql().execute(
        "UPDATE site SET approval_pieces = ?1, approval_percent = ?2 WHERE id = 1",
        params![policy.pieces.map(Quantity::units), policy.percent],
    )?;
    context.catalogue_mut().approval = policy;
    context.audit("site", by, at, &json!({ "approval": policy }))?;
    let data = json!({ "noun": "site", "change": "edited", "approval": policy });
    context.emit(EventType::MasterChanged, "site", at, &data, None)?;
    Ok(policy)
}
