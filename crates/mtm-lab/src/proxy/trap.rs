//! Ending a connection at a moment that is told by what passes.

use super::fault::{Direction, End};

/// Ends the first connection in which its moment comes, and only that.
#[derive(Debug, Clone)]
pub struct Trap {
    moment: Moment,
    end: End,
}

#[derive(Debug, Clone)]
enum Moment {
    /// So many bytes have passed since the trap was set.
    Bytes(Direction, u64),
    /// A text is about to pass.
    Text(Direction, Vec<u8>),
    /// The server answers a request that held a text.
    Reply(Vec<u8>),
}

impl Trap {
    /// Lets exactly `bytes` more bytes pass in the direction; the next one ends the connection.
    pub fn after_bytes(direction: Direction, bytes: u64, end: End) -> Self {
        Self { moment: Moment::Bytes(direction, bytes), end }
    }

    /// Lets everything pass up to `text`. What was sent with its first byte and after it never
    /// arrives: to the server, a request that was lost on its way. Where the text comes in
    /// pieces, only its last piece is withheld.
    pub fn before_text(direction: Direction, text: &[u8], end: End) -> Self {
        Self { moment: Moment::Text(direction, text.to_vec()), end }
    }

    /// Lets the request that holds `text` pass, and waits for the server's next bytes, which never
    /// arrive: the server has done what was asked, and the client cannot know. For protocols in
    /// which a client asks and waits.
    pub fn before_reply(text: &[u8], end: End) -> Self {
        Self { moment: Moment::Reply(text.to_vec()), end }
    }
}

/// The trap that is set, if any.
#[derive(Debug, Default)]
pub(super) struct Armed {
    /// Tells a trap from the one before, so that each looks only at what comes after it was set.
    number: u64,
    trap: Option<Trap>,
}

impl Armed {
    pub(super) fn arm(&mut self, trap: Trap) {
        self.number += 1;
        self.trap = Some(trap);
    }

    pub(super) fn disarm(&mut self) {
        self.trap = None;
    }
}

/// What becomes of bytes that are about to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They may.
    Pass,
    /// So many may, then the connection ends.
    EndAfter(usize, End),
    /// They may, and the next reply ends the connection.
    EndAtReply(End),
}

/// What one direction of one connection remembers of what passed.
#[derive(Debug)]
pub(super) struct Watcher {
    direction: Direction,
    /// The trap it looks for.
    number: u64,
    passed: u64,
    /// The last bytes that passed, fewer than the text has.
    tail: Vec<u8>,
}

impl Watcher {
    pub(super) fn new(direction: Direction) -> Self {
        Self { direction, number: 0, passed: 0, tail: Vec::new() }
    }

    /// Looks at bytes that are about to pass. A trap that springs is gone.
    pub(super) fn look(&mut self, armed: &mut Armed, bytes: &[u8]) -> Verdict {
        let Some(trap) = &armed.trap else { return Verdict::Pass };
        if self.number != armed.number {
            (self.number, self.passed) = (armed.number, 0);
            self.tail.clear();
        }
        let end = trap.end;
        let verdict = match &trap.moment {
            Moment::Bytes(direction, limit) if *direction == self.direction => {
                let left = usize::try_from(limit - self.passed).unwrap_or(usize::MAX);
                self.passed += bytes.len() as u64;
                (bytes.len() > left).then_some(Verdict::EndAfter(left, end))
            }
            Moment::Text(direction, text) if *direction == self.direction => {
                self.find(text, bytes).map(|at| Verdict::EndAfter(at, end))
            }
            Moment::Reply(text) if self.direction == Direction::ToServer => {
                self.find(text, bytes).map(|_| Verdict::EndAtReply(end))
            }
            _ => None,
        };
        let Some(verdict) = verdict else { return Verdict::Pass };
        armed.trap = None;
        verdict
    }

    /// Where in `bytes` the text begins, 0 when it began before them. Remembers the end of them.
    fn find(&mut self, text: &[u8], bytes: &[u8]) -> Option<usize> {
        let before = self.tail.len();
        self.tail.extend_from_slice(bytes);
        let found = match text.len() {
            0 => Some(0),
            length => self.tail.windows(length).position(|window| window == text),
        };
        let surplus = (self.tail.len() + 1).saturating_sub(text.len().max(1));
        self.tail.drain(..surplus);
        found.map(|at| at.saturating_sub(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(trap: Trap, pieces: &[&[u8]]) -> Vec<Verdict> {
        let mut armed = Armed::default();
        armed.arm(trap);
        let mut watcher = Watcher::new(Direction::ToServer);
        pieces.iter().map(|piece| watcher.look(&mut armed, piece)).collect()
    }

    #[test]
    fn bytes_are_counted_across_pieces_and_exactly_so_many_pass() {
        let trap = Trap::after_bytes(Direction::ToServer, 5, End::Cut);
        let verdicts = look(trap, &[b"abc", b"de", b"f", b"g"]);
        let [pass, ended] = [Verdict::Pass, Verdict::EndAfter(0, End::Cut)];
        assert_eq!(verdicts, [pass, pass, ended, pass]);
        let trap = Trap::after_bytes(Direction::ToServer, 2, End::Reset);
        assert_eq!(look(trap, &[b"abc"]), [Verdict::EndAfter(2, End::Reset)]);
    }

    #[test]
    fn a_text_is_found_in_one_piece_or_across_several() {
        let trap = || Trap::before_text(Direction::ToServer, b"COMMIT", End::Cut);
        assert_eq!(look(trap(), &[b"\x07\0\0\0\x03COMMIT"]), [Verdict::EndAfter(5, End::Cut)]);
        let across = look(trap(), &[b"xCO", b"M", b"MIT;"]);
        assert_eq!(across, [Verdict::Pass, Verdict::Pass, Verdict::EndAfter(0, End::Cut)]);
        assert_eq!(look(trap(), &[b"COMM", b"OMMIT"]), [Verdict::Pass, Verdict::Pass]);
    }

    #[test]
    fn the_other_direction_is_none_of_its_business() {
        let trap = Trap::before_text(Direction::ToClient, b"OK", End::Cut);
        assert_eq!(look(trap, &[b"OK"]), [Verdict::Pass]);
        let trap = Trap::before_reply(b"OK", End::Reset);
        assert_eq!(look(trap, &[b"OK"]), [Verdict::EndAtReply(End::Reset)]);
    }

    #[test]
    fn a_later_trap_does_not_see_what_passed_before_it() {
        let mut armed = Armed::default();
        let mut watcher = Watcher::new(Direction::ToServer);
        armed.arm(Trap::before_text(Direction::ToServer, b"AB", End::Cut));
        assert_eq!(watcher.look(&mut armed, b"A"), Verdict::Pass);
        armed.arm(Trap::before_text(Direction::ToServer, b"AB", End::Cut));
        assert_eq!(watcher.look(&mut armed, b"B"), Verdict::Pass);
        assert_eq!(watcher.look(&mut armed, b"AB"), Verdict::EndAfter(0, End::Cut));
    }
}
