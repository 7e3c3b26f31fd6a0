//! What parts of values must be besides their characters: check digits, dates, codes of lists.

use super::coupon;
use super::fault::Problem;
use super::list;

/// The 82 characters of GS1 texts, by the values that check characters are made of.
const TEXT: &[u8] =
    b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// The characters that a pair of check characters is written in.
const PAIR: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// What the characters before a pair are multiplied with, from the right.
const PRIMES: [u32; 23] =
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];
/// The shortest account number of any country.
const SHORTEST_ACCOUNT: usize = 15;
/// Digits that every company prefix begins with.
const PREFIX_DIGITS: usize = 4;

/// What a part of a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Its last digit is the check digit.
    Check,
    /// Its last two characters are check characters.
    CheckPair,
    /// A company prefix, behind so many characters.
    Prefix(usize),
    /// Year, month, day of two digits each; day 00 is the whole month.
    Date,
    /// The same with a day.
    FullDate,
    /// Four digits of the year, month, day.
    LongDate,
    /// Hours and minutes.
    Time,
    /// Hours.
    Hour,
    /// Minutes, or seconds.
    Sixty,
    /// The number of a currency.
    Currency,
    /// The number of a country.
    Country,
    /// The number of a country, or 999 for several.
    CountryOrSeveral,
    /// The letters of a country.
    CountryLetters,
    /// `%` stands before two hexadecimal digits only.
    Percent,
    /// 0 or 1.
    YesNo,
    /// Hyphens.
    Hyphen,
    /// One letter, digit, hyphen or underscore.
    OperatorIndex,
    /// Up to four letters or digits: the list of packages is not kept here.
    PackageType,
    /// 01 to 10, or 80 to 99.
    Medium,
    /// 0, 1, 2 or 9.
    Sex,
    /// `2/3`: the second of three.
    Place,
    /// Not all zeros.
    NonZero,
    /// 0, 1 or 9.
    Winding,
    /// Zeros.
    Zero,
    /// Two digits of a piece, two of all pieces.
    PieceOf,
    /// An account number with its check digits (ISO 13616).
    Account,
    /// No zero before other digits.
    NoLeadingZero,
    /// Something that is no digit.
    NotDigitsOnly,
    /// A coupon of North America.
    Coupon,
    /// A coupon with a positive offer.
    PositiveOffer,
    /// Degrees from the south pole, ten millionths.
    Latitude,
    /// Degrees eastward, ten millionths.
    Longitude,
}

impl Rule {
    /// Whether `value` keeps it. The characters have been looked at before.
    pub(super) fn check(self, value: &str) -> Result<(), Problem> {
        match self {
            Self::Check => check_digit(value),
            Self::CheckPair => check_pair(value),
            Self::Coupon => coupon::check(value),
            Self::PositiveOffer => coupon::check_positive(value),
            Self::Date | Self::FullDate | Self::LongDate => {
                let long = self == Self::LongDate;
                let is_day = is_date(value, long, self == Self::Date);
                let wanted = if long { "day (YYYYMMDD)" } else { "day (YYMMDD)" };
                is_day.then_some(()).ok_or_else(|| Problem::Date(value.to_owned(), wanted))
            }
            Self::Time | Self::Hour | Self::Sixty => {
                let is_time = match self {
                    Self::Sixty => below(value, 60),
                    _ => below(&value[..2], 24) && (value.len() == 2 || below(&value[2..], 60)),
                };
                is_time.then_some(()).ok_or_else(|| Problem::Date(value.to_owned(), "time"))
            }
            _ => {
                let expected = self.refused(value);
                let fault = |expected| Problem::Value { found: value.to_owned(), expected };
                expected.map_or(Ok(()), |expected| Err(fault(expected)))
            }
        }
    }

    /// What was wanted, where `value` is not that.
    fn refused(self, value: &str) -> Option<&'static str> {
        let all = |byte: u8| value.bytes().all(|found| found == byte);
        let (kept, expected) = match self {
            Self::Prefix(skip) => (has_prefix(value, skip), "a number with a company prefix"),
            Self::Currency => (list::is_currency(value), "a currency of ISO 4217"),
            Self::Country => (list::is_country(value), "a country of ISO 3166"),
            Self::CountryOrSeveral => {
                (value == "999" || list::is_country(value), "a country of ISO 3166, or 999")
            }
            Self::CountryLetters => (list::is_country_letters(value), "a country of ISO 3166"),
            Self::Percent => (is_percent_encoded(value), "text with %hh for other characters"),
            Self::YesNo => (matches!(value, "0" | "1"), "0 or 1"),
            Self::Hyphen => (all(b'-'), "a hyphen"),
            Self::OperatorIndex => {
                let index = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                (value.bytes().all(index), "a letter, a digit, - or _")
            }
            Self::PackageType => {
                let letter = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
                (value.bytes().all(letter), "a type of package")
            }
            Self::Medium => {
                let known = value.parse().is_ok_and(|n: u8| matches!(n, 1..=10 | 80..=99));
                (known, "01 to 10, or 80 to 99")
            }
            Self::Sex => (matches!(value, "0" | "1" | "2" | "9"), "0, 1, 2 or 9"),
            Self::Place => (is_place(value), "a place of so many, as 2/3"),
            Self::NonZero => (!all(b'0'), "above zero"),
            Self::Winding => (matches!(value, "0" | "1" | "9"), "0, 1 or 9"),
            Self::Zero => (all(b'0'), "zero"),
            Self::PieceOf => {
                let (piece, pieces) = value.split_at(2);
                let kept = piece != "00" && pieces != "00" && piece <= pieces;
                (kept, "a piece of so many, each of two digits above zero")
            }
            Self::Account => (is_account(value), "an account number (IBAN)"),
            Self::NoLeadingZero => {
                (value == "0" || !value.starts_with('0'), "a number without zeros before it")
            }
            Self::NotDigitsOnly => {
                (!value.bytes().all(|byte| byte.is_ascii_digit()), "a text of more than digits")
            }
            Self::Latitude => (at_most(value, 1_800_000_000), "a latitude"),
            Self::Longitude => (at_most(value, 3_600_000_000), "a longitude"),
            // Looked at above.
            _ => (true, ""),
        };
        (!kept).then_some(expected)
    }
}

/// The digit that makes `digits` whole: by threes and ones from the right, up to a ten.
pub(super) fn check_digit_of(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

fn check_digit(value: &str) -> Result<(), Problem> {
    let (body, last) = value.split_at(value.len() - 1);
    let expected = check_digit_of(body);
    let found = last.chars().next().unwrap_or(expected);
    if found == expected { Ok(()) } else { Err(Problem::CheckDigit { found, expected }) }
}

/// GS1 General Specifications, 7.9.5: two characters over a text of up to 23.
fn check_pair(value: &str) -> Result<(), Problem> {
    let value = value.as_bytes();
    let Some((body, pair)) = value.split_last_chunk::<2>().filter(|(body, _)| !body.is_empty())
    else {
        return Err(Problem::CheckCharacters);
    };
    let mut sum = 0;
    for (byte, prime) in body.iter().rev().zip(PRIMES) {
        let worth = TEXT.iter().position(|known| known == byte);
        let worth = worth.and_then(|at| u32::try_from(at).ok()).ok_or(Problem::CheckCharacters)?;
        sum += worth * prime;
    }
    let sum = usize::try_from(sum % 1021).map_err(|_| Problem::CheckCharacters)?;
    let expected = [PAIR[sum / 32], PAIR[sum % 32]];
    if *pair == expected { Ok(()) } else { Err(Problem::CheckCharacters) }
}

/// Whether `value` is a day. Two digits of a year are enough to know which have 29 February: 2000 had it,
/// and no other turn of a century is within fifty years.
pub(super) fn is_date(value: &str, long: bool, month_only: bool) -> bool {
    let Some((year, day)) = value.split_at_checked(if long { 4 } else { 2 }) else { return false };
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let (Some(year), Some(month), Some(day)) =
        (number(Some(year)), number(day.get(..2)), number(day.get(2..)))
    else {
        return false;
    };
    let year: u32 = if long { year } else { 2000 + year };
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest: u32 = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=longest).contains(&day) || (month_only && day == 0)
}

fn below(value: &str, limit: u32) -> bool {
    value.parse().is_ok_and(|number: u32| number < limit)
}

fn at_most(value: &str, limit: u64) -> bool {
    value.parse().is_ok_and(|number: u64| number <= limit)
}

fn has_prefix(value: &str, skip: usize) -> bool {
    let prefix = value.as_bytes().get(skip..skip + PREFIX_DIGITS);
    prefix.is_some_and(|prefix| prefix.iter().all(u8::is_ascii_digit))
}

fn is_percent_encoded(value: &str) -> bool {
    let mut rest = value.split('%');
    let hex =
        |text: &str| text.as_bytes().get(..2).is_some_and(|h| h.iter().all(u8::is_ascii_hexdigit));
    rest.next();
    rest.all(hex)
}

fn is_place(value: &str) -> bool {
    let Some((place, last)) = value.split_once('/') else { return false };
    let number = |text: &str| text.parse().ok().filter(|_| !text.starts_with('0'));
    let (place, last): (Option<u8>, Option<u8>) = (number(place), number(last));
    place.zip(last).is_some_and(|(place, last)| place <= last)
}

/// Letters count as 10 to 35, the first four characters as the last; the rest by 97 is one.
fn is_account(value: &str) -> bool {
    let letters = value.get(..2).is_some_and(list::is_country_letters);
    let upper = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if !letters || value.len() < SHORTEST_ACCOUNT || !value.bytes().all(upper) {
        return false;
    }
    let (head, tail) = value.split_at(4);
    let rest = tail.bytes().chain(head.bytes()).fold(0, |rest: u32, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    rest == 1
}
