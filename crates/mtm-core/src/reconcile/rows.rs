//! What the peer's transactions say by themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Met, Table, Units};
use super::input::Books;
use crate::erp::Transaction;
use crate::word::fold;

/// Transfers that are there whole: the rows of what went out and of what came in. Each row is in one at
/// most.
pub(super) fn mirrored(table: &Table<'_>) -> Vec<(usize, usize)> {
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for (number, it) in table.transactions.iter().enumerate() {
        let Some(other) = it.transfer_of.and_then(|id| table.by_id.get(&id).copied()) else {
            continue;
        };
        if !mirrors(it, table.transactions[other])
            || taken.contains(&number)
            || taken.contains(&other)
        {
            continue;
        }
        if let (Some(one), Some(two)) = (table.row_of[number], table.row_of[other]) {
            taken.extend([number, other]);
            found.push(if table.rows[one].units < 0 { (one, two) } else { (two, one) });
        }
    }
    found
}

fn mirrors(one: &Transaction, other: &Transaction) -> bool {
    let (Some(here), Some(there)) = (one.signed(), other.signed()) else { return false };
    fold(&one.part) == fold(&other.part) && here.units() == there.units().saturating_neg()
}

/// Transactions whose other half is not there, or is another: by the number of the first of both, the
/// places of those that are there in `transactions`.
pub(super) fn unpaired(table: &Table<'_>, books: &Books<'_>) -> BTreeMap<i64, Vec<usize>> {
    let mut found: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let oldest = table.transactions.first().map_or(0, |it| it.id);
    let margin = books.settings.grace + books.settings.skew;
    let settled = books.peer.ledger_at.unwrap_or(books.ours.at).plus_micros(-margin);
    let begun = books.peer.from.plus_micros(margin);
    for (number, it) in table.transactions.iter().enumerate() {
        let Some(id) = it.transfer_of.filter(|id| *id != it.id) else { continue };
        let other = table.by_id.get(&id).copied();
        let at = it.created.unwrap_or(it.happened);
        let whole = match other {
            Some(other) => mirrors(it, table.transactions[other]),
            // Its other half may be older than what is looked at, or not be read yet.
            None => id < oldest || at < begun || it.created.unwrap_or(it.read_at) > settled,
        };
        let concerns_us = [Some(number), other].into_iter().flatten();
        if !whole && concerns_us.clone().any(|n| table.row_of[n].is_some()) {
            let group = found.entry(id.min(it.id)).or_default();
            group.extend(concerns_us);
            group.sort_unstable();
            group.dedup();
        }
    }
    found
}

/// Rows of `cell` that repeat one that a movement of ours stands beside, and that one.
pub(super) fn repeated(
    table: &Table<'_>,
    books: &Books<'_>,
    cell: usize,
) -> BTreeMap<usize, usize> {
    let within = books.settings.grace + books.settings.skew;
    let rows = || table.cells[cell].rows.iter().map(|number| (*number, &table.rows[*number]));
    let mut proved: BTreeMap<Units, Vec<(i64, usize)>> = BTreeMap::new();
    for (number, row) in rows().filter(|(_, row)| matches!(row.met, Met::One(_))) {
        proved.entry(row.units).or_default().push((row.at, number));
    }
    for times in proved.values_mut() {
        times.sort_unstable();
    }
    let mut found = BTreeMap::new();
    for (number, row) in rows().filter(|(_, row)| row.met == Met::Nothing && !row.young) {
        let Some(like) = proved.get(&row.units) else { continue };
        let next = like.partition_point(|(at, _)| *at < row.at);
        let around = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let around =
            around.filter_map(|n| like.get(n)).map(|(at, other)| (at.abs_diff(row.at), *other));
        let nearest = around.min().filter(|(apart, _)| *apart <= within.unsigned_abs());
        if let Some((_, other)) = nearest {
            found.insert(number, other);
        }
    }
    found
}

/// Whether a transaction came into the ledger long after it was made.
pub(super) fn came_late(it: &Transaction, books: &Books<'_>) -> bool {
    let made = it.created.unwrap_or(it.happened);
    let took = it.read_at.micros().saturating_sub(made.micros());
    it.late && took > books.settings.grace + books.settings.skew
}
