//! Which transactions of another system's ledger show which postings.

use std::collections::{BTreeMap, BTreeSet};

use super::place::Leg;
use crate::erp::{ErpPlace, ErpQuantity, Transaction};
use crate::word::{Timestamp, fold};

/// How far their clock may be behind ours, in microseconds: five minutes.
const SKEW: i64 = 5 * 60 * 1_000_000;
/// How long after a movement its posting is looked for, in microseconds: fourteen days.
const REACH: i64 = 14 * 24 * 3_600 * 1_000_000;

/// A posting that their ledger is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The part.
    pub part: String,
    /// Whole pieces.
    pub quantity: i64,
    /// When the movement was recorded.
    pub recorded_at: Timestamp,
    /// What it does there, at one place or two.
    pub legs: Vec<Leg>,
}

/// For each of `expected`, the transactions that show it: one for each of its legs. None where they do not all
/// stand there. A transaction shows one posting only; `taken` show others already.
///
/// The earliest movement gets the earliest transaction that is no earlier than it, so that where every movement
/// was posted none is left over. Two legs are shown by a transfer before they are by two entries.
pub fn prove(
    expected: &[Expected],
    ledger: &[Transaction],
    taken: &BTreeSet<i64>,
) -> Vec<Option<Vec<i64>>> {
    let mut open = Open::of(ledger, taken);
    let mut order: Vec<usize> = (0..expected.len()).collect();
    order.sort_by_key(|at| expected[*at].recorded_at);
    let mut shown = vec![None; expected.len()];
    for at in order {
        shown[at] = open.show(&expected[at]);
    }
    shown
}

/// What a transaction did: part, place and signed quantity.
type Effect = (String, ErpPlace, ErpQuantity);

/// The transactions that show nothing yet, by what they did, in the order of time.
struct Open<'l> {
    by_effect: BTreeMap<Effect, Vec<&'l Transaction>>,
    taken: BTreeSet<i64>,
}

/// When a transaction was entered: people may write a day of their own over it.
fn entered(row: &Transaction) -> Timestamp {
    row.created.map_or(row.happened, |created| created.max(row.happened))
}

impl<'l> Open<'l> {
    fn of(ledger: &'l [Transaction], taken: &BTreeSet<i64>) -> Self {
        let mut by_effect: BTreeMap<Effect, Vec<&Transaction>> = BTreeMap::new();
        for row in ledger.iter().filter(|row| !taken.contains(&row.id)) {
            if let Some(signed) = row.signed() {
                let effect = (fold(&row.part), row.place.folded(), signed);
                by_effect.entry(effect).or_default().push(row);
            }
        }
        for rows in by_effect.values_mut() {
            rows.sort_by_key(|row| (entered(row), row.id));
        }
        Self { by_effect, taken: BTreeSet::new() }
    }

    /// The transactions that could show this leg, the earliest first.
    fn candidates<'s>(
        &'s self,
        it: &Expected,
        leg: &Leg,
    ) -> impl Iterator<Item = &'l Transaction> + use<'s, 'l> {
        let pieces = ErpQuantity::of_pieces(it.quantity);
        let signed = if leg.into { pieces } else { -pieces };
        let effect = (fold(&it.part), leg.place.folded(), signed);
        let from = it.recorded_at.plus_micros(-SKEW);
        let to = it.recorded_at.plus_micros(REACH);
        let rows = self.by_effect.get(&effect).map_or(&[][..], Vec::as_slice);
        let taken = &self.taken;
        // In the order of time: what is too early is passed over at once.
        let first = rows.partition_point(|row| entered(row) < from);
        rows[first..]
            .iter()
            .copied()
            .take_while(move |row| entered(row) <= to)
            .filter(move |row| !taken.contains(&row.id))
    }

    fn show(&mut self, it: &Expected) -> Option<Vec<i64>> {
        let found = match it.legs.as_slice() {
            [one] => vec![self.candidates(it, one).next()?.id],
            [one, other] => self.both(it, one, other)?,
            _ => return None,
        };
        self.taken.extend(&found);
        Some(found)
    }

    fn both(&self, it: &Expected, one: &Leg, other: &Leg) -> Option<Vec<i64>> {
        let others: Vec<&Transaction> = self.candidates(it, other).collect();
        let tied = self.candidates(it, one).find_map(|row| {
            let is_tied = |there: &&&Transaction| {
                row.transfer_of == Some(there.id) || there.transfer_of == Some(row.id)
            };
            others.iter().find(is_tied).map(|there| vec![row.id, there.id])
        });
        let single = |row: &&Transaction| row.transfer_of.is_none();
        tied.or_else(|| {
            let first = self.candidates(it, one).find(single)?;
            let second = others.iter().copied().find(single)?;
            Some(vec![first.id, second.id])
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::erp::{Flags, Kind};

    const MINUTE: i64 = 60 * 1_000_000;

    fn row(id: i64, kind: &str, location: &str, pieces: i64, minute: i64) -> Transaction {
        Transaction {
            id,
            kind: Kind::of(kind),
            class: "A".to_owned(),
            quantity: ErpQuantity::of_pieces(pieces),
            happened: Timestamp::from_micros(minute * MINUTE),
            created: None,
            place: ErpPlace::new("main", location),
            part: "p-1".to_owned(),
            user: None,
            reference: None,
            transfer_of: None,
            read_at: Timestamp::from_micros(minute * MINUTE),
            late: false,
            flags: Flags::default(),
        }
    }

    fn leg(location: &str, into: bool) -> Leg {
        Leg { place: ErpPlace::new("MAIN", location), into }
    }

    fn moved(pieces: i64, minute: i64) -> Expected {
        Expected {
            part: "P-1".to_owned(),
            quantity: pieces,
            recorded_at: Timestamp::from_micros(minute * MINUTE),
            legs: vec![leg("FLOOR", false), leg("DOCK", true)],
        }
    }

    fn transfer(id: i64, pieces: i64, minute: i64) -> [Transaction; 2] {
        let mut out = row(id, "O", "FLOOR", pieces, minute);
        let mut into = row(id + 1, "I", "DOCK", pieces, minute);
        (out.transfer_of, into.transfer_of) = (Some(id + 1), Some(id));
        [out, into]
    }

    #[test]
    fn a_transfer_is_shown_by_both_of_its_ends() {
        let none = BTreeSet::new();
        let ledger = transfer(10, 5, 20);
        assert_eq!(prove(&[moved(5, 10)], &ledger, &none), [Some(vec![10, 11])]);
        assert_eq!(prove(&[moved(5, 10)], &ledger[..1], &none), [None], "one end is not there");
        assert_eq!(prove(&[moved(6, 10)], &ledger, &none), [None], "another quantity");
        assert_eq!(prove(&[moved(5, 26)], &ledger, &none), [None], "posted before it moved");
        assert_eq!(prove(&[moved(5, 25)], &ledger, &none), [Some(vec![10, 11])], "clocks differ");
        assert_eq!(prove(&[moved(5, 10)], &ledger, &BTreeSet::from([11])), [None], "shows another");
        // Two entries by hand.
        let entries = [row(3, "I", "DOCK", 5, 12), row(4, "O", "FLOOR", 5, 14)];
        assert_eq!(prove(&[moved(5, 10)], &entries, &none), [Some(vec![4, 3])]);
    }

    #[test]
    fn of_equal_ones_the_earliest_comes_first_and_each_counts_once() {
        let ledger = [transfer(10, 5, 20), transfer(30, 5, 40)].concat();
        let twice = [moved(5, 35), moved(5, 10)];
        let shown = prove(&twice, &ledger, &BTreeSet::new());
        assert_eq!(shown, [Some(vec![30, 31]), Some(vec![10, 11])]);
        let thrice = [moved(5, 1), moved(5, 2), moved(5, 3)];
        let shown = prove(&thrice, &ledger, &BTreeSet::new());
        assert_eq!(shown.iter().flatten().count(), 2);
    }

    #[test]
    fn the_day_that_somebody_wrote_over_it_does_not_count() {
        let mut into = row(7, "I", "FLOOR", 5, 0);
        into.created = Some(Timestamp::from_micros(600 * MINUTE));
        let received = Expected { legs: vec![leg("floor", true)], ..moved(5, 590) };
        assert_eq!(prove(&[received], &[into], &BTreeSet::new()), [Some(vec![7])]);
    }

    proptest! {
        /// Where everything was posted, each once and within its time, everything is shown, in whatever order.
        #[test]
        fn what_was_posted_is_shown(
            moves in prop::collection::vec((1_i64..4, 0_i64..100, 0_i64..50), 1..20),
            seed in any::<u64>(),
        ) {
            let expected: Vec<Expected> =
                moves.iter().map(|(pieces, minute, _)| moved(*pieces, *minute)).collect();
            let mut ledger: Vec<Transaction> = moves
                .iter()
                .zip(0_i64..)
                .flat_map(|((pieces, minute, late), at)| transfer(at * 2 + 1, *pieces, minute + late))
                .collect();
            ledger.sort_by_key(|row| (row.id.unsigned_abs() ^ seed).wrapping_mul(0x9E37_79B9));
            let shown = prove(&expected, &ledger, &BTreeSet::new());
            prop_assert!(shown.iter().all(Option::is_some));
            let ids: Vec<i64> = shown.into_iter().flatten().flatten().collect();
            let distinct: BTreeSet<i64> = ids.iter().copied().collect();
            prop_assert_eq!(ids.len(), distinct.len());
        }
    }
}
