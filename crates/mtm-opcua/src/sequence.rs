//! The numbers of notification messages, by which a subscription tells that none is missing.
//!
//! After OPC 10000-4: messages with data are numbered from 1, one by one, and after 4294967295 from 1 again. A
//! message that only says that nothing changed has the number of the next one with data; some servers give it the number
//! of the last. So whoever knows the next number knows of every message whether one is missing before it, also on
//! another connection.

/// The number that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sequence {
    next: Option<u32>,
}

/// What a message is in its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The next one.
    Next,
    /// It says that nothing changed, and none is missing.
    Quiet,
    /// It was heard before.
    Again,
    /// At least one is missing before it.
    Hole,
}

impl Sequence {
    /// The next number; `None` before the first message.
    pub const fn next(&self) -> Option<u32> {
        self.next
    }

    /// Takes a message of this number. The first that is heard decides where it begins.
    pub fn hear(&mut self, number: u32, has_data: bool) -> Step {
        let next = self.next.unwrap_or(number);
        let step = match (number == next, has_data) {
            (true, true) => Step::Next,
            (true, false) => Step::Quiet,
            (false, false) if number == before(next) => Step::Quiet,
            // Behind, as far as numbers that begin again can be.
            (false, true) if next.wrapping_sub(number) < 1 << 31 => Step::Again,
            _ => Step::Hole,
        };
        self.next = Some(if step == Step::Next { after(number) } else { next });
        step
    }
}

const fn after(number: u32) -> u32 {
    match number.checked_add(1) {
        Some(next) => next,
        None => 1,
    }
}

const fn before(number: u32) -> u32 {
    if number <= 1 { u32::MAX } else { number - 1 }
}

#[cfg(test)]
mod tests {
    use super::{Sequence, Step};

    fn heard(messages: &[(u32, bool)]) -> Vec<Step> {
        let mut sequence = Sequence::default();
        messages.iter().map(|(number, has_data)| sequence.hear(*number, *has_data)).collect()
    }

    #[test]
    fn one_by_one_none_is_missing() {
        use Step::{Next, Quiet};
        assert_eq!(
            heard(&[(1, true), (2, true), (3, false), (3, true)]),
            [Next, Next, Quiet, Next]
        );
        // The number of the last one, where a server says that nothing changed.
        assert_eq!(
            heard(&[(1, false), (1, true), (1, false), (2, true)]),
            [Quiet, Next, Quiet, Next]
        );
        assert_eq!(heard(&[(u32::MAX, true), (1, false), (1, true)]), [Next, Quiet, Next]);
    }

    #[test]
    fn a_number_that_was_passed_over_is_a_hole_with_data_and_without() {
        use Step::{Again, Hole, Next, Quiet};
        assert_eq!(heard(&[(1, true), (3, true)]), [Next, Hole]);
        assert_eq!(heard(&[(1, true), (3, false)]), [Next, Hole]);
        assert_eq!(heard(&[(u32::MAX, true), (2, true)]), [Next, Hole]);
        // A hole stays one until what is missing came.
        assert_eq!(heard(&[(1, true), (3, true), (2, true), (3, true)]), [Next, Hole, Next, Next]);
        assert_eq!(
            heard(&[(7, true), (7, true), (5, true), (8, false)]),
            [Next, Again, Again, Quiet]
        );
        // A server that began again says nothing of what was before.
        assert_eq!(heard(&[(7, true), (1, false)]), [Next, Hole]);
    }
}
