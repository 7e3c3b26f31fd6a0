//! Following the legacy system while people still book there: the parallel run.
//!
//! The plant books in the old system; this ledger shadows it. At each look, what is new there is
//! booked here through the one posting path: log rows become records that are shown and never
//! counted, and what changed in its stock since the last look becomes movements, lot by lot. What
//! was last taken over is remembered beside the ledger, in the transaction that booked it; so a
//! lot that stands otherwise here was booked here, and is left alone and told: nobody's booking is
//! overwritten. When both systems agree again, it is followed again.
//!
//! A look that finds nothing writes nothing. A look that was killed left nothing. Two followers
//! at once exclude each other.
//!
//! Deliberately absent: writing to the legacy system, and following changes of what exists (a
//! part's description, a lot's colour): those are edited here once it counts.

mod compare;
mod error;
mod known;
mod report;
mod round;
mod steps;

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_store::Fault;
use mtm_store::integrity::VerifyRange;
use mtm_store::master::MasterNoun;
use mtm_store::record::{FollowState, Followed};

pub use error::FollowError;
pub use report::{
    Class, ClassDifferences, CutOverReport, Difference, Differences, FollowReport, LogReport,
    LotPieces, Side, TakenOver,
};

use self::known::{known, recode, unsure};
use self::round::{Round, Sight, Unsettled, legacy_stock};
use super::plan::buttons::buttons;
use super::plan::history::history;
use super::plan::masters::masters;
use super::plan::people::people;
use super::plan::stock::{LAST_LOT, highest_lot, stock};
use super::plan::{Known, Stock};
use super::plant::{LegacyPlant, LogFrom, read_server};
use super::report::reconcile;
use super::server::Address;
use super::take_over;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Who books what was followed, as its name on the command line's list of users.
pub const FOLLOWER: &str = "legacy-follower";

/// Log rows before the last one kept that are looked at again: an id is given before its row is
/// committed, so that a row may turn up below others.
const OVERLAP: i64 = 1_000;
/// Lot numbers left to the legacy system while both systems give some.
const MARGIN: u64 = 1_000_000;
/// How often a look is begun again because somebody else wrote meanwhile.
const ATTEMPTS: u32 = 3;

impl App {
    /// Who books what was followed.
    pub async fn follower(&self) -> Result<Principal, AppError> {
        self.local_principal(FOLLOWER).await
    }

    /// Whether a legacy system was taken over that can be followed, or was followed to its end.
    pub async fn is_following(&self) -> Result<bool, AppError> {
        Ok(self.ledger().follow_state().await?.is_some())
    }

    /// Looks at the legacy system at `address` once, and books what is new there.
    ///
    /// # Errors
    /// [`FollowError`]; nothing was written then.
    pub async fn follow(
        &self,
        who: &Principal,
        address: &Address,
        zone: &TimeZone,
    ) -> Result<FollowReport, FollowError> {
        who.require(Deed::Administer)?;
        let mut attempt = 1;
        loop {
            let state = self.followed_so_far().await?;
            let from =
                state.last_log_id.map_or(LogFrom::Beginning, |last| LogFrom::Above(last - OVERLAP));
            let plant = read_server(address, from, |_| ()).await?;
            match self.apply(who, plant, state, zone).await {
                Err(FollowError::App(error)) if attempt < ATTEMPTS && is_transient(&error) => {
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    /// The last look: books what is new, makes sure that nobody books there any more, compares,
    /// verifies the ledger, and lets it count from now on. With differences only if
    /// `accept_differences`; otherwise the report says what they are and following goes on.
    ///
    /// # Errors
    /// [`FollowError`]; what was followed so far stays.
    pub async fn cut_over(
        &self,
        who: &Principal,
        address: &Address,
        zone: &TimeZone,
        accept_differences: bool,
    ) -> Result<CutOverReport, FollowError> {
        who.require(Deed::Administer)?;
        let mut plant = read_server(address, LogFrom::Beginning, |_| ()).await?;
        for look in 1.. {
            let (hash, classes) = (plant.source.sha256.clone(), reconcile(&plant, zone)?.1.classes);
            let state = self.followed_so_far().await?;
            let last = self.apply(who, plant, state, zone).await?;
            plant = read_server(address, LogFrom::Beginning, |_| ()).await?;
            if plant.source.sha256 == hash {
                return self.end(who, last, classes, accept_differences).await;
            }
            if look == ATTEMPTS {
                return Err(FollowError::StillBooked { looks: look });
            }
        }
        Err(FollowError::StillBooked { looks: ATTEMPTS })
    }

    async fn end(
        &self,
        who: &Principal,
        last: FollowReport,
        classes: super::report::Classes,
        accept_differences: bool,
    ) -> Result<CutOverReport, FollowError> {
        let verified = self.ledger().verify(VerifyRange::Full, |_| ()).await?;
        let cut_over = verified.ok && (last.equal || accept_differences);
        let next_steps = next_steps(cut_over, &last, verified.ok);
        let round = last.round;
        let mut report =
            CutOverReport { cut_over, cut_over_at: None, last, classes, verified, next_steps };
        if cut_over {
            report.cut_over_at = Some(self.clock().now());
            let kept = serde_json::to_value(&report)
                .map_err(|error| Fault::Permanent(error.to_string()))?;
            let at = self.ledger().cut_over(who.actor(), round, kept).await?;
            report.cut_over_at = Some(at);
        }
        Ok(report)
    }

    async fn followed_so_far(&self) -> Result<FollowState, FollowError> {
        match self.ledger().follow_state().await? {
            None => Err(FollowError::NotTakenOver),
            Some(FollowState { cut_over_at: Some(at), .. }) => Err(FollowError::CutOver { at }),
            Some(state) => Ok(state),
        }
    }

    /// Books what `plant` has that `state` has not.
    async fn apply(
        &self,
        who: &Principal,
        mut plant: LegacyPlant,
        state: FollowState,
        zone: &TimeZone,
    ) -> Result<FollowReport, FollowError> {
        let catalogue = self.catalogue();
        self.leave_out_what_is_kept(&mut plant, &state, zone).await?;
        recode(&mut plant, &catalogue);
        let lots = unsure(&plant, &state);
        let here = self.ledger().lots_here(lots, who.user).await?;
        let mut known = known(&state, &here);
        let planned = self.plan_lots(&plant, zone, &mut known).await?;

        let sight = Sight {
            plant: &plant,
            planned: &planned,
            known: &known,
            state: &state,
            here: &here,
            zone,
            now: self.clock().now(),
        };
        let mut round = sight.round();
        round.look.history = history(&plant, zone).iter().map(take_over::history).collect();
        let buttons = buttons(&plant);
        round.look.masters = take_over::masters(&masters(&plant, &buttons));
        round.look.masters.retain(|new| !is_known(&catalogue, new.noun, &new.code));
        round.look.users = take_over::users(&people(&plant));
        let taken = TakenOver {
            masters: round.look.masters.len() as u64,
            records: round.look.history.len() as u64,
            adopted: round.adopted,
            ..TakenOver::default()
        };

        let mut state = state;
        let mut followed = Followed::default();
        if !round.look.is_empty() {
            let look = std::mem::take(&mut round.look);
            followed = self.ledger().follow(who.actor(), look).await?;
            state = self.ledger().follow_state().await?.ok_or(FollowError::NotTakenOver)?;
        }
        self.leave_room(&plant, &state).await?;
        settle_refusals(&mut round, &followed);
        let taken = TakenOver {
            users: followed.users,
            lots: followed.lots,
            movements: followed.movements,
            ..taken
        };
        Ok(self.report(&plant, &planned, &state, round, taken))
    }

    /// Drops the log rows that are kept here already, and makes sure that they are the same ones.
    async fn leave_out_what_is_kept(
        &self,
        plant: &mut LegacyPlant,
        state: &FollowState,
        zone: &TimeZone,
    ) -> Result<(), FollowError> {
        let Some(last) = state.last_log_id else { return Ok(()) };
        let from = plant.log.iter().map(|row| row.id).min().unwrap_or(last);
        let kept = self.ledger().legacy_rows_above(from.min(last - OVERLAP) - 1).await?;
        let there: HashMap<i64, String> =
            history(plant, zone).into_iter().map(|row| (row.legacy_id, row.verbatim)).collect();
        let recent: Vec<_> = kept.iter().filter(|(id, _)| *id > last - OVERLAP).collect();
        let same = recent.iter().filter(|(id, text)| there.get(id) == Some(text)).count() as u64;
        let compared = recent.len() as u64;
        if same * 2 < compared {
            return Err(FollowError::OtherDatabase { kept: compared, same });
        }
        let kept: HashSet<i64> = kept.into_iter().map(|(id, _)| id).collect();
        plant.log.retain(|row| !kept.contains(&row.id));
        Ok(())
    }

    /// Plans the lots; numbers for those that have none are set aside before they are used.
    async fn plan_lots(
        &self,
        plant: &LegacyPlant,
        zone: &TimeZone,
        known: &mut Known,
    ) -> Result<Stock, FollowError> {
        let planned = stock(plant, zone, known)?;
        let first = known.next_lot.unwrap_or_default();
        let fresh = planned.next_lot.saturating_sub(first);
        if fresh == 0 {
            return Ok(planned);
        }
        known.next_lot = Some(self.ledger().reserve_lots(fresh).await?);
        Ok(stock(plant, zone, known)?)
    }

    /// Both systems give lot numbers for a while: ours are far above theirs.
    async fn leave_room(
        &self,
        plant: &LegacyPlant,
        state: &FollowState,
    ) -> Result<(), FollowError> {
        let highest = highest_lot(plant);
        if state.lot_counter < highest + MARGIN / 2 && highest + MARGIN < LAST_LOT {
            self.ledger().raise_lots(highest + MARGIN).await?;
        }
        Ok(())
    }

    fn report(
        &self,
        plant: &LegacyPlant,
        planned: &Stock,
        state: &FollowState,
        round: Round,
        taken_over: TakenOver,
    ) -> FollowReport {
        let legacy = legacy_stock(planned);
        let differences =
            compare::differences(&legacy, state, &round.unsettled, &planned.set_aside);
        let log = plant.source.tables.iter().find(|table| table.table == "inv_transaction");
        FollowReport {
            source: plant.source.clone(),
            looked_at: self.clock().now(),
            round: state.round,
            taken_over,
            log: LogReport {
                rows: log.map_or(0, |table| table.rows),
                kept: state.log_rows,
                last_id: state.last_log_id,
                without_stock: round.unheard,
                stock_without_log: round
                    .unexplained
                    .into_iter()
                    .map(|(lot, pieces)| LotPieces { lot: lot.to_string(), pieces })
                    .collect(),
            },
            legacy: compare::side(&legacy),
            ledger: compare::side(&state.stock),
            equal: differences.is_equal(),
            differences,
        }
    }
}

fn is_transient(error: &AppError) -> bool {
    matches!(error, AppError::Fault(fault) if fault.trouble().is_tried_again())
}

fn is_known(catalogue: &mtm_core::catalogue::Catalogue, noun: MasterNoun, code: &str) -> bool {
    let code = mtm_core::word::fold(code);
    match noun {
        MasterNoun::Part => catalogue.parts.by_folded(&code).is_some(),
        MasterNoun::Operation => catalogue.operations.by_folded(&code).is_some(),
        MasterNoun::Location => catalogue.locations.by_folded(&code).is_some(),
        MasterNoun::ItemType => catalogue.item_types.by_folded(&code).is_some(),
        MasterNoun::ColorCode => catalogue.colors.by_folded(&code).is_some(),
        MasterNoun::Reason(_) => true,
    }
}

/// Lots that the ledger refused are differences with a reason.
fn settle_refusals(round: &mut Round, followed: &Followed) {
    for (lot, rejection) in &followed.refused {
        let class = match rejection.code {
            Code::OnHold => Class::Held,
            Code::QuantityChanged => Class::BookedHere,
            _ => Class::Refused,
        };
        let unsettled = Unsettled { class, why: rejection.message.clone() };
        round.unsettled.insert(lot.clone(), unsettled);
        round.unexplained.retain(|(other, _)| other != lot);
    }
}

fn next_steps(cut_over: bool, last: &FollowReport, verified: bool) -> Vec<String> {
    let mut steps = Vec::new();
    if !verified {
        steps.push("Run `mtm verify`: the ledger is not what it was told. Do not cut over.".into());
    }
    let differences = &last.differences;
    if differences.booked_here.buckets > 0 {
        steps.push(
            "Undo in one system what was booked in one only, or book it in the other.".into(),
        );
    }
    if differences.held.buckets > 0 {
        steps.push(
            "Release the holds, or decide that the pieces are where this ledger says.".into(),
        );
    }
    if differences.refused.buckets + differences.unexplained.buckets > 0 {
        steps.push("Count the buckets listed, and correct the system that is wrong.".into());
    }
    if differences.only_here.buckets > 0 {
        steps.push("Check that the lots known here only are really there.".into());
    }
    if cut_over {
        steps.push("Make the legacy database read-only and keep a last dump of it.".into());
        steps.push(
            "Give people their passwords: `mtm user set-password NAME`, then `enable`.".into(),
        );
        steps.push(
            "Take a backup: `mtm backup FILE`. Revoke the legacy account that was read as.".into(),
        );
        steps.push(
            "Count the lots whose legacy record does not add up, those with most pieces first."
                .into(),
        );
    } else {
        steps.push(
            "Then cut over again; or accept the differences with --accept-differences.".into(),
        );
    }
    steps
}
