//! Changing and reading routings from outside the writer.

use mtm_core::Rejection;
use mtm_core::command::Actor;
use mtm_core::routing::RoutingDraft;
use mtm_core::word::PartId;

use super::change::RoutingChange;
use super::load;
use super::row::RoutingRow;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::Failure;

impl Ledger {
    /// Makes one change of a routing. Under a key that was used before for the same change, gives
    /// the first answer again.
    pub async fn change_routing(
        &self,
        change: RoutingChange,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<RoutingRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| context.change_routing(&change, &actor))?)
        })
        .await
    }

    /// Makes many versions in one transaction, all or none; the refusal names the first refused
    /// one in `field`. For generators.
    pub async fn create_routings(
        &self,
        drafts: Vec<RoutingDraft>,
        actor: Actor,
    ) -> Result<(), PostError> {
        self.write(move |context| {
            for (index, draft) in drafts.iter().enumerate() {
                let made = context.import_routing(draft, &actor);
                made.map_err(|failure| in_item(failure, index))?;
            }
            Ok(())
        })
        .await
    }

    /// Makes versions of a file once, under a key: all or none, or, where refused ones are
    /// `skipped`, each on its own. Each comes with how many rows of the file it has; gives for each
    /// row why its version was not made.
    pub async fn import_routings_once(
        &self,
        drafts: Vec<(RoutingDraft, usize)>,
        actor: Actor,
        key: IdempotencyKey,
        skipped: bool,
    ) -> Result<Once<Vec<Option<Rejection>>>, PostError> {
        self.write(move |context| {
            Ok(once(context, Some(&key), |context| {
                let mut verdicts: Vec<Option<Rejection>> = Vec::new();
                for (draft, rows) in &drafts {
                    let verdict = match context.import_routing(draft, &actor) {
                        Ok(_) => None,
                        Err(Failure::Refused(rejection)) if skipped => Some(rejection),
                        Err(failure) => return Err(in_item(failure, verdicts.len())),
                    };
                    verdicts.extend(std::iter::repeat_n(verdict, *rows));
                }
                Ok(verdicts)
            })?)
        })
        .await
    }

    /// Every version of a part's routing, the newest first.
    pub async fn routing_versions(&self, part: PartId) -> Result<Vec<RoutingRow>, Fault> {
        self.query(move |connection| Ok(load::versions(connection, part)?)).await
    }
}

fn in_item(failure: Failure, index: usize) -> Failure {
    match failure {
        Failure::Refused(rejection) => rejection.in_item(index).into(),
        other => other,
    }
}
