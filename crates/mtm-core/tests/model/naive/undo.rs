//! What is undone, blocked, released and rewritten.

use mtm_core::catalogue::ReasonKind;
use mtm_core::code::Code;
use mtm_core::command::{
    ChangeLot, HoldSubject, Patch, PlaceHold, ReleaseHold, Reverse, ReverseTarget,
};

use super::{Block, Case, Done, Effect, End, Step, Wrongs, refuse, stage};

/// Eight hours.
const OWN_UNDO: i64 = 8 * 3600 * 1_000_000;

impl Case<'_> {
    pub(super) fn reverse(&self, action: &Reverse) -> Result<Effect, Wrongs> {
        let meant: Vec<&Done> = self
            .naive
            .log
            .iter()
            .rev()
            .filter(|done| match &action.target {
                ReverseTarget::Movement(id) => done.id == *id,
                ReverseTarget::Command(id) => done.id.command() == *id,
                ReverseTarget::Movements(ids) => ids.contains(&done.id),
                ReverseTarget::Import(id) => done.import == Some(*id),
                ReverseTarget::Session(id) => done.session == Some(*id),
                // No step books in a shift.
                ReverseTarget::Shift(_) => false,
            })
            .collect();
        let missing = match &action.target {
            ReverseTarget::Movements(ids) => {
                ids.iter().any(|id| !meant.iter().any(|done| done.id == *id))
            }
            _ => false,
        };
        if meant.is_empty() || missing {
            return refuse(Code::NotFound);
        }
        let pending: Vec<&Done> =
            meant.into_iter().filter(|done| !done.undone && done.step.kind != "reversal").collect();
        let one_deed =
            !matches!(action.target, ReverseTarget::Movements(_) | ReverseTarget::Import(_));
        let own = |done: &&Done| {
            done.user == self.command.context.actor.id.0 && self.now - done.at <= OWN_UNDO
        };
        if !self.is_lead() && !(pending.iter().all(own) && (one_deed || pending.is_empty())) {
            return refuse(Code::Forbidden);
        }
        if pending.is_empty() {
            return refuse(Code::AlreadyReversed);
        }
        let mut stock = self.naive.stock.clone();
        let mut effect = Effect::default();
        for done in pending {
            if let End::Spot(spot) = &done.step.to {
                let mut w: Wrongs = self.blocked(spot, true).into_iter().collect();
                let there = stock.entry(spot.clone()).or_default();
                if *there < done.step.pieces {
                    w.insert(Code::ConsumedSince);
                }
                stage(&w)?;
                *there -= done.step.pieces;
            }
            if let End::Spot(spot) = &done.step.from {
                *stock.entry(spot.clone()).or_default() += done.step.pieces;
            }
            effect.steps.push(Step {
                kind: "reversal",
                pieces: done.step.pieces,
                from: done.step.to.clone(),
                to: done.step.from.clone(),
                undoes: Some(done.id),
            });
        }
        Ok(effect)
    }

    pub(super) fn place_hold(&self, action: &PlaceHold) -> Result<Effect, Wrongs> {
        let mut w = Wrongs::new();
        self.reason(ReasonKind::Hold, Some(&action.reason), action.notes.as_ref(), &mut w);
        let block = match &action.subject {
            HoldSubject::Lot(lot) => {
                self.lot(lot.as_str(), &mut w);
                Some(Block::Lot(lot.as_str().to_owned()))
            }
            HoldSubject::Part(code) => self.part(code.as_str(), false, &mut w).map(Block::Part),
            HoldSubject::Location(code) => {
                self.location(code.as_str(), false, &mut w).map(Block::Location)
            }
        };
        stage(&w)?;
        if self.naive.holds.iter().any(|(_, held)| Some(held) == block.as_ref()) {
            return refuse(Code::AlreadyExists);
        }
        Ok(Effect { block, ..Effect::default() })
    }

    pub(super) fn release_hold(&self, action: &ReleaseHold) -> Result<Effect, Wrongs> {
        if !self.naive.holds.iter().any(|(id, _)| *id == action.hold) {
            return refuse(Code::NotFound);
        }
        Ok(Effect { unblock: Some(action.hold), ..Effect::default() })
    }

    pub(super) fn change_lot(&self, action: &ChangeLot) -> Result<Effect, Wrongs> {
        let number = action.lot.as_str();
        let Some(sheet) = self.naive.lots.get(number) else {
            return refuse(Code::UnknownLot);
        };
        let changes = &action.changes;
        let mut w = Wrongs::new();
        if sheet.version != action.version {
            w.insert(Code::Stale);
        }
        let mut new = [
            set(&changes.item_type),
            set(&changes.color_code),
            set(&changes.work_order),
            set(&changes.notes),
        ];
        self.spelled(&mut new, &mut w);
        stage(&w)?;
        let kept = [
            kept(&changes.item_type),
            kept(&changes.color_code),
            kept(&changes.work_order),
            kept(&changes.notes),
        ];
        let mut carries = sheet.carries.clone();
        for ((carried, new), kept) in carries.iter_mut().zip(new).zip(kept) {
            if !kept {
                *carried = new;
            }
        }
        let change = (carries != sheet.carries).then(|| (number.to_owned(), carries));
        Ok(Effect { change, ..Effect::default() })
    }
}

fn set<T: ToString>(change: &Patch<T>) -> Option<String> {
    if let Patch::Set(value) = change { Some(value.to_string()) } else { None }
}

fn kept<T>(change: &Patch<T>) -> bool {
    matches!(change, Patch::Keep)
}
