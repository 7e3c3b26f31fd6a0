//! What a printer says of itself when it is asked `~HS`.

use mtm_core::print::Condition;

/// The three strings of an answer: from STX to ETX each, fields between commas.
const STRINGS: usize = 3;
/// Fields of the first and second string.
const FIELDS: (usize, usize) = (12, 11);
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// Longest answer: printers send about eighty bytes.
pub(super) const ANSWER_MAX: usize = 1_024;

/// How a printer is, and what it still has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostStatus {
    /// How it is, whatever it has to do.
    pub condition: Condition,
    /// Formats that it received and has not begun.
    pub formats: u32,
    /// Labels of the one it is at that are still to be printed.
    pub labels: u32,
    /// Whether it has the beginning of a format and waits for the rest.
    pub is_partial: bool,
}

impl HostStatus {
    /// Whether there is nothing left to print.
    pub const fn is_done(&self) -> bool {
        self.formats == 0 && self.labels == 0 && !self.is_partial
    }

    /// Reads an answer; `None` while it is not all there. Bytes before it are skipped: line ends of an answer
    /// before.
    pub(super) fn read(bytes: &[u8]) -> Option<Result<Self, Condition>> {
        let mut strings = Vec::new();
        let mut rest = bytes;
        while let Some(begin) = rest.iter().position(|byte| *byte == STX) {
            let inner = &rest[begin + 1..];
            let Some(end) = inner.iter().position(|byte| *byte == ETX) else { break };
            strings.push(&inner[..end]);
            rest = &inner[end + 1..];
        }
        if strings.len() < STRINGS {
            let is_long = bytes.len() >= ANSWER_MAX;
            return is_long.then_some(Err(Condition::NotUnderstood));
        }
        Some(Self::of(strings[0], strings[1]).ok_or(Condition::NotUnderstood))
    }

    fn of(first: &[u8], second: &[u8]) -> Option<Self> {
        let (first, second) = (fields(first)?, fields(second)?);
        if first.len() < FIELDS.0 || second.len() < FIELDS.1 {
            return None;
        }
        let is = |number: u32| number != 0;
        let faults = [
            (is(first[9]), Condition::MemoryLost),
            (is(second[2]), Condition::HeadOpen),
            (is(first[1]), Condition::PaperOut),
            (is(second[3]), Condition::RibbonOut),
            (is(first[10]) || is(first[11]), Condition::Temperature),
            (is(first[2]), Condition::Paused),
            (is(second[7]), Condition::LabelWaiting),
        ];
        let fault = faults.into_iter().find(|(is_so, _)| *is_so);
        Some(Self {
            condition: fault.map_or(Condition::Ready, |(_, condition)| condition),
            formats: first[4],
            labels: second[8],
            is_partial: is(first[7]),
        })
    }
}

fn fields(string: &[u8]) -> Option<Vec<u32>> {
    let text = std::str::from_utf8(string).ok()?;
    // What is no number is a field of no interest (some models fill it with blanks).
    let number = |field: &str| {
        let field = field.trim();
        if field.is_empty() { Some(0) } else { field.parse().ok() }
    };
    text.split(',').map(number).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(first: &str, second: &str) -> HostStatus {
        let answer = format!("\x02{first}\x03\r\n\x02{second}\x03\r\n\x021234,0\x03\r\n");
        HostStatus::read(answer.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn an_answer_says_how_the_printer_is_and_what_it_has_to_do() {
        let ready = read("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert_eq!((ready.condition, ready.is_done()), (Condition::Ready, true));
        let busy = read("030,0,0,1245,002,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,00000007,1,000");
        assert_eq!((busy.formats, busy.labels, busy.is_done()), (2, 7, false));
        let half = read("030,0,0,1245,000,0,0,1,000,0,0,0", "000,0,0,0,0,2,4,0,00000000,1,000");
        assert!(!half.is_done());
        for (first, second, condition) in [
            ("030,1,0,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,0,1,000", Condition::PaperOut),
            ("030,0,1,1245,000,0,0,0,000,0,0,0", "000,0,0,0,0,2,4,0,0,1,000", Condition::Paused),
            (
                "030,0,0,1245,000,0,0,0,000,1,0,0",
                "000,0,0,0,0,2,4,0,0,1,000",
                Condition::MemoryLost,
            ),
            (
                "030,0,0,1245,000,0,0,0,000,0,1,0",
                "000,0,0,0,0,2,4,0,0,1,000",
                Condition::Temperature,
            ),
            ("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,1,0,0,2,4,0,0,1,000", Condition::HeadOpen),
            ("030,0,0,1245,000,0,0,0,000,0,0,0", "000,0,0,1,0,2,4,0,0,1,000", Condition::RibbonOut),
            (
                "030,0,0,1245,000,0,0,0,000,0,0,0",
                "000,0,0,0,0,2,4,1,0,1,000",
                Condition::LabelWaiting,
            ),
            // An open head pauses, and is what somebody has to see to.
            ("030,1,1,1245,000,0,0,0,000,0,0,0", "000,0,1,0,0,2,4,0,0,1,000", Condition::HeadOpen),
        ] {
            assert_eq!(read(first, second).condition, condition, "{first} {second}");
        }
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        assert_eq!(HostStatus::read(b"\x02030,0,0"), None);
        assert_eq!(
            HostStatus::read(b"\x02a\x03\x02b\x03\x02c\x03"),
            Some(Err(Condition::NotUnderstood))
        );
        assert_eq!(
            HostStatus::read(b"\x021,2\x03\x023\x03\x02c\x03"),
            Some(Err(Condition::NotUnderstood))
        );
        let endless = vec![b'x'; ANSWER_MAX];
        assert_eq!(HostStatus::read(&endless), Some(Err(Condition::NotUnderstood)));
    }

    proptest! {
        #[test]
        fn no_answer_of_whatever_kind_is_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..ANSWER_MAX)) {
            let _ = HostStatus::read(&bytes);
        }
    }
}
