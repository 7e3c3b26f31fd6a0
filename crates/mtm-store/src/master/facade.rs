//! Changing master data from outside the writer.

use mtm_core::Rejection;
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
                let made = context.create_master(new, actor.id);
                rows.push(made.map_err(|failure| in_item(failure, index))?);
            }
            Ok(rows)
        })
        .await
    }

    /// Makes many records once, under a key: all or none, or, where refused ones are `skipped`,
    /// each on its own. Gives why not for each that was not made.
    pub async fn create_masters_once(
        &self,
        new: Vec<NewMaster>,
        actor: Actor,
        key: IdempotencyKey,
        skipped: bool,
    ) -> Result<Once<Vec<Option<Rejection>>>, PostError> {
        self.write(move |context| {
            Ok(once(context, Some(&key), |context| {
                let make = |(index, new)| match context.create_master(new, actor.id) {
                    Ok(_) => Ok(None),
                    Err(Failure::Refused(rejection)) if skipped => Ok(Some(rejection)),
                    Err(failure) => Err(in_item(failure, index)),
                };
                new.iter().enumerate().map(make).collect()
            })?)
        })
        .await
    }
}

fn in_item(failure: Failure, index: usize) -> Failure {
    match failure {
        Failure::Refused(rejection) => rejection.in_item(index).into(),
        other => other,
    }
}
