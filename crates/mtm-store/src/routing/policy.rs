//! What the site wants done about entries outside a routing.

use mtm_core::catalogue::OffRouting;
use mtm_core::event::EventType;
use mtm_core::word::UserId;
use serde_json::json;

use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::params;
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

impl Ledger {
    /// Sets what happens to an entry outside its part's routing, from now on and on every server.
    pub async fn set_off_routing(
        &self,
        choice: OffRouting,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<OffRouting>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| set(context, choice, by))?)
        })
        .await
    }
}

fn set(
    context: &mut WriteContext<'_>,
    choice: OffRouting,
    by: UserId,
) -> Result<OffRouting, Failure> {
    if context.catalogue().off_routing == choice {
        return Ok(choice);
    }
    let at = context.now();
    let sql = "UPDATE site SET off_routing = ?1 WHERE id = 1";
    context.sql().execute(sql, params![choice.as_str()])?;
    context.catalogue_mut().off_routing = choice;
    context.audit("site", by, at, &json!({ "off_routing": choice }))?;
    let data = json!({ "noun": "site", "change": "edited", "off_routing": choice });
    context.emit(EventType::MasterChanged, "site", at, &data, None)?;
    Ok(choice)
}
