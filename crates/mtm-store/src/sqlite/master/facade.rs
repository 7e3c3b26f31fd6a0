//! Changing master data from outside the writer.

use mtm_core::command::Actor;
use mtm_core::word::UserId;

use crate::ledger::Ledger;
use crate::master::{MasterChange, MasterRow, NewMaster};
use crate::once::Once;
use crate::sqlite::writer::{Failure, Remembered, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

/// What is kept as status of a master record's answer.
const CHANGED: u16 = 200;

impl Ledger {
    /// Makes one change of master data. Under a key that was used before for the same change,
    /// gives the first answer again.
    pub async fn change_master(
        &self,
        change: MasterChange,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<MasterRow>, PostError> {
        self.write(move |context| Ok(once(context, &change, actor.id, key.as_ref())?)).await
    }

    /// Makes many records in one transaction, all or none; the refusal names the first refused
    /// one in `field`. For imports, generators and migrations.
    pub async fn create_masters(
        &self,
        new: Vec<NewMaster>,
        actor: Actor,
    ) -> Result<Vec<MasterRow>, PostError> {
        self.write(move |context| {
            let mut rows = Vec::with_capacity(new.len());
            for (index, new) in new.iter().enumerate() {
                rows.push(context.create_master(new, actor.id).map_err(
                    |failure| match failure {
                        Failure::Refused(rejection) => rejection.in_item(index).into(),
                        other => other,
                    },
                )?);
            }
            Ok(rows)
        })
        .await
    }
}

fn once(
    context: &mut WriteContext<'_>,
    change: &MasterChange,
    by: UserId,
    key: Option<&IdempotencyKey>,
) -> Result<Once<MasterRow>, Failure> {
    if let Some(key) = key
        && let Some(before) = context.answered(key)?
    {
        let value = serde_json::from_slice(before.body.as_deref().unwrap_or_default())
            .map_err(|error| Failure::Broken(format!("a kept answer cannot be read: {error}")))?;
        return Ok(Once { value, replayed: true });
    }
    let row = context.change_master(change, by)?;
    if let Some(key) = key {
        let body = serde_json::to_vec(&row)
            .map_err(|error| Failure::Broken(format!("an answer cannot be kept: {error}")))?;
        let at = context.now();
        let answer =
            Remembered { at, status: CHANGED, body: Some(&body), command: None, signature: None };
        context.remember(key, answer)?;
    }
    Ok(Once::first(row))
}
