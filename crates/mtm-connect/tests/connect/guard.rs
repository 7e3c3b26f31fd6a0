//! The guard as a whole: calls at the same time, under a clock that is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use mtm_connect::guard::{Cause, Guard, Hold, Repeatable, Settings, State, Unanswered, Verdict};
use mtm_core::word::Timestamp;
use mtm_testkit::proof::{evidence, number};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

/// A guard whose moments are those of the test's own time.
fn guard(settings: Settings, seed: u64) -> Guard {
    let began = Instant::now();
    let moments = move || {
        Timestamp::from_micros(1_000_000 + i64::try_from(began.elapsed().as_micros()).unwrap())
    };
    Guard::new(settings, seed, Arc::new(moments))
}

fn quick() -> Settings {
    Settings {
        least_calls: 4,
        pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(8),
        slow: Duration::from_secs(2),
        deadline: Duration::from_secs(4),
        ..Settings::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a guard hands over what it keeps")]
fn judge(answer: &Result<u16, u16>) -> Verdict {
    match answer {
        Ok(status) | Err(status) => Verdict::of_answer(*status, None),
    }
}

async fn call(guard: &Guard, status: u16) -> Result<u16, Unanswered<u16>> {
    guard.once(judge, async { if status < 300 { Ok(status) } else { Err(status) } }).await
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_fails_is_left_alone_and_tried_by_one_call() {
    let guard = guard(quick(), 1);
    // guide: alone
    for _ in 0..4 {
        assert_eq!(call(&guard, 503).await, Err(Unanswered::Failed(503)));
    }
    let refused = call(&guard, 200).await.unwrap_err();
    assert!(matches!(refused, Unanswered::Refused(it) if it.cause == Cause::Open), "{refused:?}");
    sleep(Duration::from_secs(1)).await;
    // All come back at once; one of them is let through.
    let reached = AtomicUsize::new(0);
    let all = (0..20).map(|_| {
        guard.once(judge, async {
            reached.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(10)).await;
            Ok::<u16, u16>(200)
        })
    });
    let ended = join_all(all).await;
    assert_eq!(reached.load(Ordering::SeqCst), 1);
    assert_eq!(ended.iter().filter(|it| it.is_ok()).count(), 1);
    // guide: end
    let view = guard.view();
    assert_eq!((view.state, view.in_flight, view.counts.opened), (State::Closed, 0, 1));
    assert_eq!(view.counts.refused_by(Cause::Open), 20);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_no_to_what_it_is_sent_is_called_on() {
    let guard = guard(quick(), 1);
    // guide: no
    for status in [400, 403, 404, 409, 422].into_iter().cycle().take(1_000) {
        assert_eq!(call(&guard, status).await, Err(Unanswered::Failed(status)));
    }
    assert_eq!(guard.view().counts.said_no, 1_000);
    assert_eq!(guard.state(), State::Closed);
    // guide: end
}

#[tokio::test(start_paused = true)]
async fn what_never_ends_is_given_up_at_the_deadline_and_one_that_is_slow_is_left_alone() {
    let guard = guard(quick(), 1);
    let forever = guard.once(judge, std::future::pending::<Result<u16, u16>>());
    assert_eq!(forever.await, Err(Unanswered::TimedOut(Duration::from_secs(4))));
    let slow = || {
        guard.once(judge, async {
            sleep(Duration::from_secs(3)).await;
            Ok::<u16, u16>(200)
        })
    };
    for _ in 0..3 {
        assert_eq!(slow().await, Ok(200));
    }
    assert_eq!(guard.state(), State::Open);
    assert_eq!((guard.view().slow, guard.view().failed), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_time_is_given_it() {
    let guard = guard(quick(), 1);
    let asked = Some(Duration::from_secs(120));
    let busy = |_: &Result<u16, u16>| Verdict::of_answer(429, asked);
    let repeatable = Repeatable::under("7").unwrap();
    let calls = AtomicUsize::new(0);
    let told = guard.again(repeatable, busy, || async {
        calls.fetch_add(1, Ordering::SeqCst);
        Err::<u16, u16>(429)
    });
    assert_eq!(told.await, Err(Unanswered::Failed(429)));
    assert_eq!(calls.load(Ordering::SeqCst), 1, "not again while it asks for time");
    sleep(Duration::from_secs(119)).await;
    assert!(guard.shut().is_some());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(call(&guard, 200).await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn only_what_may_be_sent_twice_is_and_within_its_budget() {
    let patient = Settings { least_calls: 1_000_000, ..quick() };
    let guard = guard(patient, 1);
    let calls = AtomicUsize::new(0);
    let failing = || async {
        calls.fetch_add(1, Ordering::SeqCst);
        Err::<u16, u16>(503)
    };
    assert_eq!(Repeatable::under(" "), None, "without a key it is sent once");
    guard.once(judge, failing()).await.unwrap_err();
    assert_eq!(calls.swap(0, Ordering::SeqCst), 1);
    guard.again(Repeatable::reading(), judge, failing).await.unwrap_err();
    assert_eq!(calls.swap(0, Ordering::SeqCst), 3);
    for _ in 0..1_000 {
        guard.again(Repeatable::reading(), judge, failing).await.unwrap_err();
    }
    let repeated = calls.load(Ordering::SeqCst) - 1_000;
    assert!((100..=110).contains(&repeated), "{repeated} of a thousand were repeated");
}

#[tokio::test(start_paused = true)]
async fn a_hold_wins_over_everything() {
    let guard = guard(quick(), 1);
    assert!(guard.hold(Hold::Open) && !guard.hold(Hold::Open));
    sleep(Duration::from_secs(86_400)).await;
    let refused = call(&guard, 200).await.unwrap_err();
    assert!(matches!(refused, Unanswered::Refused(it) if it.cause == Cause::Held), "{refused:?}");
    guard.hold(Hold::Closed);
    for _ in 0..100 {
        assert_eq!(call(&guard, 503).await, Err(Unanswered::Failed(503)));
    }
    guard.hold(Hold::Automatic);
    assert_eq!(call(&guard, 200).await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_nobody_waits_for_any_more_is_made_by_another() {
    let guard = guard(quick(), 1);
    for _ in 0..4 {
        call(&guard, 503).await.unwrap_err();
    }
    sleep(Duration::from_secs(1)).await;
    let probe = guard.admit().unwrap();
    assert!(probe.is_probe());
    assert_eq!(guard.admit().unwrap_err().cause, Cause::Open);
    drop(probe);
    let probe = guard.admit().unwrap();
    // One that is neither dropped nor told counts as failed at its deadline.
    sleep(Duration::from_secs(4)).await;
    assert_eq!(guard.view().state, State::Open);
    probe.ended(Verdict::Taken);
    assert_eq!(guard.view().state, State::Open, "its late word is heard by nobody");
}

#[tokio::test(start_paused = true)]
async fn so_many_calls_in_a_second_and_so_many_at_once() {
    let guard = guard(Settings { per_second: 5, at_once: 2, waiting: 3, ..quick() }, 1);
    let begun = AtomicUsize::new(0);
    let all = (0..20).map(|_| {
        guard.once(judge, async {
            begun.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(1)).await;
            Ok::<u16, u16>(200)
        })
    });
    let ended = join_all(all).await;
    assert_eq!(begun.load(Ordering::SeqCst), 5, "two inside and three that waited");
    let refused = |cause| {
        let is =
            |it: &&Result<_, _>| matches!(it, Err(Unanswered::Refused(it)) if it.cause == cause);
        ended.iter().filter(is).count()
    };
    assert_eq!((refused(Cause::Busy), refused(Cause::Rate)), (15, 0));
    let refusal = guard.admit().unwrap_err();
    assert_eq!(refusal.cause, Cause::Rate);
    assert!(refusal.until.is_some());
}

/// Who wants to call one that is left alone is told so at once, however many there are. Timed at full size
/// only (`MTM_GUARD_CALLS`).
#[test]
fn while_it_is_left_alone_everybody_is_refused_at_once() {
    const CALLERS: u64 = 16;
    const ALL: u64 = 1_000_000;
    let calls = number("MTM_GUARD_CALLS", 16_000) / CALLERS;
    let began = std::time::Instant::now();
    let moments =
        move || Timestamp::from_micros(i64::try_from(began.elapsed().as_micros()).unwrap());
    let hour = Duration::from_secs(3_600);
    let settings = Settings { pause: hour, longest_pause: hour, ..Settings::default() };
    let guard = Guard::new(settings, 1, Arc::new(moments));
    for _ in 0..10 {
        guard.admit().unwrap().ended(Verdict::FAILED);
    }
    let took = || {
        let asked = std::time::Instant::now();
        assert_eq!(guard.admit().unwrap_err().cause, Cause::Open);
        asked.elapsed()
    };
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let caller = |_| scope.spawn(|| (0..calls).map(|_| took()).collect::<Vec<_>>());
        let callers: Vec<_> = (0..CALLERS).map(caller).collect();
        callers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(guard.view().counts.refused_by(Cause::Open), calls * CALLERS);
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    let worst = times[times.len() - 1];
    evidence(format_args!(
        "{} calls refused by {CALLERS} callers at once: 99 of 100 within {p99:?}, the worst {worst:?}",
        times.len()
    ));
    assert!(calls * CALLERS < ALL || p99 < Duration::from_millis(5), "{p99:?}");
}

/// What happens while many call at once.
#[derive(Debug, Clone)]
enum Act {
    Call { after: u64, takes: u64, status: u16, given_up_after: Option<u64> },
    Hold { after: u64, hold: Hold },
}

fn act() -> impl Strategy<Value = Act> {
    let status = prop_oneof![Just(200_u16), Just(422), Just(429), Just(503), Just(500)];
    let hold = prop_oneof![Just(Hold::Automatic), Just(Hold::Open), Just(Hold::Closed)];
    prop_oneof![
        12 => (0_u64..60_000, 0_u64..6_000, status, prop::option::of(0_u64..3_000)).prop_map(
            |(after, takes, status, given_up_after)| {
                Act::Call { after, takes, status, given_up_after }
            }
        ),
        1 => (0_u64..60_000, hold).prop_map(|(after, hold)| Act::Hold { after, hold }),
    ]
}

/// Runs everything at its time; gives how it ended, for whoever compares runs.
async fn run(acts: Vec<Act>, seed: u64) -> String {
    let guard = guard(quick(), seed);
    let inside = AtomicI64::new(0);
    let all = acts.into_iter().map(|act| {
        let (guard, inside) = (guard.clone(), &inside);
        async move {
            match act {
                Act::Hold { after, hold } => {
                    sleep(Duration::from_millis(after)).await;
                    guard.hold(hold);
                    String::new()
                }
                Act::Call { after, takes, status, given_up_after } => {
                    sleep(Duration::from_millis(after)).await;
                    let called = guard.once(judge, async {
                        let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                        assert!(now <= 8 || guard.view().hold != Hold::Automatic, "{now} at once");
                        let view = guard.view();
                        assert!(view.hold != Hold::Open, "let through while it was held open");
                        assert!(view.state != State::Open, "let through while it was open");
                        let _leaves = Leaves(inside);
                        sleep(Duration::from_millis(takes)).await;
                        if status < 300 { Ok(status) } else { Err(status) }
                    });
                    let patience = given_up_after.unwrap_or(u64::MAX >> 20);
                    let limited = tokio::time::timeout(Duration::from_millis(patience), called);
                    format!("{:?}", limited.await)
                }
            }
        }
    });
    let ended = join_all(all).await;
    // Whatever happened, a peer that is well again is called within one interval of probes.
    guard.hold(Hold::Automatic);
    sleep(quick().longest_pause + quick().deadline).await;
    assert_eq!(call(&guard, 200).await, Ok(200));
    let view = guard.view();
    assert_eq!((view.state, view.in_flight), (State::Closed, 0));
    assert_eq!(inside.load(Ordering::SeqCst), 0);
    format!("{ended:?} {:?}", view.counts)
}

struct Leaves<'a>(&'a AtomicI64);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_at_once_the_rules_hold_and_a_seed_replays_it(
        acts in prop::collection::vec(act(), 1..120), seed: u64,
    ) {
        let once = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_time().start_paused(true).build().unwrap();
            runtime.block_on(run(acts.clone(), seed))
        };
        prop_assert_eq!(once(), once());
    }
}
