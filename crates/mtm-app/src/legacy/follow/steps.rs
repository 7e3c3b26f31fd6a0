//! What happened to one lot between two looks, as steps that can be booked.
//!
//! The legacy stock is what is followed; the legacy log only says what a change of it was. Rows of
//! the log that the stock bears out become receipts, takes and transfers. What is left is booked
//! as what it is: pieces that went from place to place, and differences that nobody explained.
//! Rows that the stock does not bear out (taken twice, received and never there) move nothing.

use mtm_core::command::{MirrorStep, Mirrored, Spot};
use mtm_core::word::{Note, Quantity};
use mtm_store::record::Spots;

use crate::legacy::plant::{LogKind, LogRow};

/// A row of the log, as far as it can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) id: i64,
    pub(super) what: Mirrored,
    pub(super) quantity: Quantity,
}

impl Told {
    /// What `row` says; `None` where it says nothing that could be booked.
    pub(super) fn of(row: &LogRow) -> Option<Self> {
        let quantity = Quantity::pieces(row.quantity).ok().filter(|pieces| !pieces.is_zero())?;
        let operation = row.operation.value()?;
        let spot = |location: Option<&mtm_core::word::LocationCode>| {
            Some(Spot { operation: operation.clone(), location: location?.clone() })
        };
        let (from, to) = (spot(row.from.value()), spot(row.to.value()));
        let what = match row.kind {
            LogKind::In => Mirrored::In(to?),
            LogKind::Out => Mirrored::Out(from?),
            LogKind::Transfer => Mirrored::Transfer(from?, to?),
            LogKind::Other => return None,
        };
        Some(Self { id: row.id, what, quantity })
    }
}

/// The steps of a lot, and the rows of the log that move nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) steps: Vec<MirrorStep>,
    /// Ids of log rows that the stock does not bear out.
    pub(super) unheard: Vec<i64>,
    /// Pieces that came or went without a row of the log.
    pub(super) unexplained: i64,
}

/// How the lot came from `before` to `after`. `is_new` lots are not known here.
pub(super) fn steps(before: &Spots, after: &Spots, told: &[Told], is_new: bool) -> Change {
    let mut found = Change::default();
    let mut work = before.clone();
    for row in told {
        if apply(&mut work, &row.what, row.quantity) {
            found.steps.push(step(
                row.what.clone(),
                row.quantity,
                &format!("legacy row {}", row.id),
            ));
        } else {
            found.unheard.push(row.id);
        }
    }
    // What the log tells leads away from what stands there: it came late, or never happened.
    if distance(&work, after) > distance(before, after) {
        found.steps.clear();
        found.unheard = told.iter().map(|row| row.id).collect();
        work.clone_from(before);
    }
    settle(&mut found, &work, after, is_new);
    found
}

/// Moves pieces in `spots`, if they are there.
fn apply(spots: &mut Spots, what: &Mirrored, quantity: Quantity) -> bool {
    let (from, to) = match what {
        Mirrored::In(to) | Mirrored::Opening(to) | Mirrored::More(to) => (None, Some(to)),
        Mirrored::Out(from) | Mirrored::Fewer(from) => (Some(from), None),
        Mirrored::Transfer(from, to) => (Some(from), Some(to)),
    };
    if from == to {
        return false;
    }
    if let Some(from) = from {
        let there = spots.get(from).copied().unwrap_or_default();
        match there.minus(quantity) {
            None => return false,
            Some(left) if left.is_zero() => drop(spots.remove(from)),
            Some(left) => drop(spots.insert(from.clone(), left)),
        }
    }
    if let Some(to) = to {
        let there = spots.get(to).copied().unwrap_or_default();
        let Some(sum) = there.plus(quantity) else { return false };
        spots.insert(to.clone(), sum);
    }
    true
}

fn distance(one: &Spots, other: &Spots) -> i64 {
    let spots = one.keys().chain(other.keys().filter(|spot| !one.contains_key(*spot)));
    spots.map(|spot| (at(one, spot) - at(other, spot)).abs()).sum()
}

pub(super) fn at(spots: &Spots, spot: &Spot) -> i64 {
    spots.get(spot).map_or(0, |quantity| quantity.whole())
}

/// What is left between `work` and `after`: first from place to place, then out of nowhere.
fn settle(found: &mut Change, work: &Spots, after: &Spots, is_new: bool) {
    const MOVED: &str = "legacy stock moved, its log does not say so";
    const CHANGED: &str = "legacy stock changed, its log does not say why";
    let over = |one: &Spots, other: &Spots| -> Vec<(Spot, i64)> {
        let more = one.keys().map(|spot| (spot.clone(), at(one, spot) - at(other, spot)));
        more.filter(|(_, pieces)| *pieces > 0).collect()
    };
    let (mut fewer, mut more) = (over(work, after), over(after, work));
    let mut add = |what, pieces: i64, why| {
        // Differences of quantities are quantities.
        if let Ok(quantity) = Quantity::pieces(pieces) {
            found.steps.push(step(what, quantity, why));
        }
    };
    for (from, left) in &mut fewer {
        for (to, wanted) in &mut more {
            let pieces = (*left).min(*wanted);
            if pieces > 0 {
                add(Mirrored::Transfer(from.clone(), to.clone()), pieces, MOVED);
                *left -= pieces;
                *wanted -= pieces;
            }
        }
    }
    let is_opened = is_new && work.is_empty();
    let mut unexplained = 0;
    for (from, pieces) in fewer.into_iter().filter(|(_, pieces)| *pieces > 0) {
        unexplained -= pieces;
        add(Mirrored::Fewer(from), pieces, CHANGED);
    }
    for (to, pieces) in more.into_iter().filter(|(_, pieces)| *pieces > 0) {
        unexplained += pieces;
        let what = if is_opened { Mirrored::Opening(to) } else { Mirrored::More(to) };
        add(what, pieces, CHANGED);
    }
    found.unexplained = unexplained;
}

fn step(what: Mirrored, quantity: Quantity, notes: &str) -> MirrorStep {
    MirrorStep { what, quantity, notes: Note::parse(notes).ok() }
}

#[cfg(test)]
mod tests {
    use mtm_core::word::{LocationCode, OperationCode};

    use super::*;

    fn spot(location: &str) -> Spot {
        Spot {
            operation: OperationCode::parse("20").unwrap(),
            location: LocationCode::parse(location).unwrap(),
        }
    }

    fn spots(stock: &[(&str, i64)]) -> Spots {
        stock.iter().map(|(at, n)| (spot(at), Quantity::pieces(*n).unwrap())).collect()
    }

    fn told(rows: &[(Mirrored, i64)]) -> Vec<Told> {
        let rows = rows.iter().zip(1..);
        rows.map(|((what, n), id)| Told {
            id,
            what: what.clone(),
            quantity: Quantity::pieces(*n).unwrap(),
        })
        .collect()
    }

    /// Steps from `before` to `after`, checked to lead there, without their notes.
    fn check(
        before: &[(&str, i64)],
        after: &[(&str, i64)],
        rows: &[(Mirrored, i64)],
        expected: &[(Mirrored, i64)],
        unheard: &[i64],
    ) {
        let (before, after) = (spots(before), spots(after));
        let found = steps(&before, &after, &told(rows), before.is_empty());
        let mut reached = before.clone();
        for step in &found.steps {
            assert!(apply(&mut reached, &step.what, step.quantity), "{step:?}");
        }
        assert_eq!(reached, after);
        let plain: Vec<_> =
            found.steps.into_iter().map(|step| (step.what, step.quantity.whole())).collect();
        assert_eq!(plain, expected);
        assert_eq!(found.unheard, unheard);
    }

    use Mirrored::{Fewer, In, More, Opening, Out, Transfer};

    #[test]
    fn what_the_log_tells_is_booked_as_it_tells_it() {
        let rows =
            [(In(spot("A1")), 60), (Transfer(spot("A1"), spot("B1")), 25), (Out(spot("B1")), 5)];
        check(&[], &[("A1", 35), ("B1", 20)], &rows, &rows, &[]);
        let gone = [(In(spot("A1")), 60), (Out(spot("A1")), 60)];
        check(&[], &[], &gone, &gone, &[]);
    }

    #[test]
    fn what_the_log_does_not_tell_is_booked_as_what_it_is() {
        check(&[], &[("A1", 7)], &[], &[(Opening(spot("A1")), 7)], &[]);
        check(&[("A1", 9)], &[("A1", 7)], &[], &[(Fewer(spot("A1")), 2)], &[]);
        check(&[("A1", 9)], &[("A1", 10)], &[], &[(More(spot("A1")), 1)], &[]);
        let moved = [(Transfer(spot("A1"), spot("B1")), 9), (More(spot("B1")), 1)];
        check(&[("A1", 9)], &[("B1", 10)], &[], &moved, &[]);
        let rest = [(Out(spot("A1")), 4), (Fewer(spot("A1")), 2)];
        check(&[("A1", 9)], &[("A1", 3)], &[(Out(spot("A1")), 4)], &rest, &[]);
    }

    #[test]
    fn what_the_stock_does_not_bear_out_moves_nothing() {
        // Received and never there; taken twice; told only after it was seen.
        check(&[], &[], &[(In(spot("A1")), 60)], &[], &[1]);
        let twice = [(Out(spot("A1")), 9), (Out(spot("A1")), 9)];
        check(&[("A1", 9)], &[], &twice, &twice[..1], &[2]);
        check(&[("A1", 9)], &[("A1", 9)], &[(In(spot("A1")), 9)], &[], &[1]);
    }

    #[test]
    fn rows_that_say_nothing_bookable_are_no_steps() {
        let same = [(Transfer(spot("A1"), spot("A1")), 9)];
        check(&[("A1", 9)], &[("A1", 9)], &same, &[], &[1]);
    }
}
