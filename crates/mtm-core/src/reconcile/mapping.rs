//! What one side does not know: parts, and places that are not mapped.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Strange, Table, Units, quantity};
use super::class::BreakClass;
use super::found::{Break, Evidence, Fix};
use super::input::Books;
use super::tell;
use crate::erp::ErpPlace;
use crate::word::fold;

/// Most pieces of evidence that a break has.
const MOST: usize = 20;

/// Parts that one side does not know, and the cells that are therefore not compared.
pub(super) fn parts(table: &Table<'_>, books: &Books<'_>) -> (Vec<Break>, BTreeSet<usize>) {
    let here: BTreeSet<String> = books.ours.parts.iter().map(|code| fold(code)).collect();
    let there: Option<BTreeSet<String>> =
        books.peer.parts.as_ref().map(|codes| codes.iter().map(|code| fold(code)).collect());
    let mut left_out = BTreeSet::new();
    let mut unknown: BTreeMap<String, (bool, Vec<usize>)> = BTreeMap::new();
    for (spot, cell) in &table.spots {
        let not_here = !here.contains(&spot.part);
        let not_there = there.as_ref().is_some_and(|there| !there.contains(&spot.part));
        if !not_here && !not_there {
            continue;
        }
        left_out.insert(*cell);
        let it = &table.cells[*cell];
        // Ours is above zero only where the part is known here.
        let tells = if not_here { it.on_hand != 0 || it.ledger != 0 } else { it.ours != 0 };
        if tells {
            unknown.entry(spot.part.clone()).or_insert((not_here, Vec::new())).1.push(*cell);
        }
    }
    let breaks = unknown.into_values().map(|(not_here, cells)| part(table, not_here, &cells));
    (breaks.collect(), left_out)
}

fn part(table: &Table<'_>, not_here: bool, cells: &[usize]) -> Break {
    let it = || cells.iter().filter_map(|n| table.cells.get(*n));
    let name = it().next().map(|cell| cell.part.clone()).unwrap_or_default();
    let sum = |of: fn(&super::cell::Cell) -> Units| it().map(of).sum::<Units>();
    let (ours, on_hand, ledger) = (sum(|c| c.ours), sum(|c| c.on_hand), sum(|c| c.ledger));
    let mut evidence = Vec::new();
    for cell in it() {
        if not_here {
            let place = cell.place.as_ref();
            let units = if cell.on_hand == 0 { cell.ledger } else { cell.on_hand };
            evidence.extend(place.map(|place| figure(&cell.part, place, units)));
        } else {
            let stock = cell.locations.iter().map(|(location, units)| Evidence::Stock {
                part: cell.part.clone(),
                location: location.clone(),
                quantity: quantity(*units),
            });
            evidence.extend(stock);
        }
    }
    evidence.truncate(MOST);
    Break {
        class: BreakClass::UnmappedPart,
        part: Some(name.clone()),
        place: None,
        subject: None,
        ours: Some(quantity(ours)),
        on_hand: Some(quantity(on_hand)),
        ledger: Some(quantity(ledger)),
        difference: quantity(ours - if on_hand == 0 { ledger } else { on_hand }),
        evidence,
        cause: tell::unknown_part(not_here),
        fix: Fix::AddPart { part: name, here: not_here },
    }
}

pub(super) fn figure(part: &str, place: &ErpPlace, units: Units) -> Evidence {
    Evidence::Figure {
        part: part.to_owned(),
        warehouse: place.warehouse.clone(),
        location: place.location.clone(),
        quantity: quantity(units),
    }
}

/// Locations of ours with pieces, or that pieces went through, and places of theirs that are not
/// mapped. `crossed` holds locations whose movements explain a difference.
pub(super) fn places(table: &Table<'_>, crossed: &BTreeSet<String>) -> Vec<Break> {
    let mut here: BTreeMap<String, BTreeMap<String, Units>> = table.unmapped_here.clone();
    for location in crossed {
        here.entry(location.clone()).or_default();
    }
    here.retain(|location, parts| {
        crossed.contains(location) || parts.values().any(|units| *units != 0)
    });
    let ours = here.into_iter().map(|(location, parts)| {
        let total: Units = parts.values().sum();
        let evidence = parts.iter().map(|(part, units)| Evidence::Stock {
            part: part.clone(),
            location: location.clone(),
            quantity: quantity(*units),
        });
        Break {
            class: BreakClass::UnmappedLocation,
            part: None,
            place: None,
            subject: Some(fold(&location)),
            ours: Some(quantity(total)),
            on_hand: None,
            ledger: None,
            difference: quantity(total),
            evidence: evidence.take(MOST).collect(),
            cause: tell::unmapped_here(&location),
            fix: Fix::MapPlace { line: format!("{location},WAREHOUSE,LOCATION") },
        }
    });
    let mut there: BTreeMap<(String, String), Vec<&Strange>> = BTreeMap::new();
    for (spot, it) in &table.unmapped_there {
        if it.on_hand != 0 || it.ledger != 0 {
            let place = (spot.warehouse.clone(), spot.location.clone());
            there.entry(place).or_default().push(it);
        }
    }
    let theirs = there.into_values().filter_map(|figures| {
        let place = figures.iter().map(|it| &it.place).min()?.clone();
        let on_hand: Units = figures.iter().map(|it| it.on_hand).sum();
        let ledger: Units = figures.iter().map(|it| it.ledger).sum();
        let evidence = figures.iter().take(MOST);
        let evidence = evidence
            .map(|it| {
                figure(&it.part, &it.place, if it.on_hand == 0 { it.ledger } else { it.on_hand })
            })
            .collect();
        Some(Break {
            class: BreakClass::UnmappedLocation,
            part: None,
            subject: None,
            ours: None,
            on_hand: Some(quantity(on_hand)),
            ledger: Some(quantity(ledger)),
            difference: quantity(-if on_hand == 0 { ledger } else { on_hand }),
            evidence,
            cause: tell::unmapped_there(&place),
            fix: Fix::MapPlace {
                line: format!("OUR-LOCATION,{},{}", place.warehouse, place.location),
            },
            place: Some(place),
        })
    });
    ours.chain(theirs).collect()
}
