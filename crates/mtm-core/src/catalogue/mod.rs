//! Master data and holds as one immutable value that deciding looks things up in.
//!
//! The store keeps the current catalogue in memory and swaps it when master data changes; the
//! database stays the authority. Codes are found folded, and old codes as aliases.

mod hold;
mod master;
mod routing;

use std::collections::HashMap;
use std::sync::Arc;

pub use hold::{ActiveHold, HoldTarget, Holds};
pub use master::{
    ColorRecord, ItemTypeRecord, LocationKind, LocationRecord, MasterHeader, OperationRecord,
    PartRecord, ReasonKind, ReasonRecord,
};
pub use routing::{
    OffRouting, Onward, Routing, RoutingSpan, RoutingStep, RoutingVersion, Routings,
};

use crate::approval::ApprovalPolicy;
use crate::period::Periods;
use crate::shift::ShiftCalendar;
use crate::word::{
    ColorCode, ItemType, LocationCode, LocationId, LotNumber, OperationCode, OperationId, PartCode,
    PartId, ReasonCode, fold,
};

/// One table of master data: by row id and by every folded code that names a record. Clones share
/// their rows until one of them changes, so that a hold does not cost a copy of every part.
#[derive(Debug)]
pub struct Table<R> {
    by_id: Arc<HashMap<i64, Arc<R>>>,
    by_code: Arc<HashMap<Box<str>, i64>>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { by_id: Arc::default(), by_code: Arc::default() }
    }
}

impl<R> Clone for Table<R> {
    fn clone(&self) -> Self {
        Self { by_id: Arc::clone(&self.by_id), by_code: Arc::clone(&self.by_code) }
    }
}

impl<R> Table<R> {
    /// Adds or replaces the record of row `id`, found under `code`. Codes it had before stay as
    /// aliases.
    pub fn put(&mut self, id: i64, code: &str, record: R) {
        Arc::make_mut(&mut self.by_id).insert(id, Arc::new(record));
        Arc::make_mut(&mut self.by_code).insert(fold(code).into(), id);
    }

    /// Lets `code` find the record of row `id`, unless the code names a record already.
    pub fn alias(&mut self, code: &str, id: i64) {
        Arc::make_mut(&mut self.by_code).entry(fold(code).into()).or_insert(id);
    }

    /// Whether the two still share their rows: nothing was changed in either since they were one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.by_id, &other.by_id)
    }

    /// The record of row `id`.
    pub fn by_id(&self, id: i64) -> Option<&Arc<R>> {
        self.by_id.get(&id)
    }

    /// The record that `folded` names; the text must be in the form of [`fold`].
    pub fn by_folded(&self, folded: &str) -> Option<&Arc<R>> {
        self.by_code.get(folded).and_then(|id| self.by_id.get(id))
    }

    /// Every record, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<R>> {
        self.by_id.values()
    }

    /// How many records there are, retired ones included.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// Master data and active holds at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Parts.
    pub parts: Table<PartRecord>,
    /// Operations.
    pub operations: Table<OperationRecord>,
    /// Locations.
    pub locations: Table<LocationRecord>,
    /// Item types.
    pub item_types: Table<ItemTypeRecord>,
    /// Colour codes.
    pub colors: Table<ColorRecord>,
    /// Reasons of every kind; found as `kind/code` through [`Catalogue::reason`].
    pub reasons: Table<ReasonRecord>,
    /// Holds not released yet.
    pub holds: Holds,
    /// Routings of parts, every version.
    pub routings: Routings,
    /// What the site wants done about entries outside a routing.
    pub off_routing: OffRouting,
    /// The site's shifts, every version.
    pub shifts: ShiftCalendar,
    /// Periods that were closed and reopened.
    pub periods: Periods,
    /// How large an adjustment may be before a second person must approve it.
    pub approval: ApprovalPolicy,
}

impl Catalogue {
    /// The part that `code` names today or named before.
    pub fn part(&self, code: &PartCode) -> Option<&Arc<PartRecord>> {
        self.parts.by_folded(code.as_str())
    }

    /// The operation that `code` names.
    pub fn operation(&self, code: &OperationCode) -> Option<&Arc<OperationRecord>> {
        self.operations.by_folded(code.as_str())
    }

    /// The location that `code` names.
    pub fn location(&self, code: &LocationCode) -> Option<&Arc<LocationRecord>> {
        self.locations.by_folded(code.as_str())
    }

    /// The item type that `code` names.
    pub fn item_type(&self, code: &ItemType) -> Option<&Arc<ItemTypeRecord>> {
        self.item_types.by_folded(&fold(code.as_str()))
    }

    /// The colour that `code` names.
    pub fn color(&self, code: &ColorCode) -> Option<&Arc<ColorRecord>> {
        self.colors.by_folded(&fold(code.as_str()))
    }

    /// The reason of `kind` that `code` names.
    pub fn reason(&self, kind: ReasonKind, code: &ReasonCode) -> Option<&Arc<ReasonRecord>> {
        self.reasons.by_folded(&ReasonRecord::lookup_key(kind, code.as_str()))
    }

    /// The active hold on the lot, the part or the location, the narrowest first.
    pub fn hold_on(
        &self,
        lot: &LotNumber,
        part: PartId,
        location: LocationId,
    ) -> Option<&ActiveHold> {
        let holds = &self.holds;
        holds.on_lot(lot).or_else(|| holds.on_part(part)).or_else(|| holds.on_location(location))
    }

    /// The part of row `id`.
    pub fn part_by_id(&self, id: PartId) -> Option<&Arc<PartRecord>> {
        self.parts.by_id(id.0)
    }

    /// The operation of row `id`.
    pub fn operation_by_id(&self, id: OperationId) -> Option<&Arc<OperationRecord>> {
        self.operations.by_id(id.0)
    }

    /// The location of row `id`.
    pub fn location_by_id(&self, id: LocationId) -> Option<&Arc<LocationRecord>> {
        self.locations.by_id(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_code_finds_its_record_until_another_has_it() {
        let mut table = Table::default();
        assert!(table.is_empty());
        table.put(1, "A-1", "first");
        table.put(2, "b-2", "second");
        table.alias("A-OLD", 1);
        table.alias("a-1", 2);
        let named = |table: &Table<&'static str>, code| table.by_folded(code).map(|it| **it);
        assert_eq!(named(&table, "A-OLD"), Some("first"));
        assert_eq!(named(&table, "A-1"), Some("first"), "a code of today is nobody's alias");
        assert_eq!(named(&table, "B-2"), Some("second"));
        assert_eq!((table.len(), table.iter().count(), table.is_empty()), (2, 2, false));
        table.put(2, "A-OLD", "third");
        assert_eq!((named(&table, "A-OLD"), named(&table, "B-2")), (Some("third"), Some("third")));
        assert!(table.by_id(1).is_some() && table.by_id(3).is_none());
    }

    #[test]
    fn a_copy_shares_its_rows_until_one_of_the_two_changes() {
        let mut table = Table::default();
        table.put(1, "A-1", 1);
        let copy = table.clone();
        assert!(table.is(&copy));
        table.put(1, "A-1", 2);
        assert!(!table.is(&copy));
        assert_eq!(copy.by_id(1).map(|it| **it), Some(1));
    }

    #[test]
    fn names_lead_back_to_what_they_name() {
        for kind in LocationKind::ALL {
            assert_eq!(LocationKind::from_name(kind.as_str()), Some(kind));
        }
        for kind in ReasonKind::ALL {
            assert_eq!(ReasonKind::from_name(kind.as_str()), Some(kind));
        }
        for choice in OffRouting::ALL {
            assert_eq!(OffRouting::from_name(choice.as_str()), Some(choice));
        }
        assert_eq!(ReasonKind::from_name("reversal"), None);
    }
}
