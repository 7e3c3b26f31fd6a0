//! A round: all parts of an ERP are compared, and what is to be taken is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use mtm_core::catalogue::{Catalogue, PartRecord, Table};
use mtm_core::erp::Part;
use mtm_core::master_sync::{Field, Rules, Theirs, judge, ours};
use mtm_core::sync::Mode;
use mtm_core::word::{Timestamp, UserId, fold};
use mtm_store::Fault;
use mtm_store::master_sync::{Job, Round, Said, Settled, SyncState};

use crate::App;

/// Parts that are changed in one transaction: bookings go between two of them.
const PIECE: usize = 100;
/// Between two transactions: who books goes before.
const BREATH: Duration = Duration::from_millis(5);
/// Parts that may be retired there at once without anybody being asked: so many, or so large a part of all.
const FEW: usize = 20;
const SHARE: usize = 20;

/// Our parts as they were when they were compared last.
#[derive(Debug, Clone)]
pub(crate) struct Seen(Table<PartRecord>);

impl App {
    /// Compares the parts of this ERP with ours, where they were not compared as they are now, and takes what
    /// is to be taken. `seen` is how ours were when this server did so last.
    pub(crate) async fn sync_masters(
        &self,
        erp: &str,
        seen: &mut Option<Seen>,
    ) -> Result<(), Fault> {
        let Some(rules) = self.master_rules().get(erp).cloned() else { return Ok(()) };
        let ledger = self.ledger();
        ledger.meet_master_sync(erp.to_owned()).await?;
        let Some(state) = ledger.master_sync_state(erp.to_owned()).await? else { return Ok(()) };
        let read = ledger.erp_state(erp.to_owned()).await?.and_then(|it| it.parts_at);
        let Some(parts_at) = read.filter(|_| state.mode != Mode::Off) else { return Ok(()) };
        let catalogue = self.catalogue();
        let is_judged =
            state.parts_at == Some(parts_at) && state.judged_version == Some(state.version);
        let is_seen = seen.as_ref().is_some_and(|seen| seen.0.is(&catalogue.parts));
        if is_judged && is_seen {
            return Ok(());
        }
        let parts = ledger.erp_parts(erp.to_owned()).await?;
        let by = ledger.system_user().await?.row;
        if !self.settle(erp, (rules, state, by, parts_at), parts, &catalogue).await? {
            return Ok(());
        }
        ledger.masters_synced(erp.to_owned(), parts_at, state.version).await?;
        // As they were when this began: what changed meanwhile is compared once more.
        *seen = Some(Seen(catalogue.parts.clone()));
        Ok(())
    }

    /// Whether all of it was done as it was decided.
    async fn settle(
        &self,
        erp: &str,
        (rules, state, by, parts_at): (Rules, SyncState, UserId, Timestamp),
        parts: Vec<Part>,
        catalogue: &Arc<Catalogue>,
    ) -> Result<bool, Fault> {
        let known = self.ledger().master_links(erp.to_owned()).await?;
        let jobs =
            due(&rules, state.mode, jobs(&rules, &parts, catalogue, &known), catalogue, &known);
        let SyncState { mode, version, .. } = state;
        let round = Round { erp: erp.to_owned(), rules, mode, version, parts_at, by };
        for piece in jobs.chunks(PIECE) {
            if !self.ledger().sync_masters(round.clone(), piece.to_vec()).await? {
                return Ok(false);
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(true)
    }
}

/// Every part of theirs, and every one that was and is not.
fn jobs(
    rules: &Rules,
    parts: &[Part],
    catalogue: &Catalogue,
    known: &BTreeMap<String, Settled>,
) -> Vec<Job> {
    let there: BTreeSet<String> = parts.iter().map(|part| fold(&part.id)).collect();
    // Ours goes by its present code: what is said under a former one is another part's, where they have both.
    let is_others = |folded: &String| {
        let ours = catalogue.parts.by_folded(folded).map(|ours| ours.code.as_str());
        ours.is_some_and(|ours| *ours != **folded && there.contains(ours))
    };
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    for part in parts.iter().filter_map(|part| Theirs::of(part, rules)) {
        // Of two that are spelt alike the first counts.
        said.entry(fold(&part.code)).or_insert(Said::There(part));
    }
    let gone = known.keys().filter(|folded| !there.contains(*folded));
    said.extend(gone.map(|folded| (folded.clone(), Said::Gone)));
    for (folded, said) in said.iter_mut().filter(|(folded, _)| is_others(folded)) {
        *said = Said::Others;
        tracing::debug!(part = folded, "a part goes by another code by now");
    }
    let is_flood = is_flood(&said, known, there.is_empty());
    said.into_iter().map(|(folded, said)| Job { folded, said, is_flood }).collect()
}

/// Whether so many were retired there since both agreed that their list may not be whole, or not be read
/// rightly.
fn is_flood(
    said: &BTreeMap<String, Said>,
    known: &BTreeMap<String, Settled>,
    is_empty: bool,
) -> bool {
    let lately = known.iter().filter(|(folded, settled)| match said.get(*folded) {
        Some(Said::There(part)) => {
            let retired = part.values.get(&Field::Retired).map_or("no", String::as_str);
            settled.link.is_retired_lately(Some(retired))
        }
        Some(Said::Gone) => settled.link.is_retired_lately(None),
        Some(Said::Others) | None => false,
    });
    is_empty || lately.count() > FEW.max(known.len() / SHARE)
}

/// Those of which something is new: the others cost no transaction.
fn due(
    rules: &Rules,
    mode: Mode,
    mut jobs: Vec<Job>,
    catalogue: &Catalogue,
    known: &BTreeMap<String, Settled>,
) -> Vec<Job> {
    jobs.retain(|job| {
        let before = known.get(&job.folded);
        let here = catalogue.parts.by_folded(&job.folded).map(|part| ours(part));
        let link = before.map(|it| &it.link);
        let judged = judge(rules, mode, job.said(), here.as_ref(), link);
        let takes: &[Field] = &judged.take;
        let is_known = match before {
            Some(before) => before.is(judged.link.as_ref(), mode),
            None => judged.link.is_none(),
        };
        !takes.is_empty() || !is_known
    });
    jobs
}
