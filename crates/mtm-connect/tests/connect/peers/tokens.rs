//! The state machine of tokens under any order of events.

use std::time::Duration;

use mtm_connect::credential::oauth2::Given;
use mtm_connect::credential::oauth2::tokens::{Step, Tokens};
use mtm_connect::credential::{CredentialError, Denial};
use mtm_connect::secret::Secret;
use mtm_core::word::Timestamp;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Event {
    /// Somebody wants a token.
    Want,
    /// Time goes by, or the clock is set back, in seconds.
    Wait(i64),
    /// The request that is under way is answered by a token that counts for so long, or says nothing of that.
    Given(Option<u64>),
    /// It is answered by a no, or not at all.
    Failed(Option<u64>),
    /// Whoever made it is gone.
    GivenUp,
    /// The newest token that somebody was given, or the one before, is refused.
    Refused(bool),
    /// The secret is another one.
    Changed,
}

fn event() -> impl Strategy<Value = Event> {
    let lifetime = prop_oneof![Just(1), 2..120_u64, 120..4_000_u64, Just(u64::MAX / 2)];
    prop_oneof![
        4 => Just(Event::Want),
        3 => prop_oneof![0..5_i64, 5..700_i64, -1_000..0_i64].prop_map(Event::Wait),
        2 => prop::option::of(lifetime).prop_map(Event::Given),
        1 => prop::option::of(0..5_000_u64).prop_map(Event::Failed),
        1 => Just(Event::GivenUp),
        2 => any::<bool>().prop_map(Event::Refused),
        1 => Just(Event::Changed),
    ]
}

/// What a test knows of a token beside the machine.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Seconds at which it is over by its server's word.
    over: i64,
    refused: bool,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn whatever_happens_one_request_is_under_way_and_no_token_is_used_that_does_not_count(
        events in prop::collection::vec(event(), 1..120),
        seed in any::<u64>(),
    ) {
        let mut tokens = Tokens::new(seed);
        let mut now = 1_900_000_000_i64;
        let mut asked_at = None;
        let mut known: Vec<Known> = Vec::new();
        let mut used = (0, 0);
        for event in events {
            match event {
                Event::Wait(seconds) => now += seconds,
                Event::Want => match tokens.step(at(now)) {
                    step @ (Step::Use(_) | Step::UseAndAsk(_)) => {
                        let asks = matches!(step, Step::UseAndAsk(_));
                        let (Step::Use(token) | Step::UseAndAsk(token)) = step else { unreachable!() };
                        prop_assert_eq!(usize::try_from(token.number).unwrap(), known.len(), "not the newest");
                        let it = known[known.len() - 1];
                        prop_assert!(now < it.over, "it is over");
                        prop_assert!(!it.refused, "it was refused");
                        if token.number != used.0 {
                            used = (token.number, used.0);
                        }
                        if asks {
                            prop_assert_eq!(asked_at, None, "two requests");
                            asked_at = Some(now);
                        }
                    }
                    Step::Ask => {
                        prop_assert_eq!(asked_at, None, "two requests");
                        asked_at = Some(now);
                    }
                    Step::Wait => prop_assert!(asked_at.is_some(), "nobody asks, and somebody waits"),
                    Step::Fail(_) => prop_assert!(asked_at.is_none() && tokens.failed().is_some()),
                },
                Event::Given(lifetime) => if let Some(asked) = asked_at.take() {
                    let token = Secret::of(known.len().to_string().as_bytes());
                    let lifetime = lifetime.map(Duration::from_secs);
                    tokens.answered(Ok(Given { token, lifetime }), at(asked), at(now));
                    let lasts = lifetime.map_or(300, |it| it.as_secs().min(86_400));
                    let over = asked + i64::try_from(lasts).unwrap();
                    known.push(Known { over, refused: false });
                },
                Event::Failed(pause) => if let Some(asked) = asked_at.take() {
                    let error = match pause {
                        Some(seconds) => CredentialError::Away {
                            why: "later".to_owned(),
                            asked: Some(Duration::from_secs(seconds)),
                        },
                        None => CredentialError::Denied(Denial::InvalidClient),
                    };
                    tokens.answered(Err(error), at(asked), at(now));
                },
                Event::GivenUp => if asked_at.take().is_some() {
                    tokens.given_up();
                },
                Event::Refused(newest) => {
                    let number = if newest { used.0 } else { used.1 };
                    let before = tokens.held().map(|it| it.number);
                    let another = tokens.refused(number, at(now));
                    let is_held = before == Some(number) && number > 0;
                    if is_held && another {
                        known[usize::try_from(number).unwrap() - 1].refused = true;
                    }
                    prop_assert!(is_held || another, "a newer one is there, or may be had");
                }
                Event::Changed => tokens.changed(),
            }
        }
        // It always ends: whoever goes on asking and is answered gets a token.
        if asked_at.take().is_some() {
            tokens.given_up();
        }
        now += 4_000;
        let mut step = tokens.step(at(now));
        if matches!(step, Step::Fail(_)) {
            // A clock that was set back before: the longest pause is over all the same.
            now += 4_000;
            step = tokens.step(at(now));
        }
        match step {
            Step::Use(_) => {}
            Step::Ask | Step::UseAndAsk(_) => {
                let (token, lifetime) = (Secret::of(b"last"), None);
                tokens.answered(Ok(Given { token, lifetime }), at(now), at(now));
                prop_assert!(matches!(tokens.step(at(now)), Step::Use(_)));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
