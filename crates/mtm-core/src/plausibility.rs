//! Does a quantity look like a slip? Bounds, part numbers scanned into the quantity field,
//! doubled digits, and numbers far outside the part's own history.

use crate::catalogue::{Catalogue, PartRecord};
use crate::code::Code;
use crate::rejection::Rejection;
use crate::view::Limits;
use crate::word::Quantity;

/// How many of a part's last receipts are looked at.
pub const HISTORY: usize = 200;
/// From how many receipts on the doubled-digit rule works.
const FEWEST_FOR_DOUBLED: usize = 3;
/// From how many receipts on the history's p99 means something.
const FEWEST_FOR_P99: usize = 20;
/// How many times the p99 is still believed.
const BELIEVED_FACTOR: u32 = 10;

/// The hard bound, never confirmable: 1 ≤ quantity ≤ the part's own bound or the site's.
pub fn within_bounds(
    field: &'static str,
    quantity: Quantity,
    part: &PartRecord,
    limits: Limits,
) -> Result<(), Rejection> {
    let bound = part.max_quantity.unwrap_or(limits.max_quantity);
    if quantity.is_zero() || quantity > bound {
        return Err(Rejection::out_of_range(field, quantity, Some(bound)));
    }
    Ok(())
}

/// The soft rules, confirmable; `receipts` are the part's last ones, newest first.
pub fn looks_like_a_slip(
    quantity: Quantity,
    catalogue: &Catalogue,
    receipts: &[Quantity],
) -> Option<Rejection> {
    let digits = quantity.whole().to_string();
    let slip = |message| Some(Rejection::new(Code::ImplausibleQuantity, "quantity", message));
    if catalogue.parts.by_folded(&digits).is_some() {
        return slip(format!("{digits} is a part number"));
    }
    if let Some(single) = doubled(&digits)
        && receipts.len() >= FEWEST_FOR_DOUBLED
        && receipts.iter().any(|receipt| receipt.whole() == single)
    {
        return slip(format!("{digits} looks like {single} entered twice"));
    }
    if receipts.len() >= FEWEST_FOR_P99
        && let p99 = percentile_99(receipts)
        && p99.times(BELIEVED_FACTOR).is_some_and(|believed| quantity > believed)
    {
        return slip(format!("{digits} is more than {BELIEVED_FACTOR} × the usual at most {p99}"));
    }
    None
}

/// `50` for `5050`: the number whose digits stand there twice.
fn doubled(digits: &str) -> Option<i64> {
    let (left, right) = digits.split_at_checked(digits.len() / 2)?;
    (left == right).then(|| left.parse().ok()).flatten()
}

/// The nearest-rank 99th percentile; the largest for fewer than a hundred values.
fn percentile_99(values: &[Quantity]) -> Quantity {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * 99).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(n: i64) -> Quantity {
        Quantity::pieces(n).unwrap()
    }

    fn slip(quantity: i64, receipts: &[i64]) -> bool {
        let receipts: Vec<Quantity> = receipts.iter().copied().map(pieces).collect();
        looks_like_a_slip(pieces(quantity), &Catalogue::default(), &receipts).is_some()
    }

    #[test]
    fn doubled_digits_need_a_history_of_the_single_number() {
        assert!(slip(5050, &[50, 50, 48]));
        assert!(slip(25_002_500, &[2500, 2500, 2500]));
        assert!(!slip(5050, &[50, 50]), "two receipts are no history");
        assert!(!slip(5050, &[48, 48, 48]), "50 is not usual here");
        assert!(!slip(505, &[50, 50, 50]), "not doubled");
    }

    /// What is usual is not what happened once in a hundred receipts; what happened twice is.
    #[test]
    fn one_receipt_of_a_hundred_is_not_the_usual() {
        let mut receipts = [100; 100];
        receipts[40] = 5_000;
        assert!(slip(1_001, &receipts) && !slip(1_000, &receipts));
        receipts[41] = 5_000;
        assert!(!slip(50_000, &receipts) && slip(50_001, &receipts));
    }

    #[test]
    fn ten_times_the_p99_is_questioned_from_twenty_receipts() {
        assert!(slip(1001, &[100; 20]));
        assert!(!slip(1000, &[100; 20]));
        assert!(!slip(1001, &[100; 19]));
    }
}
