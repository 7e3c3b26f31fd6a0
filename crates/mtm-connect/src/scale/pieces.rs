//! How many pieces a weight is likely to be.

use std::fmt;

use mtm_core::word::Quantity;

use super::mass::Mass;

/// Most pieces that a scale suggests; more have another way.
const MOST: i128 = 1_000_000;

/// Pieces by weight: a proposal, and how far it is from what was weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The nearest whole number of pieces.
    pub pieces: i64,
    /// What was weighed.
    pub weight: Mass,
    /// What one piece weighs.
    pub piece: Mass,
    /// Thousandths of a piece that were weighed above it; below zero where it was less.
    pub off: i64,
}

impl Suggestion {
    /// The pieces that `weight` is nearest to, if one of them weighs `piece`. `None` where that is none, or more
    /// than a million, or a piece weighs nothing.
    pub fn of(weight: &Mass, piece: &Mass) -> Option<Self> {
        let (all, one) = (weight.femtograms(), piece.femtograms());
        if one <= 0 || all <= 0 {
            return None;
        }
        // Half a piece more counts as one: nearest, and the same on every machine.
        let pieces = (all + one / 2) / one;
        if !(1..=MOST).contains(&pieces) {
            return None;
        }
        let off = ((all - pieces * one) * 1_000) / one;
        let pieces = i64::try_from(pieces).ok()?;
        Quantity::pieces(pieces).ok()?;
        Some(Self {
            pieces,
            weight: weight.clone(),
            piece: piece.clone(),
            off: i64::try_from(off).ok()?,
        })
    }

    /// Whether what was rounded away is at most so many hundredths of a piece; of none, whether nothing was.
    pub fn is_within(&self, percent: u32) -> bool {
        let rounded = self.weight.femtograms() - i128::from(self.pieces) * self.piece.femtograms();
        rounded.abs() * 100 <= i128::from(percent) * self.piece.femtograms()
    }

    /// Whether that holds, and the scale shows enough digits to say so: what it rounds away itself, half of its last
    /// digit, is as little.
    pub fn is_surely_within(&self, percent: u32) -> bool {
        let hidden = self.weight.step() * 100 / 2;
        self.is_within(percent) && hidden <= i128::from(percent) * self.piece.femtograms()
    }
}

impl fmt::Display for Suggestion {
    /// "12.345 kg at 300 g a piece are 41.150 pieces, rounded to 41".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pieces, weight, piece, off } = self;
        let thousandths = pieces * 1_000 + off;
        let (whole, part) = (thousandths / 1_000, thousandths % 1_000);
        if self.is_within(0) {
            return write!(f, "{weight} at {piece} a piece are {pieces} pieces");
        }
        write!(
            f,
            "{weight} at {piece} a piece are about {whole}.{part:03} pieces, rounded to {pieces}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest(weight: &str, piece: &str) -> Option<(i64, i64)> {
        let suggestion = Suggestion::of(&weight.parse().unwrap(), &piece.parse().unwrap())?;
        Some((suggestion.pieces, suggestion.off))
    }

    #[test]
    fn pieces_are_the_nearest_and_what_was_rounded_is_told() {
        assert_eq!(suggest("12.300 kg", "300 g"), Some((41, 0)));
        assert_eq!(suggest("12.345 kg", "300 g"), Some((41, 150)));
        assert_eq!(suggest("12.255 kg", "300 g"), Some((41, -150)));
        assert_eq!(suggest("12.450 kg", "300 g"), Some((42, -500)));
        assert_eq!(suggest("1 lb", "1 oz"), Some((16, 0)));
        let told = Suggestion::of(&"12.255 kg".parse().unwrap(), &"300 g".parse().unwrap());
        assert_eq!(
            told.unwrap().to_string(),
            "12.255 kg at 300 g a piece are about 40.850 pieces, rounded to 41"
        );
    }

    #[test]
    fn nothing_and_far_too_much_suggest_nothing() {
        for (weight, piece) in
            [("0 g", "1 g"), ("-1 kg", "1 g"), ("1 kg", "0 g"), ("0.4 g", "1 g"), ("2 t", "1 g")]
        {
            assert_eq!(suggest(weight, piece), None, "{weight} {piece}");
        }
    }

    #[test]
    fn a_rule_goes_by_hundredths_of_a_piece() {
        let off = Suggestion::of(&"12.345 kg".parse().unwrap(), &"300 g".parse().unwrap()).unwrap();
        assert!(off.is_within(15) && !off.is_within(14));
        let hardly = Suggestion::of(&"12.300001 kg".parse().unwrap(), &"300 g".parse().unwrap());
        let hardly = hardly.unwrap();
        assert!(hardly.off == 0 && hardly.is_within(1) && !hardly.is_within(0));
    }

    #[test]
    fn a_rule_holds_only_where_the_scale_shows_enough_digits() {
        let of = |weight: &str| {
            Suggestion::of(&weight.parse().unwrap(), &"3 g".parse().unwrap()).unwrap()
        };
        // Both are 100 pieces, but 0.3 kg may be any weight from 250 to 350 g.
        assert!(of("0.3 kg").is_within(1) && !of("0.3 kg").is_surely_within(25));
        assert!(of("300.0 g").is_surely_within(2) && !of("300.0 g").is_surely_within(1));
    }
}
