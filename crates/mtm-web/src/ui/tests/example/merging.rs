//! Lots that become one.

use super::shell;
use crate::ui::{
    components::field::Entry,
    page::{
        lot_reservations::{Reservations, Reserved},
        merge::{MergeLot, MergePage, Target},
    },
};

pub(super) fn merge() -> MergePage {
    let lot = |number: &str, quantity, differs: &str| MergeLot {
        lot: number.into(),
        quantity,
        received_at: "2026-11-19T06:42:10Z".into(),
        attributes: "WO-060723 · blue".into(),
        hold: None,
        differs: differs.into(),
        address: format!("/merge?into=0000045120&lot={number}"),
    };
    MergePage {
        shell: shell("Merge lots", None),
        idempotency_key: "01936f2a-0000-7000-8000-000000000005".into(),
        into: Entry::holding("0000045120"),
        operation: "19".into(),
        location: "R-E4-18".into(),
        target: Some(Target {
            lot: "0000045120".into(),
            part: "11058-1779".into(),
            description: "Bracket, left, machined".into(),
            operation: "19".into(),
            location: "R-E4-18".into(),
            quantity: 380,
            attributes: "WO-060723 · blue".into(),
            hold: None,
        }),
        chosen: vec![lot("0000045121", 500, ""), lot("0000045310", 0, "It stands at NCM / 20.")],
        beside: vec![
            MergeLot { hold: Some("quality".into()), ..lot("0000045122", 48, "") },
            lot("0000045123", 120, "Another work order."),
        ],
        ..MergePage::default()
    }
}

/// What is kept of a lot.
pub(super) fn reservations() -> Reservations {
    let kept = |what: &str, purpose: &str, by: &str| Reserved {
        id: "01936f2a-0000-7000-8000-000000000006".into(),
        what: what.into(),
        purpose: purpose.into(),
        by: by.into(),
        placed_at: "2026-11-23T05:10:00Z".into(),
        ..Reserved::default()
    };
    Reservations {
        lot: "0000045120".into(),
        items: vec![
            Reserved {
                ends_at: "2026-11-24T06:00:00Z".into(),
                end_key: "01936f2a-0000-7000-8000-000000000007".into(),
                ..kept("28 of 40 pieces", "WO-060723", "dana")
            },
            kept("120 pieces", "trial run on line 4", "sam"),
        ],
        may_reserve: true,
        may_take: true,
        idempotency_key: "01936f2a-0000-7000-8000-000000000008".into(),
        csrf: "csrf-token".into(),
        ..Reservations::default()
    }
}

pub(super) fn merge_places() -> MergePage {
    let place = |words: &str, operation: &str, location: &str| {
        let address = format!("/merge?into=0000045120&operation={operation}&location={location}");
        (words.to_owned(), address)
    };
    MergePage {
        target: None,
        chosen: Vec::new(),
        beside: Vec::new(),
        places: vec![
            place("380 at R-E4-18 · operation 19", "19", "R-E4-18"),
            place("40 at DC-A0-01 · operation 20", "20", "DC-A0-01"),
        ],
        ..merge()
    }
}

pub(super) fn merge_empty() -> MergePage {
    MergePage { shell: shell("Merge lots", None), ..MergePage::default() }
}
