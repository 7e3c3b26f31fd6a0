//! A machine that is watched by somebody who does not always hear it.

use proptest::prelude::*;

use super::{Count, Counter, Doubt, Question, Reading, Rules, TOLD_WITHIN, Value};
use crate::word::Timestamp;

const SECOND: i64 = 1_000_000;
/// A count a minute at most, one piece each, set to zero now and then.
const SLOW: Rules =
    Rules { pieces: 1, per_hour: 60, rollover: None, resets: true, told_within: TOLD_WITHIN };

fn second(at: i64) -> Timestamp {
    Timestamp::from_micros(at * SECOND)
}

fn shows(value: u64, at: i64) -> Reading {
    let value = Value::Total(value);
    Reading { tag: "parts".to_owned(), value, at: Some(second(at)), began_again: false }
}

/// A counter that showed `value` at second 0 and was heard ever since.
fn standing_at(value: u64) -> Counter {
    let mut counter = Counter::default();
    assert_eq!(counter.read(&SLOW, &shows(value, 0), second(0)), Count::Nothing);
    counter
}

fn read(counter: &mut Counter, rules: &Rules, value: u64, at: i64) -> Count {
    counter.read(rules, &shows(value, at), second(at))
}

fn pieces(count: Count) -> Option<u64> {
    match count {
        Count::Nothing => Some(0),
        Count::Pieces { pieces, .. } => Some(pieces),
        Count::Question(_) => None,
    }
}

fn question(count: Count) -> (Doubt, u64, u64) {
    match count {
        Count::Question(Question { doubt, least, most, .. }) => (doubt, least, most),
        other => panic!("no question: {other:?}"),
    }
}

#[test]
fn the_first_total_counts_nothing_and_every_further_one_what_is_more() {
    let mut counter = standing_at(1423);
    assert_eq!(pieces(read(&mut counter, &SLOW, 1424, 60)), Some(1));
    assert_eq!(pieces(read(&mut counter, &SLOW, 1424, 120)), Some(0));
    assert_eq!(pieces(read(&mut counter, &SLOW, 1427, 300)), Some(3));
}

#[test]
fn a_count_is_worth_its_pieces() {
    let rules = Rules { pieces: 4, ..SLOW };
    assert_eq!(pieces(read(&mut standing_at(10), &rules, 12, 120)), Some(8));
}

#[test]
fn what_a_machine_cannot_make_in_that_time_is_a_question() {
    let jump = read(&mut standing_at(10), &SLOW, 40, 600);
    assert_eq!(question(jump), (Doubt::TooFast, 0, 30));
    // A quiet night is no reason for a jump in the morning.
    let mut counter = standing_at(10);
    counter.quiet(second(36_000));
    let jump = read(&mut counter, &SLOW, 40, 36_001);
    assert_eq!(question(jump), (Doubt::TooFast, 0, 30));
    // It goes on from there, whatever is said of the jump.
    assert_eq!(pieces(read(&mut counter, &SLOW, 41, 36_060)), Some(1));
}

#[test]
fn a_counter_seen_at_zero_began_again_and_counts_on() {
    let mut counter = standing_at(1427);
    assert_eq!(pieces(read(&mut counter, &SLOW, 0, 60)), Some(0));
    assert_eq!(pieces(read(&mut counter, &SLOW, 2, 180)), Some(2));
}

#[test]
fn what_was_counted_before_an_unseen_beginning_is_a_question() {
    let began = read(&mut standing_at(1427), &SLOW, 3, 300);
    assert_eq!(question(began), (Doubt::BeganAgain, 3, 6));
    let set_back = read(&mut standing_at(1427), &SLOW, 1400, 60);
    assert_eq!(question(set_back), (Doubt::SetBack, 0, 2));
    let lifetime = Rules { resets: false, ..SLOW };
    let less = read(&mut standing_at(1427), &lifetime, 3, 300);
    assert_eq!(question(less).0, Doubt::SetBack, "one that never begins again was tampered with");
}

#[test]
fn an_outage_leaves_no_question_behind_a_total_that_cannot_have_begun_again() {
    let mut counter = standing_at(1427);
    counter.lose();
    assert_eq!(pieces(read(&mut counter, &SLOW, 1429, 120)), Some(2));
}

#[test]
fn an_outage_leaves_a_question_behind_a_total_that_may_have_begun_again() {
    let mut counter = standing_at(3);
    counter.lose();
    let back = read(&mut counter, &SLOW, 5, 600);
    assert_eq!(question(back), (Doubt::MayHaveBegunAgain, 2, 11));
    let mut counter = standing_at(3);
    counter.lose();
    let lifetime = Rules { resets: false, ..SLOW };
    assert_eq!(pieces(read(&mut counter, &lifetime, 5, 600)), Some(2));
}

#[test]
fn the_very_value_of_before_an_outage_is_no_question() {
    let mut counter = standing_at(3);
    counter.lose();
    assert_eq!(counter.read(&SLOW, &shows(3, 0), second(600)), Count::Nothing);
    let mut counter = standing_at(3);
    counter.lose();
    let again = read(&mut counter, &SLOW, 3, 600);
    assert_eq!(question(again).0, Doubt::MayHaveBegunAgain, "one that is only like it is");
}

#[test]
fn a_counter_runs_over_its_largest_total() {
    let rules = Rules { rollover: Some(999), resets: false, ..SLOW };
    assert_eq!(pieces(read(&mut standing_at(998), &rules, 1, 240)), Some(3));
    let mut counter = standing_at(998);
    counter.lose();
    assert_eq!(pieces(read(&mut counter, &rules, 1, 240)), Some(3));
    // Near the top it may have been set to zero as well.
    let both = Rules { resets: true, ..rules };
    assert_eq!(question(read(&mut standing_at(998), &both, 1, 240)), (Doubt::RanOver, 1, 5));
    // After a long time it may have gone round more than once.
    let mut counter = standing_at(500);
    counter.lose();
    assert_eq!(question(read(&mut counter, &rules, 510, 90_000)), (Doubt::RanOver, 10, 1_501));
}

#[test]
fn unavailable_and_nonsense_count_nothing_and_break_the_line() {
    for value in [Value::Unavailable, Value::Nonsense("-1".to_owned())] {
        let mut counter = standing_at(3);
        let reading = Reading { value, ..shows(0, 10) };
        assert_eq!(counter.read(&SLOW, &reading, second(10)), Count::Nothing);
        assert!(counter.is_broken);
        counter.quiet(second(500));
        assert_eq!(question(read(&mut counter, &SLOW, 5, 600)).0, Doubt::MayHaveBegunAgain);
    }
}

#[test]
fn a_clock_that_was_set_back_questions_one_reading_at_most() {
    let mut counter = standing_at(1_000);
    assert_eq!(pieces(read(&mut counter, &SLOW, 1_060, 3_600)), Some(60));
    // The machine's clock says ten minutes, ours goes on.
    let back = counter.read(&SLOW, &shows(1_061, 600), second(3_660));
    assert_eq!(pieces(back), Some(1));
    assert_eq!(pieces(counter.read(&SLOW, &shows(1_063, 720), second(3_780))), Some(2));
}

#[test]
fn a_clock_that_was_corrected_after_a_quiet_hour_questions_no_reading_for_an_hour() {
    let mut counter = standing_at(1_000);
    counter.quiet(second(7_200));
    // It was an hour ahead, and is not any more.
    assert_eq!(pieces(counter.read(&SLOW, &shows(1_002, 3_720), second(3_720))), Some(2));
    assert_eq!(pieces(counter.read(&SLOW, &shows(1_004, 3_840), second(3_840))), Some(2));
    let mut counter = standing_at(1_000);
    counter.quiet(second(7_200));
    counter.quiet(second(3_700));
    assert_eq!(counter.known_at, Some(second(3_700)));
}

#[test]
fn a_machine_that_tells_seldom_says_so_and_is_believed() {
    let told_within = 300;
    let seldom = Rules { told_within, ..SLOW };
    let mut counter = standing_at(1_000);
    counter.quiet(second(299));
    assert_eq!(question(read(&mut counter.clone(), &SLOW, 1_005, 300)).0, Doubt::TooFast);
    assert_eq!(pieces(read(&mut counter, &seldom, 1_005, 300)), Some(5));
}

/// What happens to a machine, or to the line.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// It counts, as fast as it can, so often; all of it is told.
    Counts(u8),
    /// It counts so often and is told once, at the end.
    CountsUntold(u8),
    /// Somebody sets it to zero.
    Resets,
    /// Nobody hears it from now on.
    Lost,
    /// It is heard again.
    Heard,
    /// So many seconds pass.
    Waits(u16),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (1_u8..20).prop_map(Happening::Counts),
        2 => (1_u8..20).prop_map(Happening::CountsUntold),
        2 => Just(Happening::Resets),
        2 => Just(Happening::Lost),
        3 => Just(Happening::Heard),
        2 => (0_u16..2_000).prop_map(Happening::Waits),
    ]
}

/// The machine, and what is believed of it.
struct Watched {
    rules: Rules,
    now: i64,
    total: u64,
    is_heard: bool,
    counter: Counter,
    made: u64,
    counted: u64,
    least: u64,
    most: u64,
}

impl Watched {
    fn tell(&mut self) {
        if !self.is_heard {
            return;
        }
        match read(&mut self.counter, &self.rules, self.total, self.now) {
            Count::Nothing => {}
            Count::Pieces { pieces, .. } => self.counted += pieces,
            Count::Question(it) => {
                self.least += it.least;
                self.most += it.most;
            }
        }
    }

    fn count(&mut self) {
        self.now += 3_600 / i64::from(self.rules.per_hour);
        self.made += u64::from(self.rules.pieces);
        self.total = if self.rules.rollover == Some(self.total) { 0 } else { self.total + 1 };
    }

    fn happens(&mut self, what: Happening) {
        match what {
            Happening::Counts(times) => {
                for _ in 0..times {
                    self.count();
                    self.tell();
                }
            }
            Happening::CountsUntold(times) => {
                (0..times).for_each(|_| self.count());
                self.tell();
            }
            Happening::Resets if self.rules.resets => {
                self.total = 0;
                self.tell();
            }
            Happening::Resets => {}
            Happening::Lost => {
                self.is_heard = false;
                self.counter.lose();
            }
            Happening::Heard => {
                self.is_heard = true;
                self.tell();
            }
            Happening::Waits(seconds) => {
                self.now += i64::from(seconds);
                if self.is_heard {
                    self.counter.quiet(second(self.now));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_was_made_lies_between_what_is_counted_and_what_is_in_question(
        start in 0_u64..60,
        rollover in prop_oneof![Just(None), Just(Some(99_u64)), Just(Some(9_999))],
        resets in any::<bool>(),
        pieces in 1_u32..5,
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let rules = Rules { pieces, per_hour: 360, rollover, resets, told_within: TOLD_WITHIN };
        let mut watched = Watched {
            rules, now: 0, total: start, is_heard: true, counter: Counter::default(),
            made: 0, counted: 0, least: 0, most: 0,
        };
        watched.tell();
        for what in happenings {
            watched.happens(what);
        }
        watched.happens(Happening::Heard);
        let Watched { made, counted, least, most, .. } = watched;
        prop_assert!(counted <= made, "invented: {counted} counted of {made} made");
        prop_assert!(counted + least <= made, "{counted} + {least} of {made}");
        prop_assert!(made <= counted + most, "lost: {counted} + {most} of {made}");
    }
}
