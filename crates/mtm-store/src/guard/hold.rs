//! What somebody decides about the way to another system.

use mtm_core::code::Code;
use mtm_core::guard::Hold;
use mtm_core::rejection::Rejection;
use mtm_core::word::UserId;
use serde_json::json;

use super::told::by_peer;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::record::GuardRecord;
use crate::sql::params;
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Longest reason, in characters.
const REASON_MAX: usize = 500;

impl Ledger {
    /// Has the way to `peer` held open or closed, or go by itself again. Who holds it says why.
    pub async fn hold_guard(
        &self,
        by: UserId,
        peer: String,
        hold: Hold,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<GuardRecord>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| decide(context, by, &peer, hold, &reason))?)
        })
        .await
    }
}

fn decide(
    context: &mut WriteContext<'_>,
    by: UserId,
    peer: &str,
    hold: Hold,
    reason: &str,
) -> Result<GuardRecord, Failure> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_MAX || reason.is_empty() && hold != Hold::Automatic {
        let message = format!("say why, in at most {REASON_MAX} characters");
        return Err(Rejection::new(Code::ReasonRequired, "reason", message).into());
    }
    let reason = (!reason.is_empty()).then_some(reason);
    let at = context.now();
    let sql = context.sql().pick(
        "INSERT INTO peer_guard (peer, hold, reason, held_by, held_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (peer) DO UPDATE SET hold = ?2, reason = ?3, held_by = ?4, held_at = ?5",
        "INSERT INTO peer_guard (peer, hold, reason, held_by, held_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON DUPLICATE KEY UPDATE hold = ?2, reason = ?3, held_by = ?4, held_at = ?5",
    );
    context.sql().execute(sql, params![peer, hold.as_str(), reason, by.0, at.micros()])?;
    let facts = json!({ "integration": peer, "override": hold, "reason": reason });
    context.audit("integration.override", by, at, &facts)?;
    by_peer(context.sql(), peer)?
        .ok_or_else(|| Failure::Broken("a decision vanished while it was written".to_owned()))
}
