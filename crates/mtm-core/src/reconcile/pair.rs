//! Which posting there stands beside which movement here.
//!
//! Pairs have the same part, place, sign and quantity. Of those that could be paired, the earliest are,
//! in the order of time: where every movement that is old enough was posted within the period of
//! grace, that leaves none of them over, which pairing with the nearest would. A transfer is paired
//! whole first. What is left is paired over a longer time, and then with what it comes to nothing with:
//! a movement and its way back, two postings that take each other back, several for one.

use std::collections::BTreeMap;

use super::cell::{Met, Table, Units};
use super::input::Settings;
use super::rows::mirrored;

/// Microseconds within which several are taken for one.
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// Most pairs of a place that are looked at for it.
const MOST: usize = 4_000_000;

/// Moments, and what they are of.
pub(super) type Times = Vec<(i64, usize)>;

/// Pairs what belongs together.
pub(super) fn pair(table: &mut Table<'_>, settings: &Settings) {
    for within in [settings.grace + settings.skew, settings.reach] {
        whole(table, within);
        halves(table, within);
    }
    cancel(table);
    for cell in 0..table.cells.len() {
        several(table, cell);
    }
}

/// Pairs of `left` and `right`, both ordered, that are at most `within` apart: always the earliest.
pub(super) fn meet(left: &Times, right: &Times, within: i64) -> Vec<(usize, usize)> {
    let (mut l, mut r, mut met) = (0, 0, Vec::new());
    while let (Some((here, one)), Some((there, other))) = (left.get(l), right.get(r)) {
        if there.saturating_sub(*here) > within {
            l += 1;
        } else if here.saturating_sub(*there) > within {
            r += 1;
        } else {
            met.push((*one, *other));
            l += 1;
            r += 1;
        }
    }
    met
}

/// Movements and transfers with both ends.
fn whole(table: &mut Table<'_>, within: i64) {
    let mut sides: BTreeMap<(usize, usize, Units), [Times; 2]> = BTreeMap::new();
    for (number, legs) in table.legs_of.iter().enumerate() {
        let [Some(from), Some(to)] = *legs else { continue };
        let (from, to) = (&table.legs[from], &table.legs[to]);
        if from.met == Met::Nothing && to.met == Met::Nothing {
            let side = sides.entry((from.cell, to.cell, to.units)).or_default();
            side[0].push((from.at, number));
        }
    }
    for (out, into) in mirrored(table) {
        let (from, to) = (&table.rows[out], &table.rows[into]);
        if from.met == Met::Nothing && to.met == Met::Nothing && from.cell != to.cell {
            let side = sides.entry((from.cell, to.cell, to.units)).or_default();
            side[1].push((from.at.min(to.at), out));
        }
    }
    let partner: BTreeMap<usize, usize> = mirrored(table).into_iter().collect();
    for side in sides.into_values().map(|side| side.map(in_order)) {
        for (movement, out) in meet(&side[0], &side[1], within) {
            let ([Some(from), Some(to)], Some(into)) = (table.legs_of[movement], partner.get(&out))
            else {
                continue;
            };
            tie(table, from, out);
            tie(table, to, *into);
        }
    }
}

/// What one movement or transaction did at one place.
fn halves(table: &mut Table<'_>, within: i64) {
    let mut sides: BTreeMap<(usize, Units), [Times; 2]> = BTreeMap::new();
    for (number, leg) in table.legs.iter().enumerate().filter(|(_, it)| it.met == Met::Nothing) {
        sides.entry((leg.cell, leg.units)).or_default()[0].push((leg.at, number));
    }
    for (number, row) in table.rows.iter().enumerate().filter(|(_, it)| it.met == Met::Nothing) {
        sides.entry((row.cell, row.units)).or_default()[1].push((row.at, number));
    }
    for side in sides.into_values().map(|side| side.map(in_order)) {
        for (leg, row) in meet(&side[0], &side[1], within) {
            tie(table, leg, row);
        }
    }
}

fn in_order(mut times: Times) -> Times {
    times.sort_unstable();
    times
}

fn tie(table: &mut Table<'_>, leg: usize, row: usize) {
    table.legs[leg].met = Met::One(row);
    table.rows[row].met = Met::One(leg);
}

/// What takes each other back on one side.
fn cancel(table: &mut Table<'_>) {
    let mut sides: BTreeMap<(usize, Units), [Times; 2]> = BTreeMap::new();
    for (number, it) in table.legs.iter().enumerate().filter(|(_, it)| it.met == Met::Nothing) {
        let side = sides.entry((it.cell, it.units.abs())).or_default();
        side[usize::from(it.units < 0)].push((it.at, number));
    }
    for side in sides.into_values().map(|side| side.map(in_order)) {
        for ((_, one), (_, other)) in side[0].iter().zip(&side[1]) {
            table.legs[*one].met = Met::Netted;
            table.legs[*other].met = Met::Netted;
        }
    }
    let mut sides: BTreeMap<(usize, Units), [Times; 2]> = BTreeMap::new();
    for (number, it) in table.rows.iter().enumerate().filter(|(_, it)| it.met == Met::Nothing) {
        let side = sides.entry((it.cell, it.units.abs())).or_default();
        side[usize::from(it.units < 0)].push((it.at, number));
    }
    for side in sides.into_values().map(|side| side.map(in_order)) {
        for ((_, one), (_, other)) in side[0].iter().zip(&side[1]) {
            table.rows[*one].met = Met::Netted;
            table.rows[*other].met = Met::Netted;
        }
    }
}

/// One row for several movements in a row, and one movement for several rows. Not where so many are over that
/// nothing could be said for sure.
fn several(table: &mut Table<'_>, cell: usize) {
    for sign in [1, -1] {
        let open = |units: Units, met: Met| met == Met::Nothing && units.signum() == sign;
        let legs = |table: &Table<'_>| {
            let it = table.cells[cell].legs.iter().filter(|n| {
                let leg = &table.legs[**n];
                open(leg.units, leg.met)
            });
            it.map(|n| (table.legs[*n].at, table.legs[*n].units, *n)).collect::<Vec<_>>()
        };
        let rows = |table: &Table<'_>| {
            let it = table.cells[cell].rows.iter().filter(|n| {
                let row = &table.rows[**n];
                open(row.units, row.met)
            });
            it.map(|n| (table.rows[*n].at, table.rows[*n].units, *n)).collect::<Vec<_>>()
        };
        if legs(table).len().saturating_mul(rows(table).len()) > MOST {
            continue;
        }
        for (at, units, row) in sorted(rows(table)) {
            if let Some(run) = run(&sorted(legs(table)), at, units) {
                for leg in run {
                    table.legs[leg].met = Met::Netted;
                }
                table.rows[row].met = Met::Netted;
            }
        }
        for (at, units, leg) in sorted(legs(table)) {
            if let Some(run) = run(&sorted(rows(table)), at, units) {
                for row in run {
                    table.rows[row].met = Met::Netted;
                }
                table.legs[leg].met = Met::Netted;
            }
        }
    }
}

fn sorted(mut times: Vec<(i64, Units, usize)>) -> Vec<(i64, Units, usize)> {
    times.sort_unstable();
    times
}

/// Two or more that follow each other, within a day of `at`, and come to `units`. All have its sign.
fn run(times: &[(i64, Units, usize)], at: i64, units: Units) -> Option<Vec<usize>> {
    let near: Vec<_> = times.iter().filter(|it| it.0.saturating_sub(at).abs() <= DAY).collect();
    let (mut first, mut sum) = (0, 0);
    for (last, it) in near.iter().enumerate() {
        sum += it.1.abs();
        while sum > units.abs() && first < last {
            sum -= near[first].1.abs();
            first += 1;
        }
        if sum == units.abs() && last > first {
            return Some(near[first..=last].iter().map(|it| it.2).collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_that_are_near_enough_meet() {
        let times = |moments: &[i64]| -> Times {
            moments.iter().map(|at| (*at, usize::try_from(*at).unwrap())).collect()
        };
        // The nearest of 9 is 10; but then 0 would be left over.
        assert_eq!(meet(&times(&[0, 10]), &times(&[9]), 10), [(0, 9)]);
        assert_eq!(meet(&times(&[0, 100]), &times(&[95, 300]), 10), [(100, 95)]);
        assert_eq!(meet(&times(&[]), &times(&[1]), 10), []);
    }

    #[test]
    fn several_that_follow_each_other_come_to_one() {
        let times = [(1, 5, 0), (2, 3, 1), (3, 4, 2), (DAY * 3, 7, 3)];
        assert_eq!(run(&times, 2, 7), Some(vec![1, 2]));
        assert_eq!(run(&times, 2, 5), None, "one is no several");
        assert_eq!(run(&times, 2, 9), None, "not those around another");
    }
}
