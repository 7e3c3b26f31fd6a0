//! What an ERP's ledger shows of what was to be posted.

use std::collections::BTreeSet;

use mtm_core::erp::{PlaceMap, Transaction};
use mtm_core::sync::{Expected, Fact, Placed, legs, place, prove};
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::sync::{Claim, Unproved};

use crate::App;

/// How far back is looked: as long as rows of an ERP's ledger are kept.
const REACH_MICROS: i64 = 40 * 24 * 3_600 * 1_000_000;
/// Before a movement, by which their clock may be behind.
const SKEW_MICROS: i64 = 5 * 60 * 1_000_000;
/// Postings that are looked at at once.
const PIECE: u16 = 1_000;
/// Transactions read in one statement.
const ROWS: u32 = 1_000;
/// Most transactions that are looked at: beyond them what is proved waits for the next time.
const MOST: usize = 200_000;
/// Postings written down in one transaction.
const TOGETHER: usize = 100;

impl App {
    /// Compares what a flow had posted, or wants posted, with the ledger of the ERP of this name.
    pub(super) async fn prove_flow(
        &self,
        flow: i64,
        erp: &str,
        map: Option<&PlaceMap>,
    ) -> Result<(), Fault> {
        // What is said to be there is shown first.
        for said in [true, false] {
            self.prove_those(flow, erp, map, said).await?;
        }
        Ok(())
    }

    async fn prove_those(
        &self,
        flow: i64,
        erp: &str,
        map: Option<&PlaceMap>,
        said: bool,
    ) -> Result<(), Fault> {
        let ledger = self.ledger();
        let since = self.clock().now().plus_micros(-REACH_MICROS);
        let mut after = 0;
        loop {
            let open = ledger.unproved_postings(flow, said, after, since, PIECE).await?;
            let (Some(last), Some(first)) =
                (open.last(), open.iter().map(|it| it.recorded_at).min())
            else {
                return Ok(());
            };
            after = last.id;
            let rows = self.transactions_since(erp, first.plus_micros(-SKEW_MICROS)).await?;
            let Some(lowest) = rows.first().map(|row| row.id) else { continue };
            let taken = ledger.claimed_transactions(erp.to_owned(), lowest).await?;
            let claims = claims(&open, map, &rows, &taken.into_iter().collect())?;
            for some in claims.chunks(TOGETHER) {
                ledger.claim_transactions(erp.to_owned(), some.to_vec()).await?;
            }
        }
    }

    async fn transactions_since(
        &self,
        erp: &str,
        since: Timestamp,
    ) -> Result<Vec<Transaction>, Fault> {
        let (mut all, mut after) = (Vec::new(), 0);
        while all.len() < MOST {
            let rows = self.ledger().erp_transactions(erp.to_owned(), since, after, ROWS).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            all.extend(rows);
        }
        Ok(all)
    }
}

fn claims(
    open: &[Unproved],
    map: Option<&PlaceMap>,
    rows: &[Transaction],
    taken: &BTreeSet<i64>,
) -> Result<Vec<Claim>, Fault> {
    let expected = open.iter().map(|it| expected(it, map)).collect::<Result<Vec<_>, _>>()?;
    let shown = prove(&expected, rows, taken);
    let document = |ids: &[i64]| {
        let row = rows.iter().find(|row| ids.contains(&row.id))?;
        row.reference.clone().or_else(|| Some(row.id.to_string()))
    };
    let found = open.iter().zip(shown).filter_map(|(it, ids)| {
        let ids = ids?;
        Some(Claim { posting: it.id, document: document(&ids), transactions: ids })
    });
    Ok(found.collect())
}

fn expected(it: &Unproved, map: Option<&PlaceMap>) -> Result<Expected, Fault> {
    let mut fact: Fact = serde_json::from_str(&it.fact)
        .map_err(|error| Fault::Permanent(format!("a kept fact cannot be read: {error}")))?;
    // Its places may have been declared since.
    if let Placed::Told(placed) = place(fact.clone(), map) {
        fact = *placed;
    }
    let legs = legs(&fact);
    Ok(Expected { part: fact.part, quantity: fact.quantity, recorded_at: it.recorded_at, legs })
}
