//! Coupons of North America: numbers of varying length one behind the other, and fields that may follow.
//!
//! A length stands before what it counts. GS1 US, North American Coupon Application Guideline.

use super::fault::Problem;
use super::rule::is_date;

/// Reads numbers from the front.
struct Digits<'v> {
    rest: &'v str,
}

impl<'v> Digits<'v> {
    fn new(value: &'v str) -> Result<Self, Problem> {
        match value.chars().find(|c| !c.is_ascii_digit()) {
            Some(found) => Err(Problem::Character { found, expected: "digit" }),
            None => Ok(Self { rest: value }),
        }
    }

    fn take(&mut self, length: usize, what: &'static str) -> Result<&'v str, Problem> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(Problem::Value { found: self.rest.to_owned(), expected: what }),
        }
    }

    /// One digit of those in `allowed`.
    fn one_of(&mut self, allowed: &str, what: &'static str) -> Result<usize, Problem> {
        let found = self.take(1, what)?;
        if !allowed.contains(found) {
            return Err(Problem::Value { found: found.to_owned(), expected: what });
        }
        Ok(found.parse().unwrap_or_default())
    }

    /// A length of those in `allowed`, and `more` digits than it says.
    fn counted(&mut self, allowed: &str, more: usize, what: &'static str) -> Result<(), Problem> {
        let length = self.one_of(allowed, what)?;
        self.take(length + more, what).map(drop)
    }

    /// A requirement, its code, and the family of what has to be bought.
    fn purchase(&mut self) -> Result<(), Problem> {
        self.counted("12345", 0, "a purchase requirement")?;
        self.one_of("012349", "a code of a purchase requirement")?;
        self.take(3, "a family code").map(drop)
    }

    /// The same of another company, or of the same (9).
    fn further_purchase(&mut self) -> Result<(), Problem> {
        self.purchase()?;
        let length = self.one_of("01234569", "the company of a further purchase")?;
        let digits = if length == 9 { 0 } else { length + 6 };
        self.take(digits, "the company of a further purchase").map(drop)
    }

    fn date(&mut self) -> Result<&'v str, Problem> {
        let date = self.take(6, "a day (YYMMDD)")?;
        if !is_date(date, false, false) {
            return Err(Problem::Date(date.to_owned(), "day (YYMMDD)"));
        }
        Ok(date)
    }

    /// Takes `digit` if it is next.
    fn comes(&mut self, digit: char) -> bool {
        let rest = self.rest.strip_prefix(digit);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn end(self) -> Result<(), Problem> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Problem::Value { found: self.rest.to_owned(), expected: "a field of a coupon" })
    }
}

/// Whether one day is after another one, where both are less than fifty years apart.
fn is_after(one: &str, other: &str) -> bool {
    let year = |date: &str| date[..2].parse().unwrap_or(0_u32);
    match (year(other) + 100 - year(one)) % 100 {
        0 => one[2..] > other[2..],
        years => years >= 50,
    }
}

/// A coupon (8110).
pub(super) fn check(value: &str) -> Result<(), Problem> {
    let mut digits = Digits::new(value)?;
    digits.counted("0123456", 6, "the company of the coupon")?;
    digits.take(6, "the code of the offer")?;
    digits.counted("12345", 0, "what is saved")?;
    digits.purchase()?;
    if digits.comes('1') {
        digits.one_of("0123", "a rule of a further purchase")?;
        digits.further_purchase()?;
    }
    if digits.comes('2') {
        digits.further_purchase()?;
    }
    let expires = if digits.comes('3') { Some(digits.date()?) } else { None };
    let starts = if digits.comes('4') { Some(digits.date()?) } else { None };
    if let (Some(starts), Some(expires)) = (starts, expires)
        && is_after(starts, expires)
    {
        let expected = "a coupon that begins before it expires";
        return Err(Problem::Value { found: format!("{starts} to {expires}"), expected });
    }
    if digits.comes('5') {
        digits.counted("0123456789", 6, "the serial number of the coupon")?;
    }
    if digits.comes('6') {
        digits.counted("1234567", 6, "the retailer")?;
    }
    if digits.comes('9') {
        digits.one_of("01256", "how much is saved")?;
        digits.one_of("012", "on which item it is saved")?;
        digits.take(1, "whether it is a coupon of a store")?;
        digits.one_of("01", "whether it may be multiplied")?;
    }
    digits.end()
}

/// A coupon with a positive offer (8112).
pub(super) fn check_positive(value: &str) -> Result<(), Problem> {
    let mut digits = Digits::new(value)?;
    digits.one_of("01", "a format of a coupon")?;
    digits.counted("0123456", 6, "who pays for the coupon")?;
    digits.take(6, "the code of the offer")?;
    digits.counted("0123456789", 6, "the serial number of the coupon")?;
    digits.end()
}
