//! What parts and locations are searched by: codes, and the descriptions of parts.

use std::collections::HashMap;

use mtm_core::catalogue::{Catalogue, LocationRecord, PartRecord, Table};
use mtm_core::word::{PartCode, fold};

use super::shelf::{Shelf, Texts};

/// The texts of one state of the master data.
#[derive(Debug)]
pub(crate) struct MasterTexts {
    /// In the order of their numbers.
    pub(crate) parts: Shelf,
    codes: Vec<(PartCode, i64)>,
    places: HashMap<i64, usize>,
    /// In the order of their codes.
    pub(crate) locations: Shelf,
    location_ids: Vec<i64>,
    ranks: HashMap<i64, u32>,
    /// The newest rows that are in it.
    pub(crate) newest_part: i64,
    /// The newest rows that are in it.
    pub(crate) newest_location: i64,
    of: (Table<PartRecord>, Table<LocationRecord>),
}

impl MasterTexts {
    /// The texts of `catalogue`.
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let mut all: Vec<_> = catalogue.parts.iter().collect();
        all.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        let mut parts = Texts::default();
        for part in &all {
            let description = part.header.description.as_deref().map(fold).unwrap_or_default();
            parts.push([part.code.as_str(), &description, ""]);
        }
        let codes: Vec<_> = all.iter().map(|part| (part.code.clone(), part.row.0)).collect();
        let mut locations = Texts::default();
        let mut location_ids = Vec::with_capacity(catalogue.locations.len());
        let mut all: Vec<_> = catalogue.locations.iter().collect();
        all.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        for location in all {
            locations.push([location.code.as_str(), "", ""]);
            location_ids.push(location.row.0);
        }
        Self {
            parts: Shelf::of(parts),
            places: codes.iter().enumerate().map(|(place, (_, id))| (*id, place)).collect(),
            newest_part: codes.iter().map(|(_, id)| *id).max().unwrap_or(0),
            codes,
            locations: Shelf::of(locations),
            ranks: (0..).zip(&location_ids).map(|(rank, id)| (*id, rank)).collect(),
            newest_location: location_ids.iter().copied().max().unwrap_or(0),
            location_ids,
            of: (catalogue.parts.clone(), catalogue.locations.clone()),
        }
    }

    /// Whether these are the texts of `catalogue`.
    pub(super) fn are_of(&self, catalogue: &Catalogue) -> bool {
        self.of.0.is(&catalogue.parts) && self.of.1.is(&catalogue.locations)
    }

    /// Parts with their rows, in the order of their numbers.
    pub(crate) fn codes(&self) -> &[(PartCode, i64)] {
        &self.codes
    }

    /// Where the part of row `id` stands in that order.
    pub(crate) fn place(&self, id: i64) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The place of the first part whose number is not before `code`.
    pub(crate) fn place_from(&self, code: &PartCode) -> usize {
        self.codes.partition_point(|(known, _)| known < code)
    }

    /// Where the location of row `id` stands in the order of the codes.
    pub(crate) fn rank(&self, id: i64) -> Option<u32> {
        self.ranks.get(&id).copied()
    }

    /// The row of location `nth`.
    pub(crate) fn location(&self, nth: usize) -> i64 {
        self.location_ids[nth]
    }
}
