//! Which place of the ERP a location of ours is: declared by the plant, never guessed.

use std::collections::BTreeMap;

use super::place::ErpPlace;
use crate::word::fold;

/// What stands for "the ERP does not carry it".
const OUTSIDE: &str = "-";

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapRow {
    /// The line of the file it stands in.
    pub line: u64,
    /// Our location's code.
    pub location: String,
    /// The ERP's warehouse, or `-`.
    pub warehouse: String,
    /// The ERP's location, or `-`.
    pub erp_location: String,
}

/// What is wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct MapError {
    /// The line of the file.
    pub line: u64,
    /// What is wrong, in words.
    pub message: String,
}

/// Where a location of ours is in the ERP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapped<'m> {
    /// There.
    Place(&'m ErpPlace),
    /// The ERP does not carry it, and the plant said so.
    Outside,
    /// Nobody said.
    Unknown,
}

/// Every declaration: many locations of ours are one place of the ERP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceMap {
    there: BTreeMap<String, Option<ErpPlace>>,
    here: BTreeMap<ErpPlace, Vec<String>>,
}

impl PlaceMap {
    /// Of these declarations. Everything that is wrong is told at once.
    pub fn of(rows: impl IntoIterator<Item = MapRow>) -> Result<Self, Vec<MapError>> {
        let mut map = Self::default();
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        let mut errors = Vec::new();
        for row in rows {
            match map.declare(&row, &lines) {
                Ok(location) => drop(lines.insert(location, row.line)),
                Err(message) => errors.push(MapError { line: row.line, message }),
            }
        }
        if errors.is_empty() { Ok(map) } else { Err(errors) }
    }

    fn declare(&mut self, row: &MapRow, lines: &BTreeMap<String, u64>) -> Result<String, String> {
        let location = fold(&row.location);
        if location.is_empty() {
            return Err("the location is empty".to_owned());
        }
        if let Some(line) = lines.get(&location) {
            return Err(format!("{} was declared before, on line {line}", row.location.trim()));
        }
        let place = ErpPlace::new(&row.warehouse, &row.erp_location);
        let outside = [&place.warehouse, &place.location].map(|code| code == OUTSIDE);
        let place = match outside {
            [true, true] => None,
            [false, false] if place.warehouse.is_empty() || place.location.is_empty() => {
                return Err("name warehouse and location, or `-` for both".to_owned());
            }
            [false, false] => Some(place),
            _ => return Err("`-` stands for both, warehouse and location, or for none".to_owned()),
        };
        if let Some(place) = &place {
            let ours = row.location.trim().to_owned();
            self.here.entry(place.folded()).or_default().push(ours);
        }
        self.there.insert(location.clone(), place);
        Ok(location)
    }

    /// Where a location of ours is in the ERP.
    pub fn there(&self, our_location: &str) -> Mapped<'_> {
        match self.there.get(&fold(our_location)) {
            Some(Some(place)) => Mapped::Place(place),
            Some(None) => Mapped::Outside,
            None => Mapped::Unknown,
        }
    }

    /// Our locations that are this place of the ERP, as the plant spelt them.
    pub fn here(&self, place: &ErpPlace) -> &[String] {
        self.here.get(&place.folded()).map_or(&[], Vec::as_slice)
    }

    /// The places of the ERP that locations of ours are, in the form in which places are compared.
    pub fn places(&self) -> impl Iterator<Item = &ErpPlace> {
        self.here.keys()
    }

    /// How many locations are declared.
    pub fn len(&self) -> usize {
        self.there.len()
    }

    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.there.is_empty()
    }
}
