//! What a break probably comes from, in words of whoever keeps the books.

use super::cell::{Units, quantity};
use crate::erp::{ErpPlace, Transaction};

fn at(place: &ErpPlace) -> String {
    format!("{} / {}", place.warehouse, place.location)
}

pub(super) fn unknown_part(not_here: bool) -> String {
    if not_here {
        "They carry a part that does not exist here: it was made there and never added here, or is spelt otherwise."
    } else {
        "We have pieces of a part that does not exist there: it was added here only, or is spelt otherwise."
    }
    .to_owned()
}

pub(super) fn unmapped_here(location: &str) -> String {
    format!(
        "Location {location} has no line in the mapping: it is new, or was renamed. What stands there is compared with nothing."
    )
}

pub(super) fn unmapped_there(place: &ErpPlace) -> String {
    format!(
        "{} is in a warehouse that is mapped, and no location of ours stands for it. What is there is compared with nothing.",
        at(place)
    )
}

pub(super) fn other_half_missing(it: &Transaction) -> String {
    let other = it.transfer_of.map(|id| format!(" (transaction {id})")).unwrap_or_default();
    format!("Transaction {} is half of a transfer; its other half{other} is not there.", it.id)
}

pub(super) fn halves_differ(one: i64, other: i64) -> String {
    format!(
        "Transactions {one} and {other} are tied as one transfer, but are not the same pieces of the same part, out and in."
    )
}

pub(super) fn half_posted(it: &Transaction) -> String {
    format!(
        "Transaction {} proves one end of a movement of ours; its other end was not posted.",
        it.id
    )
}

pub(super) fn twice(it: &Transaction, before: &Transaction) -> String {
    let by = it.user.as_deref().map(|user| format!(" by {user}")).unwrap_or_default();
    format!(
        "Transaction {} repeats {}{by}; we moved these pieces once. It was sent again, or keyed in by two people.",
        it.id, before.id
    )
}

pub(super) fn late(it: &Transaction, minutes: i64) -> String {
    format!(
        "Transaction {} came into their ledger {minutes} minutes after it was made, behind others that were read by then: a long transaction, or a repair in their database.",
        it.id
    )
}

pub(super) fn unposted(netted: bool) -> String {
    if netted {
        "It was booked here and one end of it is not posted there."
    } else {
        "It was booked here, and nothing posted there proves it: nobody keyed it in, or with another part, place or quantity."
    }
    .to_owned()
}

pub(super) fn ledger_not_on_hand(unknown: u64) -> String {
    if unknown > 0 {
        return format!(
            "Their ledger has {unknown} transactions here of a kind that is neither in nor out: they are in on hand and not in the sum."
        );
    }
    "Their on hand was changed without a transaction, or a transaction was deleted or never written.".to_owned()
}

pub(super) fn negative() -> String {
    "More was issued there than had been received: a receipt was not posted, or was posted to another place.".to_owned()
}

pub(super) fn missing_here(not_booked: usize) -> String {
    if not_booked > 0 {
        return format!(
            "{not_booked} postings there have no movement here: the pieces were never booked in, or stand elsewhere."
        );
    }
    "Their pieces were never booked in here, stand elsewhere, or are gone.".to_owned()
}

pub(super) fn missing_there(not_booked: usize) -> String {
    if not_booked > 0 {
        return format!(
            "{not_booked} postings there took pieces that are still here: posted to the wrong place, or not booked here."
        );
    }
    "These pieces were never posted there, or to another place.".to_owned()
}

pub(super) fn differs(rest: Units, not_booked: usize) -> String {
    let which = if rest > 0 { "more here" } else { "fewer here" };
    let pieces = quantity(rest.abs());
    if not_booked > 0 {
        return format!(
            "{pieces} {which} than there. {not_booked} postings there have no movement here of the same quantity."
        );
    }
    format!(
        "{pieces} {which} than there, from before what can be looked at: a count will tell who is right."
    )
}
