//! Changing master data from outside the writer.

use mtm_core::command::Actor;

use super::{MasterChange, MasterRow, NewMaster};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sqlite::writer::Failure;
use crate::submission::{IdempotencyKey, PostError};

impl Ledger {
    /// Makes one change of master data. Under a key that was used before for the same change,
    /// gives the first answer again.
    pub async fn change_master(
        &self,
        change: MasterChange,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<MasterRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| context.change_master(&change, actor.id))?)
        })
        .await
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
