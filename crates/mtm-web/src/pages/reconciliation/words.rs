//! Breaks in words of the floor.

use mtm_app::reconcile::{BreakRow, Evidence};
use mtm_core::erp::ErpQuantity;

use crate::ui::format::pieces;
use crate::ui::page::reconciliation::sheet::Proof;

/// Units of a piece.
const UNITS: i64 = 1_000_000;

/// Whole pieces with thousands set apart; what has fractions as it is.
pub(super) fn quantity(it: ErpQuantity) -> String {
    if it.units() % UNITS == 0 { pieces(it.units() / UNITS) } else { it.to_string() }
}

pub(super) fn figure(it: Option<ErpQuantity>) -> String {
    it.map(quantity).unwrap_or_default()
}

/// With its sign; nothing for nothing.
pub(super) fn difference(it: ErpQuantity) -> String {
    match it.units() {
        0 => String::new(),
        units if units > 0 => format!("+{}", quantity(it)),
        _ => quantity(it),
    }
}

/// Where it is: a place of theirs, or a location of ours.
pub(super) fn place(row: &BreakRow) -> String {
    match (row.place(), &row.subject) {
        (Some(place), _) => place.to_string(),
        (None, Some(subject)) => subject.clone(),
        (None, None) => String::new(),
    }
}

/// What shows a break, one after the other.
pub(super) fn proofs(evidence: &[Evidence]) -> Vec<Proof> {
    evidence.iter().map(proof).collect()
}

fn proof(it: &Evidence) -> Proof {
    match it {
        Evidence::Movement { id, at, kind, lot, user, quantity: many, from, to, posted } => Proof {
            side: "Here",
            what: format!("{kind} {}", quantity(*many)),
            address: format!("/history?movement={id}"),
            place: path(from.as_deref(), to.as_deref()),
            at: at.to_string(),
            by: user.clone(),
            about: format!("lot {lot}"),
            note: if *posted { "posted there" } else { "not posted there" }.to_owned(),
        },
        Evidence::Transaction {
            id,
            quantity: many,
            at,
            read_at,
            warehouse,
            location,
            class,
            user,
            reference,
            transfer_of,
            booked,
        } => {
            let tied = transfer_of.map(|other| format!("tied to {other}"));
            let about: Vec<String> = [reference.clone(), tied].into_iter().flatten().collect();
            let sign = match many.map(ErpQuantity::units) {
                Some(units) if units > 0 => "+",
                _ => "",
            };
            let many = many.map_or_else(|| "neither in nor out".to_owned(), quantity);
            let hours = (read_at.micros() - at.micros()) / 3_600_000_000;
            let late = if hours >= 2 { format!(", read {hours} h later") } else { String::new() };
            let beside = if *booked {
                "a movement of ours stands beside it"
            } else {
                "nothing of ours stands beside it"
            };
            Proof {
                side: "There",
                what: format!("transaction {id}: {sign}{many} ({class})"),
                address: String::new(),
                place: format!("{warehouse}/{location}"),
                at: at.to_string(),
                by: user.clone().unwrap_or_default(),
                about: about.join(", "),
                note: format!("{beside}{late}"),
            }
        }
        Evidence::Stock { part, location, quantity: many } => Proof {
            side: "Here",
            what: format!("{} of {part}", quantity(*many)),
            address: crate::ui::format::link("/stock", &[("part", part), ("location", location)]),
            place: location.clone(),
            ..Proof::default()
        },
        Evidence::Figure { part, warehouse, location, quantity: many } => Proof {
            side: "There",
            what: format!("{} of {part}", quantity(*many)),
            place: format!("{warehouse}/{location}"),
            ..Proof::default()
        },
    }
}

fn path(from: Option<&str>, to: Option<&str>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (None, None) => String::new(),
    }
}
