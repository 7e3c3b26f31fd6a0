//! How long a certificate counts, and whether it vouches for itself (X.509, RFC 5280 §4.1).
//!
//! Only these facts are read, to be shown. Whether a certificate is believed is judged by `rustls`.

use mtm_core::word::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// What is shown of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From when on it counts.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether it was issued under its own name.
    pub vouches_for_itself: bool,
}

impl Validity {
    /// Whole days left at `now`; negative where it is over.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        const DAY: i64 = 86_400 * 1_000_000;
        self.until.micros().saturating_sub(now.micros()).div_euclid(DAY)
    }

    /// Of a certificate in DER; nothing where it is none.
    pub fn of(der: &[u8]) -> Option<Self> {
        let certificate = Der(der).tagged(SEQUENCE)?;
        let mut fields = Der(Der(certificate).tagged(SEQUENCE)?);
        // The version may be left out; behind it are the serial number and the algorithm.
        if fields.next()?.0 == VERSION {
            fields.next()?;
        }
        fields.next()?;
        let (_, issuer) = fields.next()?;
        let mut validity = Der(fields.tagged(SEQUENCE)?);
        let (_, subject) = fields.next()?;
        let (from, until) = (moment(validity.next()?)?, moment(validity.next()?)?);
        Some(Self { from, until, vouches_for_itself: issuer == subject })
    }
}

/// What is left of a piece of DER.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Tag and content of the next element.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let bytes = usize::from(first & 0x7f);
            // Nothing that is looked at is longer than four bytes can say.
            let (digits, behind) = rest.split_at_checked(bytes).filter(|_| bytes <= 4)?;
            length = digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
            rest = behind;
        }
        let (content, behind) = rest.split_at_checked(length)?;
        self.0 = behind;
        Some((tag, content))
    }

    fn tagged(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

/// A moment as certificates write it: `YYMMDDHHMMSSZ` until 2049, with four digits of the year afterwards.
fn moment((tag, text): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let (century, digits) = match tag {
        UTC_TIME if text < "50" => ("20", text),
        UTC_TIME => ("19", text),
        GENERALIZED_TIME => ("", text),
        _ => return None,
    };
    let whole = format!("{century}{digits}");
    if whole.len() != 15 || !whole.ends_with('Z') {
        return None;
    }
    let part = |from: usize| whole.get(from..from + 2);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        whole.get(..4)?,
        part(4)?,
        part(6)?,
        part(8)?,
        part(10)?,
        part(12)?
    );
    match Timestamp::parse(&text) {
        Ok(moment) => Some(moment),
        // Certificates without an end say 99991231235959Z, which is behind the last moment there is here.
        Err(_) if text.starts_with("9999") => Some(Timestamp::from_micros(i64::MAX)),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(from: i32, until: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["erp.plant".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 2);
        params.not_after = rcgen::date_time_ymd(until, 3, 4);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_ways_of_writing_a_year_are_read() {
        for (from, until) in [(2026, 2027), (2049, 2050), (1999, 2300)] {
            let validity = Validity::of(&made(from, until)).unwrap();
            let at = |text: String| Timestamp::parse(&text).unwrap();
            assert_eq!(validity.from, at(format!("{from}-01-02T00:00:00Z")));
            assert_eq!(validity.until, at(format!("{until}-03-04T00:00:00Z")));
            assert!(validity.vouches_for_itself);
            assert_eq!(validity.days_left(at(format!("{until}-03-02T12:00:00Z"))), 1);
            assert_eq!(validity.days_left(at(format!("{until}-03-04T00:00:01Z"))), -1);
        }
    }

    #[test]
    fn what_is_no_certificate_is_nothing_wherever_it_is_cut_or_changed() {
        let whole = made(2026, 2027);
        for end in 0..whole.len().min(400) {
            let _ = Validity::of(&whole[..end]);
            let mut changed = whole.clone();
            changed[end] ^= 0xff;
            let _ = Validity::of(&changed);
        }
        assert_eq!(Validity::of(b""), None);
        assert_eq!(Validity::of(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(Validity::of(&[0x30, 0x80]), None);
    }
}
