//! A store without a disk: loads views, writes postings, and asserts what a database's
//! constraints would.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mtm_core::catalogue::{ActiveHold, Catalogue, Holds};
use mtm_core::command::{Command, Pick, ReverseTarget};
use mtm_core::intent::{self, RecentCommand, Signature};
use mtm_core::movement::{Bucket, MovementRecord, MovementType};
use mtm_core::plausibility;
use mtm_core::posting::{NewLot, Posting, Postings};
use mtm_core::view::{
    self, Limits, LotFact, ReservationFact, ReversalFact, StockFact, TakenFor, View,
};
use mtm_core::word::{
    CommandId, HoldId, ImportId, LotNumber, MovementId, PartCode, Quantity, SessionId, Timestamp,
    UserId,
};

use super::Plant;

/// A movement in the log, with what it can be found by.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The movement.
    pub record: MovementRecord,
    /// Its import.
    pub import: Option<ImportId>,
    /// Its scan session.
    pub session: Option<SessionId>,
}

/// A lot, and the lot it was split from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// What deciding sees.
    pub fact: LotFact,
    /// The lot it came from.
    pub parent: Option<LotNumber>,
}

#[derive(Debug, Clone)]
struct Accepted {
    user: UserId,
    signature: Signature,
    command: CommandId,
    at: Timestamp,
}

/// Everything a ledger holds.
#[derive(Debug, Clone)]
pub struct World {
    /// Master data; change it through [`World::edit_plant`].
    pub plant: Plant,
    /// The present moment; a test moves it on.
    pub now: Timestamp,
    /// The site's bounds.
    pub limits: Limits,
    /// Buckets above zero.
    pub stock: BTreeMap<Bucket, Quantity>,
    /// Every lot that ever was.
    pub lots: BTreeMap<LotNumber, Lot>,
    /// Every movement, oldest first.
    pub log: Vec<Logged>,
    /// Reservations that nobody has ended.
    pub reservations: Vec<ReservationFact>,
    /// What movements took for reservations, and was not undone.
    pub taken_for: HashMap<MovementId, TakenFor>,
    /// Which movement undid which.
    pub undone: HashMap<MovementId, MovementId>,
    catalogue: Arc<Catalogue>,
    accepted: Vec<Accepted>,
    next_lot: u64,
}

impl World {
    /// An empty ledger of `plant`.
    pub fn new(plant: Plant) -> Self {
        let catalogue = Arc::new(plant.catalogue(Holds::default()));
        Self {
            plant,
            now: Timestamp::from_micros(1_764_000_000_000_000),
            limits: Limits::default(),
            stock: BTreeMap::new(),
            lots: BTreeMap::new(),
            log: Vec::new(),
            reservations: Vec::new(),
            taken_for: HashMap::new(),
            undone: HashMap::new(),
            catalogue,
            accepted: Vec::new(),
            next_lot: 1,
        }
    }

    /// Master data and holds as deciding sees them.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Changes master data.
    pub fn edit_plant(&mut self, edit: impl FnOnce(&mut Plant)) {
        edit(&mut self.plant);
        self.recatalogue(self.catalogue.holds.clone());
    }

    fn recatalogue(&mut self, holds: Holds) {
        self.catalogue = Arc::new(self.plant.catalogue(holds));
    }

    /// What `command` needs to be decided on, as things stand.
    pub fn view(&self, command: &Command) -> View<'_> {
        let needs = view::needs(&command.action);
        let mut wanted: Vec<LotNumber> = needs.lot.into_iter().chain(needs.also).cloned().collect();
        if let Some(pick) = needs.pick {
            let found = self.stock.keys().filter(|bucket| self.picks(pick, bucket));
            wanted.extend(found.map(|bucket| bucket.lot.clone()));
        }
        let reversals = needs.reversal.map_or_else(Vec::new, |target| self.reversals(target));
        for fact in &reversals {
            for account in [&fact.original.from, &fact.original.to] {
                wanted.extend(account.bucket().map(|bucket| bucket.lot.clone()));
            }
        }
        wanted.sort();
        wanted.dedup();
        View {
            now: self.now,
            catalogue: &self.catalogue,
            limits: self.limits,
            stock: self
                .stock
                .iter()
                .filter(|(bucket, _)| wanted.contains(&bucket.lot))
                .map(|(bucket, quantity)| StockFact {
                    bucket: self.today(bucket),
                    quantity: *quantity,
                    received_at: self.lots[&bucket.lot].fact.received_at,
                })
                .collect(),
            lots: wanted
                .iter()
                .filter_map(|lot| self.lots.get(lot).map(|lot| lot.fact.clone()))
                .collect(),
            reservations: self
                .reservations
                .iter()
                .filter(|reservation| wanted.contains(&reservation.lot))
                .cloned()
                .collect(),
            fresh_lots: self.fresh_lots(needs.fresh_lots),
            receipts: needs.receipts_of.map_or_else(Vec::new, |part| self.receipts(part)),
            recent: if needs.recent { self.recent(command.context.actor.id) } else { Vec::new() },
            reversals,
        }
    }

    /// The bucket under the codes its masters have now.
    fn today(&self, bucket: &Bucket) -> Bucket {
        let mut bucket = bucket.clone();
        if let Some(part) = self.catalogue.part_by_id(bucket.part.id) {
            bucket.part = part.named();
        }
        bucket
    }

    fn picks(&self, pick: &Pick, bucket: &Bucket) -> bool {
        let part = |code: &PartCode| self.catalogue.part(code).map(|part| part.row);
        let operation = |code| self.catalogue.operation(code).map(|step| step.row);
        let location = |code| self.catalogue.location(code).map(|place| place.row);
        pick.lot.as_ref().is_none_or(|lot| bucket.lot == *lot)
            && pick.part.as_ref().is_none_or(|code| part(code) == Some(bucket.part.id))
            && pick
                .operation
                .as_ref()
                .is_none_or(|code| operation(code) == Some(bucket.place.operation.id))
            && pick
                .location
                .as_ref()
                .is_none_or(|code| location(code) == Some(bucket.place.location.id))
    }

    fn fresh_lots(&self, count: u16) -> Vec<LotNumber> {
        let unused = (self.next_lot..)
            .map(LotNumber::allocated)
            .filter(|number| !self.lots.contains_key(number));
        unused.take(count.into()).collect()
    }

    fn receipts(&self, part: &PartCode) -> Vec<Quantity> {
        let row = self.catalogue.part(part).map(|part| part.row);
        let newest_first = self.log.iter().rev().map(|logged| &logged.record);
        newest_first
            .filter(|record| record.kind == MovementType::In && Some(record.part.id) == row)
            .filter(|record| !self.undone.contains_key(&record.id))
            .take(plausibility::HISTORY)
            .map(|record| record.quantity)
            .collect()
    }

    fn recent(&self, user: UserId) -> Vec<RecentCommand> {
        let undone = |command: CommandId| {
            let mut of_command = self.log.iter().filter(|l| l.record.id.command() == command);
            of_command.any(|logged| self.undone.contains_key(&logged.record.id))
        };
        self.accepted
            .iter()
            .filter(|accepted| accepted.user == user && !undone(accepted.command))
            .map(|accepted| RecentCommand {
                id: accepted.command,
                signature: accepted.signature,
                recorded_at: accepted.at,
            })
            .collect()
    }

    fn reversals(&self, target: &ReverseTarget) -> Vec<ReversalFact> {
        let meant = |logged: &&Logged| match target {
            ReverseTarget::Movement(id) => logged.record.id == *id,
            ReverseTarget::Command(command) => logged.record.id.command() == *command,
            ReverseTarget::Movements(ids) => ids.contains(&logged.record.id),
            ReverseTarget::Import(import) => logged.import == Some(*import),
            ReverseTarget::Session(session) => logged.session == Some(*session),
            // No step books in a shift.
            ReverseTarget::Shift(_) => false,
        };
        let newest_first = self.log.iter().rev().filter(meant);
        newest_first
            .map(|logged| ReversalFact {
                original: logged.record.clone(),
                reversed_by: self.undone.get(&logged.record.id).copied(),
                later: self.later(&logged.record),
                taken_for: self.taken_for.get(&logged.record.id).copied(),
            })
            .collect()
    }

    /// What took pieces of the bucket that `original` filled, and still counts.
    fn later(&self, original: &MovementRecord) -> Vec<MovementRecord> {
        let Some(bucket) = original.to.bucket() else {
            return Vec::new();
        };
        let newest_first = self.log.iter().rev().map(|logged| &logged.record);
        newest_first
            .take_while(|record| record.id != original.id)
            .filter(|record| record.from.bucket() == Some(bucket))
            .filter(|record| record.kind != MovementType::Reversal)
            .filter(|record| !self.undone.contains_key(&record.id))
            .take(ReversalFact::MOST_LATER)
            .cloned()
            .collect()
    }

    /// Writes what was decided for `command`.
    ///
    /// # Panics
    /// When the postings break a constraint: a lot that exists twice or not at all, a bucket
    /// below zero, a movement undone twice, a balance that is not what the movements make.
    pub fn apply(&mut self, command: &Command, postings: &Postings) {
        for new in &postings.new_lots {
            self.create(new);
        }
        for balance in &postings.balances {
            assert_eq!(self.quantity(&balance.bucket), balance.before, "{:?}", balance.bucket);
        }
        for (posting, position) in postings.movements.iter().zip(1..) {
            self.append(command, command.id.movement(position), posting);
        }
        for balance in &postings.balances {
            assert_eq!(self.quantity(&balance.bucket), balance.after, "{:?}", balance.bucket);
        }
        for change in &postings.lot_changes {
            let fact = &mut self.lots.get_mut(&change.lot).unwrap().fact;
            assert_eq!(change.version, fact.version + 1);
            fact.version = change.version;
            fact.attributes = change.attributes.clone();
        }
        if let Some(new) = &postings.new_hold {
            let id = HoldId::placed_by(command.id);
            let hold = ActiveHold { id, target: new.target.clone(), reason: new.reason.clone() };
            let mut holds = self.catalogue.holds.clone();
            holds.put(hold);
            self.recatalogue(holds);
        }
        if let Some(released) = &postings.released {
            let mut holds = self.catalogue.holds.clone();
            holds.release(released.id);
            self.recatalogue(holds);
        }
        self.reserve(command, postings);
        if let Some(signature) = intent::signature(&command.action) {
            let (user, at) = (command.context.actor.id, self.now);
            self.accepted.push(Accepted { user, signature, command: command.id, at });
        }
    }

    fn create(&mut self, new: &NewLot) {
        let fact = LotFact {
            lot: new.lot.clone(),
            part: new.part.clone(),
            attributes: new.attributes.clone(),
            received_at: new.received_at,
            received_by: new.received_by,
            version: 1,
        };
        let lot = Lot { fact, parent: new.parent.clone() };
        assert!(self.lots.insert(new.lot.clone(), lot).is_none(), "lot {} twice", new.lot);
        while self.lots.contains_key(&LotNumber::allocated(self.next_lot)) {
            self.next_lot += 1;
        }
    }

    fn append(&mut self, command: &Command, id: MovementId, posting: &Posting) {
        assert!(!posting.quantity.is_zero(), "a movement of nothing");
        assert_ne!(posting.from, posting.to, "a movement from a place to itself");
        for bucket in [&posting.from, &posting.to].into_iter().filter_map(|end| end.bucket()) {
            assert_eq!(bucket.part, posting.part);
            assert_eq!(self.lots[&bucket.lot].fact.part, posting.part, "lot of another part");
        }
        if let Some(bucket) = posting.from.bucket() {
            let left = self.quantity(bucket).minus(posting.quantity).expect("below zero");
            self.set(bucket, left);
        }
        if let Some(bucket) = posting.to.bucket() {
            let sum = self.quantity(bucket).plus(posting.quantity).expect("beyond every bound");
            self.set(bucket, sum);
        }
        if let Some(original) = posting.reverses {
            assert!(self.undone.insert(original, id).is_none(), "{original} undone twice");
        }
        let record = MovementRecord {
            id,
            sequence: Some(self.log.len() as u64 + 1),
            kind: posting.kind,
            part: posting.part.clone(),
            quantity: posting.quantity,
            from: posting.from.clone(),
            to: posting.to.clone(),
            recorded_at: self.now,
            user: command.context.actor.id,
            reason: posting.reason.clone(),
            notes: posting.notes.clone(),
            reverses: posting.reverses,
        };
        let (import, session) = (command.context.import, command.context.session);
        self.log.push(Logged { record, import, session });
    }

    /// Pieces in `bucket`.
    pub fn quantity(&self, bucket: &Bucket) -> Quantity {
        self.stock.get(bucket).copied().unwrap_or_default()
    }

    fn set(&mut self, bucket: &Bucket, quantity: Quantity) {
        if quantity.is_zero() {
            self.stock.remove(bucket);
        } else {
            self.stock.insert(bucket.clone(), quantity);
        }
    }

    /// On-hand stock made anew from the log alone, in whole pieces; negative where a bucket ever
    /// gave more than it had.
    pub fn rebuilt(&self) -> BTreeMap<Bucket, i64> {
        let mut stock: BTreeMap<Bucket, i64> = BTreeMap::new();
        for Logged { record, .. } in &self.log {
            if let Some(bucket) = record.from.bucket() {
                *stock.entry(bucket.clone()).or_default() -= record.quantity.whole();
            }
            if let Some(bucket) = record.to.bucket() {
                *stock.entry(bucket.clone()).or_default() += record.quantity.whole();
            }
        }
        stock.retain(|_, pieces| *pieces != 0);
        stock
    }

    /// On-hand stock in whole pieces.
    pub fn pieces(&self) -> BTreeMap<Bucket, i64> {
        self.stock.iter().map(|(bucket, quantity)| (bucket.clone(), quantity.whole())).collect()
    }
}
