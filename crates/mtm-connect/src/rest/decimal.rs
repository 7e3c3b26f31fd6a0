//! Exact decimal numbers: quantities in another system's units, without floating arithmetic.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Number;

/// Digits that a number is read with at most.
const DIGITS: usize = 18;

/// As many significant digits are the same in binary floating point and back.
const CERTAIN: usize = 15;

/// What becomes of decimals that the other system does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// There are to be none: what does not fit is refused.
    #[default]
    Exact,
    /// To the nearest; what lies in the middle goes to the even neighbour.
    HalfEven,
    /// Away from nothing.
    Up,
    /// Towards nothing.
    Down,
}

impl Rounding {
    /// Every rule.
    pub const ALL: [Self; 4] = [Self::Exact, Self::HalfEven, Self::Up, Self::Down];

    /// Its name in mapping files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::HalfEven => "half_even",
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// The rule of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }
}

/// A decimal number: so many of the unit that `scale` decimals make.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    units: i128,
    scale: u32,
}

impl Decimal {
    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self { units: number.into(), scale: 0 }
    }

    /// Reads `-12.5`: at most 18 digits, no exponent, nothing around it.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
        let fits = whole.len() + decimals.len() <= DIGITS;
        let ends = !whole.is_empty() && !digits.ends_with('.');
        if !fits || !ends || !is_digits(whole) || !is_digits(decimals) {
            return None;
        }
        let units: i128 = format!("{whole}{decimals}").parse().ok()?;
        let scale = u32::try_from(decimals.len()).ok()?;
        Some(Self { units: sign * units, scale })
    }

    /// The number that JSON holds, where nothing of it was lost on the way.
    pub fn of(number: &Number) -> Option<Self> {
        // Written out, never with an exponent.
        let text = match number.as_f64() {
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        };
        let is_certain = !number.is_f64() || significant(&text) <= CERTAIN;
        if is_certain { Self::parse(&text) } else { None }
    }

    /// As JSON writes it; nothing where a reader could take it for another number.
    pub fn number(self) -> Option<Number> {
        let text = self.to_string();
        if !text.contains('.') {
            return text.parse::<i64>().ok().map(Number::from);
        }
        let number = text.parse().ok().and_then(Number::from_f64)?;
        (significant(&text) <= CERTAIN && number.to_string() == text).then_some(number)
    }

    /// Both multiplied. Whole numbers and numbers that were read always fit.
    pub fn times(self, other: Self) -> Option<Self> {
        let units = self.units.checked_mul(other.units)?;
        Some(Self { units, scale: self.scale + other.scale })
    }

    /// With at most `decimals` decimals; nothing where it does not fit and is to be exact.
    pub fn rounded(self, decimals: u32, rule: Rounding) -> Option<Self> {
        if self.scale <= decimals {
            return Some(self);
        }
        let step = power(self.scale - decimals)?;
        let (kept, rest) = (self.units / step, self.units % step);
        let away = kept + self.units.signum();
        let units = match rule {
            _ if rest == 0 => kept,
            Rounding::Exact => return None,
            Rounding::Down => kept,
            Rounding::Up => away,
            Rounding::HalfEven => match (rest.abs() * 2).cmp(&step) {
                Ordering::Less => kept,
                Ordering::Equal if kept % 2 == 0 => kept,
                Ordering::Equal | Ordering::Greater => away,
            },
        };
        Some(Self { units, scale: decimals })
    }

    /// The same below nothing.
    pub fn negated(self) -> Self {
        Self { units: -self.units, ..self }
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The same without decimals that say nothing.
    fn plain(self) -> Self {
        let mut plain = self;
        while plain.scale > 0 && plain.units % 10 == 0 {
            plain.units /= 10;
            plain.scale -= 1;
        }
        plain
    }

    /// Whole part, and the rest in units of thirty-six decimals.
    fn parts(self) -> (i128, i128) {
        let one = power(self.scale).unwrap_or(i128::MAX);
        let fine = power(36 - self.scale.min(36)).unwrap_or(1);
        (self.units.div_euclid(one), self.units.rem_euclid(one) * fine)
    }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// Digits between the first and the last that are not zero.
fn significant(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { units, scale } = self.plain();
        let sign = if units < 0 { "-" } else { "" };
        let width = scale as usize + 1;
        let digits = format!("{:0>width$}", units.unsigned_abs());
        let (whole, decimals) = digits.split_at(digits.len() - scale as usize);
        if decimals.is_empty() {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{decimals}")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_read_as_written_and_nothing_else_is_one() {
        for text in ["0", "7", "-7", "0.5", "12.345", "-0.000001", "999999999999999999"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("1.500").to_string(), "1.5");
        for text in ["", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "1,5", "٣", "NaN"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
        assert!(Decimal::parse("1234567890123456789").is_none());
    }

    #[test]
    fn each_rule_does_what_its_name_says() {
        let check = |text: &str, rule, expected: Option<&str>| {
            let found = decimal(text).rounded(1, rule).map(|it| it.to_string());
            assert_eq!(found.as_deref(), expected, "{text} {rule:?}");
        };
        check("1.25", Rounding::Exact, None);
        check("1.20", Rounding::Exact, Some("1.2"));
        check("1.25", Rounding::HalfEven, Some("1.2"));
        check("1.35", Rounding::HalfEven, Some("1.4"));
        check("-1.25", Rounding::HalfEven, Some("-1.2"));
        check("1.26", Rounding::HalfEven, Some("1.3"));
        check("1.21", Rounding::Up, Some("1.3"));
        check("-1.21", Rounding::Up, Some("-1.3"));
        check("1.29", Rounding::Down, Some("1.2"));
        check("-1.29", Rounding::Down, Some("-1.2"));
        for rule in Rounding::ALL {
            assert_eq!(Rounding::from_name(rule.as_str()), Some(rule));
        }
    }

    #[test]
    fn a_number_of_json_that_may_be_another_is_none() {
        let of = |text: &str| Decimal::of(&serde_json::from_str::<Number>(text).unwrap());
        let is = |text: &str, same: &str| assert_eq!(of(text).unwrap().to_string(), same, "{text}");
        is("10.0", "10");
        is("0.1", "0.1");
        is("1e3", "1000");
        is("9007199254740993", "9007199254740993");
        for lost in ["0.12345678901234567", "123456789012345678901234567890", "1e300", "1e-300"] {
            assert!(of(lost).is_none(), "{lost}");
        }
    }

    proptest! {
        #[test]
        fn rounding_is_within_one_step_and_on_the_right_side(
            pieces in 1_i64.., units in 1_i64..999_999_999, scale in 0_u32..9, decimals in 0_u32..9,
        ) {
            let factor = Decimal { units: units.into(), scale };
            let exact = Decimal::whole(pieces).times(factor).unwrap();
            let step = Decimal { units: 1, scale: decimals };
            let down = exact.rounded(decimals, Rounding::Down).unwrap();
            let up = exact.rounded(decimals, Rounding::Up).unwrap();
            let even = exact.rounded(decimals, Rounding::HalfEven).unwrap();
            prop_assert!(down <= exact && exact <= up);
            prop_assert!(even == down || even == up);
            match exact.rounded(decimals, Rounding::Exact) {
                Some(same) => prop_assert!(same == exact && down == exact && up == exact),
                None => {
                    let scaled = |it: Decimal| it.units * power(decimals - it.scale).unwrap();
                    prop_assert_eq!(scaled(up) - scaled(down), scaled(step));
                }
            }
        }

        #[test]
        fn what_is_written_is_read_as_the_same(units in -999_999_999_999_999_999_i64..1_000_000_000_000_000_000, scale in 0_u32..18) {
            let number = Decimal { units: units.into(), scale };
            let text = number.to_string();
            if let Some(again) = Decimal::parse(&text) {
                prop_assert_eq!(again, number);
            }
            if let Some(json) = number.number() {
                prop_assert_eq!(json.to_string(), text);
                prop_assert_eq!(Decimal::of(&json), Some(number));
            }
        }
    }
}
