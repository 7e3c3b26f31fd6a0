//! Whether a movement concerns another system, and where its pieces are there.

use crate::erp::{ErpPlace, Mapped, PlaceMap};
use crate::sync::{Class, End, Fact};
use crate::word::fold;

/// A movement as another system sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// So.
    Told(Box<Fact>),
    /// Not at all: nothing went into, out of, or between places of it.
    NotThere,
    /// Nobody said which place of it this location of ours is.
    Unmapped(String),
}

/// What one posting does at one place there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Where.
    pub place: ErpPlace,
    /// Whether pieces come there.
    pub into: bool,
}

/// How the other system sees a movement, by the places that the plant declared. Without a declaration every
/// location is one of it, under our own name.
///
/// Pieces that go to a place that it does not carry are gone for it, whoever has them, and pieces from there
/// have come.
pub fn place(mut fact: Fact, map: Option<&PlaceMap>) -> Placed {
    let stays = |from: &End, to: &End| match map {
        None => fold(&from.location) == fold(&to.location),
        Some(_) => there(from) == there(to),
    };
    if let Some(map) = map {
        for end in [&mut fact.from, &mut fact.to] {
            let Some(it) = end else { continue };
            match map.there(&it.location) {
                Mapped::Place(place) => {
                    it.warehouse = Some(place.warehouse.clone());
                    it.place = Some(place.location.clone());
                }
                Mapped::Outside => *end = None,
                Mapped::Unknown => return Placed::Unmapped(it.location.clone()),
            }
        }
    }
    let class = match (&fact.from, &fact.to) {
        (None, None) => return Placed::NotThere,
        (Some(from), Some(to)) if stays(from, to) => return Placed::NotThere,
        (Some(_), Some(_)) => Class::Transfer,
        (Some(_), None) if fact.class == Class::Transfer => Class::Issue,
        (None, Some(_)) if fact.class == Class::Transfer => Class::Receipt,
        _ => fact.class,
    };
    Placed::Told(Box::new(Fact { class, ..fact }))
}

fn there(end: &End) -> Option<ErpPlace> {
    Some(ErpPlace::new(end.warehouse.as_deref()?, end.place.as_deref()?).folded())
}

/// What a posting of this movement does at places of the other system; nothing where none was declared.
pub fn legs(fact: &Fact) -> Vec<Leg> {
    let leg = |end: &Option<End>, into| {
        let end = end.as_ref()?;
        let place = ErpPlace::new(end.warehouse.as_deref()?, end.place.as_deref()?);
        Some(Leg { place, into })
    };
    [leg(&fact.from, false), leg(&fact.to, true)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::erp::MapRow;
    use crate::movement::MovementType;
    use crate::word::{CommandId, Timestamp};

    fn end(location: &str) -> End {
        let (location, operation) = (location.to_owned(), "10".to_owned());
        End { location, operation, warehouse: None, place: None }
    }

    fn fact(class: Class, from: Option<&str>, to: Option<&str>) -> Fact {
        Fact {
            movement: CommandId::from_fresh(Uuid::from_u128(1)).movement(1),
            sequence: 1,
            class,
            kind: MovementType::Transfer,
            part: "P-1".to_owned(),
            unit: "pcs".to_owned(),
            quantity: 5,
            lot: "0000000001".to_owned(),
            to_lot: None,
            from: from.map(end),
            to: to.map(end),
            work_order: None,
            reason: None,
            user: "jana".to_owned(),
            recorded_at: Timestamp::from_micros(0),
            occurred_at: None,
            reverses: None,
            undoes: None,
        }
    }

    fn map() -> PlaceMap {
        let rows = [
            ("A-1", "MAIN", "FLOOR"),
            ("A-2", "main", "floor"),
            ("B-1", "MAIN", "DOCK"),
            ("YARD", "-", "-"),
        ];
        let rows = rows.map(|(location, warehouse, erp_location)| MapRow {
            line: 1,
            location: location.to_owned(),
            warehouse: warehouse.to_owned(),
            erp_location: erp_location.to_owned(),
        });
        PlaceMap::of(rows).unwrap()
    }

    #[test]
    fn only_what_crosses_its_places_concerns_another_system() {
        let map = map();
        let check = |class, from, to, expected: Option<(Class, usize)>| {
            let found = match place(fact(class, from, to), Some(&map)) {
                Placed::Told(fact) => Some((fact.class, legs(&fact).len())),
                Placed::NotThere => None,
                Placed::Unmapped(location) => panic!("{location}"),
            };
            assert_eq!(found, expected);
        };
        check(Class::Receipt, None, Some("a-1"), Some((Class::Receipt, 1)));
        check(Class::Issue, Some("A-1"), None, Some((Class::Issue, 1)));
        check(Class::Scrap, Some("A-1"), None, Some((Class::Scrap, 1)));
        check(Class::Transfer, Some("A-1"), Some("B-1"), Some((Class::Transfer, 2)));
        // Both are the same place there.
        check(Class::Transfer, Some("A-1"), Some("A-2"), None);
        check(Class::Transfer, Some("A-1"), Some("A-1"), None);
        // One end is not carried there.
        check(Class::Transfer, Some("A-1"), Some("YARD"), Some((Class::Issue, 1)));
        check(Class::Transfer, Some("YARD"), Some("A-1"), Some((Class::Receipt, 1)));
        check(Class::Receipt, None, Some("YARD"), None);
    }

    #[test]
    fn a_location_that_nobody_declared_is_named() {
        let found = place(fact(Class::Transfer, Some("A-1"), Some("C-9")), Some(&map()));
        assert_eq!(found, Placed::Unmapped("C-9".to_owned()));
    }

    #[test]
    fn without_a_declaration_locations_are_our_own() {
        let told = |from, to| place(fact(Class::Transfer, from, to), None);
        assert_eq!(told(Some("A-1"), Some("a-1")), Placed::NotThere);
        let Placed::Told(fact) = told(Some("A-1"), Some("B-1")) else { panic!("not told") };
        assert_eq!(fact.class, Class::Transfer);
        assert!(legs(&fact).is_empty());
    }
}
