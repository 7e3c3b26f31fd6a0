//! What people want: mostly sensible, sometimes not.

use mtm_app::movement::{
    Booked, BookingType, Circumstances, CompleteBody, HoldBody, LotPatchBody, MergeBody,
    MovementBody, PickBody, ReleaseBody, ReverseBody, SplitBody,
};
use mtm_app::{App, AppError, Principal};
use mtm_core::Action;
use mtm_core::command::Confirmations;
use mtm_core::word::{HoldId, ImportId, LotNumber, MovementId};

use super::chance::Chance;
use super::twin::{Asked, Twin};

pub(super) const PARTS: [&str; 4] = ["A-1", "B 2", "C-3", "50"];
pub(super) const OPERATIONS: [&str; 2] = ["10", "20"];
pub(super) const LOCATIONS: [&str; 3] = ["R-1", "R-2", "DOCK"];

/// Something that is asked of the ledger.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Move(MovementBody),
    Complete(CompleteBody),
    Split(LotNumber, SplitBody),
    Merge(MergeBody),
    Change(LotNumber, i64, LotPatchBody),
    Hold(HoldBody),
    Release(HoldId, ReleaseBody),
    Undo(ReverseBody),
}

/// What a wish may be about.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) movements: Vec<MovementId>,
    pub(super) holds: Vec<HoldId>,
    pub(super) imports: Vec<ImportId>,
}

impl Wish {
    /// Sends it to the application under `key`.
    pub(super) async fn send(
        &self,
        app: &App,
        who: &Principal,
        key: &str,
    ) -> Result<Booked, AppError> {
        let around = Circumstances {
            route: format!("POST {}", self.name()),
            key: Some(key.to_owned()),
            ..Circumstances::default()
        };
        match self.clone() {
            Self::Move(body) => app.book(who, around, &body).await,
            Self::Complete(body) => app.complete(who, around, &body).await,
            Self::Split(lot, body) => app.split(who, around, lot, &body).await,
            Self::Merge(body) => app.merge(who, around, &body).await,
            Self::Change(lot, version, body) => {
                app.change_lot(who, around, lot, version, &body).await
            }
            Self::Hold(body) => app.place_hold(who, around, &body).await,
            Self::Release(hold, body) => app.release_hold(who, around, hold, &body).await,
            Self::Undo(body) => app.reverse(who, around, None, &body).await,
        }
    }

    /// A word for it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Move(body) => match body.kind {
                Some(BookingType::In) => "in",
                Some(BookingType::Out) => "out",
                Some(BookingType::Transfer) => "transfer",
                Some(BookingType::Scrap) => "scrap",
                Some(BookingType::Adjust) => "adjust",
                None => "nothing",
            },
            Self::Complete(_) => "complete",
            Self::Split(..) => "split",
            Self::Merge(_) => "merge",
            Self::Change(..) => "change",
            Self::Hold(_) => "hold",
            Self::Release(..) => "release",
            Self::Undo(body) if body.import_id.is_some() => "undo of an import",
            Self::Undo(_) => "undo",
        }
    }

    /// As the model is told it.
    pub(super) fn asked(&self) -> Asked {
        let none = Vec::new();
        let (action, confirm) = match self {
            Self::Move(body) => (body.parse(), &body.confirm),
            Self::Complete(body) => (body.parse(), &body.confirm),
            Self::Split(lot, body) => (body.parse(lot.clone()), &body.confirm),
            Self::Merge(body) => (body.parse(), &body.confirm),
            Self::Change(lot, version, body) => (body.parse(lot.clone(), *version), &none),
            Self::Hold(body) => (body.parse(), &none),
            Self::Release(hold, body) => (body.parse(*hold), &none),
            Self::Undo(body) => (body.parse(None), &none),
        };
        let action: Action = action.unwrap_or_else(|wrong| panic!("{self:?}: {wrong:?}"));
        let mut confirmed = Confirmations::default();
        assert!(confirm.iter().all(|code| confirmed.add(code)));
        let guarded = matches!(self, Self::Move(_));
        Asked { action, confirm: confirmed, import: None, guarded }
    }

    /// The same, insisted on.
    pub(super) fn insisting(mut self) -> Self {
        let all = || {
            let codes = ["possible_duplicate", "implausible_quantity", "off_routing", "on_hold"];
            codes.map(str::to_owned).to_vec()
        };
        match &mut self {
            Self::Move(body) => body.confirm = all(),
            Self::Complete(body) => body.confirm = all(),
            Self::Split(_, body) => body.confirm = all(),
            Self::Merge(body) => body.confirm = all(),
            Self::Change(..) | Self::Hold(_) | Self::Release(..) | Self::Undo(_) => {}
        }
        self
    }

    /// A receipt.
    pub(super) fn receipt(chance: &mut Chance) -> Self {
        let usual = chance.between(1, 60);
        Self::Move(MovementBody {
            kind: Some(BookingType::In),
            part: one(chance, &PARTS),
            operation: one(chance, &OPERATIONS),
            location: one(chance, &LOCATIONS),
            // Sometimes typed twice, or with too many zeros.
            quantity: Some(chance.weighed(&[(20, usual), (1, usual * 101), (1, 120_000)])),
            containers: Some(chance.weighed(&[(6, 1), (1, 2), (1, 3)])),
            notes: chance.once_in(4).then(|| "from the night shift".to_owned()),
            work_order: chance.once_in(5).then(|| "WO-000001".to_owned()),
            ..MovementBody::default()
        })
    }

    /// What somebody who may run things wants next.
    pub(super) fn any(chance: &mut Chance, twin: &Twin, known: &Known) -> Self {
        let buckets = twin.buckets();
        let Some((words, there)) = chance.among(&buckets).cloned() else {
            return Self::receipt(chance);
        };
        let [part, operation, location, lot] = words;
        let bucket = Bucket { part, operation, location, lot, there };
        let wish = match chance.below(100) {
            0..30 => None,
            30..74 => Some(bucket.booking(chance)),
            74..83 => bucket.regrouping(chance, &buckets),
            83..86 => {
                let lots = twin.lots();
                let lot = chance.among(&lots).unwrap().clone();
                let version = twin.version(&lot) - i64::from(chance.once_in(4));
                let work_order = Some(Some(format!("WO-{:06}", chance.below(90))));
                let body = LotPatchBody { work_order, ..LotPatchBody::default() };
                Some(Self::Change(lot, version, body))
            }
            86..89 => Some(bucket.hold(chance)),
            89..93 => {
                let hold = chance.among(&known.holds);
                hold.map(|hold| Self::Release(*hold, ReleaseBody::default()))
            }
            _ => undo(chance, known),
        };
        wish.unwrap_or_else(|| Self::receipt(chance))
    }

    /// What somebody at a machine wants next.
    pub(super) fn of_operator(chance: &mut Chance, twin: &Twin, known: &Known) -> Self {
        loop {
            let wish = Self::any(chance, twin, known);
            let adjusts =
                matches!(&wish, Self::Move(body) if body.kind == Some(BookingType::Adjust));
            let leads = matches!(&wish, Self::Change(..) | Self::Hold(_) | Self::Release(..));
            if !(adjusts || leads) {
                return wish;
            }
        }
    }
}

/// A bucket with pieces, in words.
struct Bucket {
    part: String,
    operation: String,
    location: String,
    lot: String,
    there: i64,
}

impl Bucket {
    /// Pieces, sometimes more than there are.
    fn some(&self, chance: &mut Chance) -> i64 {
        chance.between(1, self.there + self.there / 3 + 1)
    }

    /// A body that names the bucket exactly, and sometimes all of it.
    fn exact(&self, chance: &mut Chance) -> MovementBody {
        MovementBody {
            part: Some(self.part.clone()),
            operation: Some(self.operation.clone()),
            location: Some(self.location.clone()),
            lot: Some(self.lot.clone()),
            quantity: Some(self.some(chance)).filter(|_| !chance.once_in(5)),
            ..MovementBody::default()
        }
    }

    /// Pieces leave it, or are counted.
    fn booking(&self, chance: &mut Chance) -> Wish {
        let exact = self.exact(chance);
        let body = match chance.below(44) {
            0..4 => MovementBody {
                kind: Some(BookingType::Out),
                lot: None,
                quantity: Some(self.some(chance)),
                pick: Some(PickBody::Fifo),
                ..exact
            },
            4..12 => MovementBody {
                kind: Some(BookingType::Out),
                notes: chance.once_in(3).then(|| "seen".to_owned()),
                ..exact
            },
            12..28 => MovementBody {
                kind: Some(BookingType::Transfer),
                to_operation: one(chance, &OPERATIONS).filter(|_| chance.once_in(2)),
                to_location: one(chance, &LOCATIONS),
                ..exact
            },
            28..32 => MovementBody {
                kind: Some(BookingType::Scrap),
                reason: Some("damaged".to_owned()),
                ..exact
            },
            32..38 => self.count(chance, exact),
            _ => return self.completion(chance),
        };
        Wish::Move(body)
    }

    fn count(&self, chance: &mut Chance, exact: MovementBody) -> MovementBody {
        let expected = || self.there;
        let mut body = MovementBody {
            kind: Some(BookingType::Adjust),
            quantity: None,
            reason: Some("count".to_owned()),
            expected_quantity: chance.once_in(3).then(expected),
            ..exact
        };
        if chance.once_in(2) {
            body.counted = Some((self.there + chance.between(-2, 3)).max(0));
        } else {
            body.delta = Some(chance.weighed(&[(1, -3), (1, -1), (1, 1), (1, 4)]));
        }
        body
    }

    fn completion(&self, chance: &mut Chance) -> Wish {
        let some = self.some(chance);
        Wish::Complete(CompleteBody {
            part: Some(self.part.clone()),
            operation: Some(self.operation.clone()),
            location: Some(self.location.clone()),
            lot: Some(self.lot.clone()),
            good: Some(some / 2 + 1),
            scrap: Some(some / 8),
            rework: Some(some / 9),
            scrap_reason: chance.once_in(2).then(|| "damaged".to_owned()),
            to_operation: one(chance, &OPERATIONS),
            ..CompleteBody::default()
        })
    }

    /// Its lot is split, or others become part of it.
    fn regrouping(&self, chance: &mut Chance, all: &[([String; 4], i64)]) -> Option<Wish> {
        let (operation, location) = (Some(self.operation.clone()), Some(self.location.clone()));
        if chance.once_in(2) {
            let quantity = Some(self.some(chance));
            let body = SplitBody { quantity, operation, location, ..SplitBody::default() };
            return Some(Wish::Split(self.lot.parse().unwrap(), body));
        }
        let place = [&self.part, &self.operation, &self.location];
        let beside = all.iter().filter(|([part, operation, location, lot], _)| {
            [part, operation, location] == place && *lot != self.lot
        });
        let lots: Vec<String> = beside.take(2).map(|([.., lot], _)| lot.clone()).collect();
        let into = Some(self.lot.clone());
        let body = MergeBody { into, operation, location, lots, ..MergeBody::default() };
        (!body.lots.is_empty()).then_some(Wish::Merge(body))
    }

    fn hold(&self, chance: &mut Chance) -> Wish {
        let mut body = HoldBody { reason: Some("quality".to_owned()), ..HoldBody::default() };
        match chance.below(3) {
            0 => body.part = Some(self.part.clone()),
            1 => body.location = Some(self.location.clone()),
            _ => body.lot = Some(self.lot.clone()),
        }
        Wish::Hold(body)
    }
}

fn one(chance: &mut Chance, codes: &[&str]) -> Option<String> {
    chance.among(codes).map(|code| (*code).to_owned())
}

fn undo(chance: &mut Chance, known: &Known) -> Option<Wish> {
    let mut body = ReverseBody { reason: Some("a mistake".to_owned()), ..ReverseBody::default() };
    if let Some(import) = chance.among(&known.imports).filter(|_| chance.once_in(3)) {
        body.import_id = Some(import.0);
        return Some(Wish::Undo(body));
    }
    // Mostly something new.
    let recent = known.movements.len().saturating_sub(30);
    let movement = chance.among(&known.movements[recent..])?;
    if chance.once_in(2) {
        body.ids = Some(vec![movement.0]);
    } else {
        body.command_id = Some(movement.command().0);
    }
    Some(Wish::Undo(body))
}
