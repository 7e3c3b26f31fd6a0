//! The smallest ledger that can judge a history: facts in maps, decisions by the real domain.

use std::collections::BTreeMap;

use mtm_core::catalogue::{
    ActiveHold, Catalogue, ColorRecord, ItemTypeRecord, LocationRecord, MasterHeader,
    OperationRecord, PartRecord, ReasonKind, ReasonRecord,
};
use mtm_core::command::{Actor, Confirmations, Context, Take};
use mtm_core::movement::{Bucket, MovementRecord, MovementType};
use mtm_core::policy::{Role, allows, deed_of};
use mtm_core::posting::Postings;
use mtm_core::view::{Limits, LotFact, ReversalFact, StockFact, View};
use mtm_core::word::{
    CommandId, HoldId, LocationId, LotNumber, MovementId, OperationId, PartCode, PartId, Quantity,
    Timestamp, UserId,
};
use mtm_core::{Action, Command, decide};
use mtm_lab::plant::{Booking, Deed, PlantItem, References};
use uuid::Uuid;

/// A ledger that books what a plant does and panics on the first refusal.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) catalogue: Catalogue,
    pub(crate) references: References,
    pub(crate) movements: BTreeMap<MovementId, MovementRecord>,
    pub(crate) lots: BTreeMap<LotNumber, LotFact>,
    pub(crate) users: BTreeMap<String, (UserId, Role)>,
    stock: BTreeMap<LotNumber, BTreeMap<Bucket, Quantity>>,
    reversed: BTreeMap<MovementId, MovementId>,
    receipts: BTreeMap<PartCode, Vec<Quantity>>,
    commands: u128,
    last_at: Option<Timestamp>,
}

fn header() -> MasterHeader {
    MasterHeader {
        id: Uuid::nil(),
        description: None,
        retired_at: None,
        version: 1,
        unverified: false,
    }
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let mut ledger = Self::default();
        for (row, kind, code) in [
            (1, ReasonKind::Scrap, "damaged"),
            (2, ReasonKind::Adjust, "count"),
            (3, ReasonKind::Hold, "quality"),
        ] {
            let record = ReasonRecord {
                row,
                header: header(),
                kind,
                code: code.parse().unwrap(),
                needs_notes: false,
            };
            ledger.catalogue.reasons.put(row, &ReasonRecord::lookup_key(kind, code), record);
        }
        ledger
    }

    /// Takes in an item; answers what a booking moved.
    pub(crate) fn take_in(&mut self, item: &PlantItem) -> Option<Postings> {
        let catalogue = &mut self.catalogue;
        match item {
            PlantItem::ItemType(master) => {
                let row = i64::try_from(catalogue.item_types.len()).unwrap();
                let record = ItemTypeRecord { row, header: header(), code: master.code.clone() };
                catalogue.item_types.put(row, master.code.as_str(), record);
            }
            PlantItem::Color(master) => {
                let row = i64::try_from(catalogue.colors.len()).unwrap();
                let record = ColorRecord { row, header: header(), code: master.code.clone() };
                catalogue.colors.put(row, master.code.as_str(), record);
            }
            PlantItem::Operation(master) => {
                let row = i64::try_from(catalogue.operations.len()).unwrap();
                let code = master.code.clone();
                let record = OperationRecord { row: OperationId(row), header: header(), code };
                catalogue.operations.put(row, master.code.as_str(), record);
            }
            PlantItem::Location(master) => {
                let row = i64::try_from(catalogue.locations.len()).unwrap();
                let record = LocationRecord {
                    row: LocationId(row),
                    header: header(),
                    code: master.code.clone(),
                    building: Some(master.building.to_owned()),
                    kind: Some(master.kind),
                };
                catalogue.locations.put(row, master.code.as_str(), record);
            }
            PlantItem::Part(master) => {
                let row = i64::try_from(catalogue.parts.len()).unwrap();
                let record = PartRecord {
                    row: PartId(row),
                    header: header(),
                    code: master.code.clone(),
                    item_type: Some(master.item_type.clone()),
                    requires_color: master.requires_color,
                    requires_work_order: master.requires_work_order,
                    max_quantity: None,
                    minimum_stock: None,
                    operations: master.operations.clone(),
                    customer: Some(master.customer.clone()),
                };
                catalogue.parts.put(row, master.code.as_str(), record);
            }
            PlantItem::Shift(_) => {}
            PlantItem::User(master) => {
                let id = UserId(i64::try_from(self.users.len()).unwrap());
                assert!(
                    self.users.insert(master.name.to_string(), (id, master.role)).is_none(),
                    "two users {}",
                    master.name
                );
            }
            PlantItem::Booking(booking) => return Some(self.book(booking)),
        }
        None
    }

    /// Pieces and buckets in stock.
    pub(crate) fn stock(&self) -> impl Iterator<Item = (&Bucket, Quantity)> {
        self.stock.values().flatten().map(|(bucket, quantity)| (bucket, *quantity))
    }

    fn book(&mut self, booking: &Booking) -> Postings {
        assert!(self.last_at.is_none_or(|last| booking.at > last), "{booking:?} is not later");
        self.last_at = Some(booking.at);
        self.commands += 1;
        let id = CommandId::from_fresh(Uuid::from_u128(self.commands << 16));
        let (user, role) = self.users[booking.user.as_str()];
        assert!(self.references.resolves(booking), "{booking:?}");
        let action = self.references.action(booking).unwrap();
        assert!(allows(role, deed_of(&action)), "a {role} may not book {booking:?}");
        let command = Command {
            id,
            context: Context {
                actor: Actor { id: user, name: booking.user.clone(), role },
                station: None,
                app_version: None,
                occurred_at: None,
                shift: None,
                import: None,
                session: None,
                intent_window: None,
            },
            confirm: Confirmations::default(),
            action,
        };
        let postings = match decide(&self.view(booking.at, &command.action), &command) {
            Ok(postings) => postings,
            Err(refused) => panic!("{booking:?}\n{:?}\nrefused: {refused}", command.action),
        };
        self.apply(&command, booking.at, &postings);
        let made: Vec<LotNumber> = postings.new_lots.iter().map(|new| new.lot.clone()).collect();
        self.references.record(booking, id, &made).unwrap();
        if let (Deed::Take { quantity: None, .. }, Action::Take(Take { pick, .. })) =
            (&booking.deed, &command.action)
            && booking.last_of_lot
        {
            let lot = pick.lot.as_ref().unwrap();
            assert!(!self.stock.contains_key(lot), "{lot} still stands after {booking:?}");
        }
        postings
    }

    fn view(&self, now: Timestamp, action: &Action) -> View<'_> {
        let needs = mtm_core::view::needs(action);
        let mut named: Vec<LotNumber> = Vec::new();
        named.extend(needs.pick.and_then(|pick| pick.lot.clone()));
        named.extend(needs.lot.cloned());
        let mut reversals = Vec::new();
        if let Some(mtm_core::command::ReverseTarget::Command(command)) = needs.reversal {
            let (first, last) = command.movement_range();
            for (id, original) in self.movements.range(first..=last).rev() {
                named.extend(original.lot().cloned());
                reversals.push(ReversalFact {
                    original: original.clone(),
                    reversed_by: self.reversed.get(id).copied(),
                    later: Vec::new(),
                    taken_for: None,
                });
            }
        }
        named.sort_unstable();
        named.dedup();
        let counter = self.lots.len() as u64;
        View {
            now,
            catalogue: &self.catalogue,
            limits: Limits::default(),
            stock: named
                .iter()
                .filter_map(|lot| self.stock.get(lot))
                .flatten()
                .map(|(bucket, quantity)| StockFact {
                    bucket: bucket.clone(),
                    quantity: *quantity,
                    received_at: self.lots[&bucket.lot].received_at,
                })
                .collect(),
            lots: named.iter().filter_map(|lot| self.lots.get(lot).cloned()).collect(),
            reservations: Vec::new(),
            fresh_lots: (1..=u64::from(needs.fresh_lots))
                .map(|nth| LotNumber::allocated(counter + nth))
                .collect(),
            receipts: needs
                .receipts_of
                .and_then(|part| self.receipts.get(part))
                .map(|all| {
                    all.iter().rev().take(mtm_core::plausibility::HISTORY).copied().collect()
                })
                .unwrap_or_default(),
            recent: Vec::new(),
            reversals,
        }
    }

    fn apply(&mut self, command: &Command, at: Timestamp, postings: &Postings) {
        for new in &postings.new_lots {
            let fact = LotFact {
                lot: new.lot.clone(),
                part: new.part.clone(),
                attributes: new.attributes.clone(),
                received_at: new.received_at,
                received_by: new.received_by,
                version: 1,
            };
            assert!(self.lots.insert(new.lot.clone(), fact).is_none(), "{} again", new.lot);
        }
        for balance in &postings.balances {
            let lot = self.stock.entry(balance.bucket.lot.clone()).or_default();
            if balance.after.is_zero() {
                lot.remove(&balance.bucket);
            } else {
                lot.insert(balance.bucket.clone(), balance.after);
            }
            if lot.is_empty() {
                self.stock.remove(&balance.bucket.lot);
            }
        }
        for (position, posting) in (1..).zip(&postings.movements) {
            let id = command.id.movement(position);
            if posting.kind == MovementType::In {
                let part = posting.part.code.clone();
                self.receipts.entry(part).or_default().push(posting.quantity);
            }
            if let Some(undone) = posting.reverses {
                assert!(self.reversed.insert(undone, id).is_none());
            }
            let record = MovementRecord {
                id,
                sequence: None,
                kind: posting.kind,
                part: posting.part.clone(),
                quantity: posting.quantity,
                from: posting.from.clone(),
                to: posting.to.clone(),
                recorded_at: at,
                user: command.context.actor.id,
                reason: posting.reason.clone(),
                notes: posting.notes.clone(),
                reverses: posting.reverses,
            };
            self.movements.insert(id, record);
        }
        if let Some(hold) = &postings.new_hold {
            self.catalogue.holds.put(ActiveHold {
                id: HoldId::placed_by(command.id),
                target: hold.target.clone(),
                reason: hold.reason.clone(),
            });
        }
        if let Some(released) = &postings.released {
            self.catalogue.holds.release(released.id);
        }
    }
}
