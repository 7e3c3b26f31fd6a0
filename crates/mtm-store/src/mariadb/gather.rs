//! Bookings that come in at the same time are decided one on the other and written by one call:
//! sixteen of them cost the server little more than one, and share its commit.
//!
//! Nobody waits for company: while one group is at the server, the next gathers. A second lane is
//! for many, and for when the first is held up; what is at the server in one of them is not
//! touched by the other.
//!
//! This is the fast way, not the careful one. Whatever is not plain success (a refusal, a key that
//! was seen, a race lost again and again) goes the way of [`post`](super::post) by itself, and so
//! does, under its key, what nobody knows to be written or not.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mtm_core::outcome::Verdict;
use tokio::sync::oneshot;
use tokio::time;

use super::books::{Apart, Draft, stands_alone};
use super::connect::Held;
use super::engine::Shared;
use super::fault::{is_away, is_conflict};
use super::post::{ANSWER, call, nothing_written};
use super::rows::Rows;
use super::turn::wanted;
use super::{follow, late, posting};
use crate::fault::Fault;
use crate::sql::Wire;
use crate::submission::{Answer, Mode, Submission};
use crate::write::{Failure, stored};

/// Groups that may be at the server at once.
const LANES: usize = 2;
/// How many must wait for a second group to go beside the first. Fewer are better off together: the
/// commit and the statements of a call cost the server as much as ten bookings.
const MANY: usize = 32;
/// After what time without an answer the first lane may be held up, by somebody's lock or a server
/// that is going away.
const HELD_UP: Duration = Duration::from_millis(20);
/// Most bookings of a group.
const MOST: usize = 64;
/// How often a group is decided again because others were faster.
const ATTEMPTS: u32 = 4;

/// How a booking among others ended.
pub(super) enum Gathered {
    Answered(Answer),
    /// Nothing was written: it goes by itself.
    Apart,
    /// Nothing was written, or what was written is found again under the key.
    Again(Fault),
    Failed(Fault),
}

/// A booking that waits for its group.
struct Waiting {
    submission: Arc<Submission>,
    /// What others may want as well.
    wants: Option<u64>,
    answer: oneshot::Sender<Gathered>,
}

/// What waits, and what is under way.
#[derive(Default)]
pub(super) struct Gathering {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// What the groups at the server want.
    busy: HashSet<u64>,
    lanes: usize,
}

impl Gathering {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a booking with the others. Whether a lane has to be opened for it.
    fn add(&self, waiting: Waiting) -> bool {
        let mut state = self.state();
        state.waiting.push_back(waiting);
        let opens = state.lanes == 0 || (state.lanes < LANES && state.waiting.len() >= MANY);
        state.lanes += usize::from(opens);
        opens
    }

    /// Whether a lane has to be opened because those that wait have waited long.
    fn is_held_up(&self) -> bool {
        let mut state = self.state();
        let opens = state.lanes < LANES && !state.waiting.is_empty();
        state.lanes += usize::from(opens);
        opens
    }

    /// The next group, in order of arrival; what another lane is busy with waits for it. Where
    /// there is nothing to take, or so little that it goes with the other lane's next group, the
    /// lane is closed. Not for little that was `held_up`.
    fn next(&self, held_up: bool) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        if !held_up && state.lanes > 1 && state.waiting.len() < MANY {
            state.lanes -= 1;
            return None;
        }
        let mut group = Vec::new();
        let mut left = VecDeque::new();
        while let Some(waiting) = state.waiting.pop_front() {
            let is_free = waiting.wants.is_none_or(|wants| !state.busy.contains(&wants));
            if is_free && group.len() < MOST {
                group.push(waiting);
            } else {
                left.push_back(waiting);
            }
        }
        state.waiting = left;
        if group.is_empty() {
            state.lanes -= 1;
            return None;
        }
        let wants: Vec<u64> = group.iter().filter_map(|waiting| waiting.wants).collect();
        state.busy.extend(wants);
        Some(group)
    }

    fn done(&self, wants: &[u64]) {
        let mut state = self.state();
        for wants in wants {
            state.busy.remove(wants);
        }
    }
}

impl Shared {
    /// Books `submission` together with others, if it is one that can be.
    pub(super) async fn gather(self: &Arc<Self>, submission: &Arc<Submission>) -> Gathered {
        let [command] = submission.commands.as_slice() else { return Gathered::Apart };
        if submission.mode != Mode::Commit || !submission.atomic || stands_alone(&command.action) {
            return Gathered::Apart;
        }
        if late::holds_late(self, submission) {
            return Gathered::Apart;
        }
        let (answer, mut answered) = oneshot::channel();
        let wants = wanted(&submission.commands);
        let opens =
            self.gathering.add(Waiting { submission: Arc::clone(submission), wants, answer });
        if opens {
            self.open_lane(false);
        }
        let answered = loop {
            match time::timeout(HELD_UP, &mut answered).await {
                Ok(answered) => break answered,
                Err(_) if self.gathering.is_held_up() => self.open_lane(true),
                Err(_) => {}
            }
        };
        answered.unwrap_or_else(|_| {
            let unknown = Fault::Ambiguous("the work on the booking did not end".to_owned());
            unless_keyed(submission, &unknown)
        })
    }

    /// It ends by itself when nothing waits any more; every booking waits for its answer.
    fn open_lane(self: &Arc<Self>, held_up: bool) {
        let shared = Arc::clone(self);
        drop(self.runtime.spawn_blocking(move || run(&shared, held_up)));
    }
}

/// What nobody knows to be written is sent again only under a key.
fn unless_keyed(submission: &Submission, fault: &Fault) -> Gathered {
    if submission.key.is_some() || !matches!(fault, Fault::Ambiguous(_)) {
        Gathered::Again(fault.clone())
    } else {
        Gathered::Failed(fault.clone())
    }
}

/// A connection and its place. The connection is given back first.
type Line = (Wire, Held);

/// Works on groups until nothing waits.
fn run(shared: &Shared, mut held_up: bool) {
    let mut line = None;
    while let Some(group) = shared.gathering.next(std::mem::take(&mut held_up)) {
        let busy: Vec<u64> = group.iter().filter_map(|waiting| waiting.wants).collect();
        let before = line.take();
        // Whose group panics hears that nobody knows; the others wait for this lane.
        line = catch_unwind(AssertUnwindSafe(|| book(shared, before, group))).unwrap_or(None);
        shared.gathering.done(&busy);
    }
}

/// Books a group and answers everybody in it. The connection, where it is still good.
fn book(shared: &Shared, line: Option<Line>, group: Vec<Waiting>) -> Option<Line> {
    let fresh = || {
        let (connection, held) = shared.runtime.block_on(shared.writers.acquire())?.apart();
        let wire = Wire::new(connection, shared.runtime.clone());
        wire.answer_within(ANSWER);
        Ok((wire, held))
    };
    // Everybody may have gone to another server meanwhile.
    let line = line.filter(|(_, held)| !held.is_elsewhere());
    let (wire, held) = match line.map_or_else(fresh, Ok) {
        Ok(line) => line,
        Err(fault) => {
            answer_all(group, &fault);
            return None;
        }
    };
    match decide_and_write(shared, &wire, &group) {
        Ok(answers) => {
            for (waiting, answer) in group.into_iter().zip(answers) {
                // Whoever went away meanwhile finds the answer under the key.
                let _ = waiting.answer.send(answer.map_or(Gathered::Apart, Gathered::Answered));
            }
            Some((wire, held))
        }
        Err(failure) => {
            let away = is_away(&failure);
            answer_all(group, &failure.into());
            held.settle(wire.into_inner(), Some(away), &shared.runtime);
            None
        }
    }
}

fn answer_all(group: Vec<Waiting>, fault: &Fault) {
    for waiting in group {
        let gathered = match fault {
            Fault::Transient(_) | Fault::Ambiguous(_) => unless_keyed(&waiting.submission, fault),
            // Perhaps only one of them is to blame.
            _ => Gathered::Apart,
        };
        let _ = waiting.answer.send(gathered);
    }
}

/// An answer for everybody whose booking was written; nothing for the others.
fn decide_and_write(
    shared: &Shared,
    wire: &Wire,
    group: &[Waiting],
) -> Result<Vec<Option<Answer>>, Failure> {
    for attempt in 1..=ATTEMPTS {
        match attempt_to_write(shared, wire, group) {
            Ok(Some(answers)) => return Ok(answers),
            Ok(None) => break,
            Err(Failure::Stale) => {}
            Err(Failure::Server(error)) if is_conflict(&error) => {}
            Err(failure) => return Err(failure),
        }
        follow::refresh(shared, wire).map_err(nothing_written)?;
        std::thread::sleep(shared.pause(attempt).min(Duration::from_millis(5)));
    }
    Ok(group.iter().map(|_| None).collect())
}

/// Nothing where one of the keys was seen.
fn attempt_to_write(
    shared: &Shared,
    wire: &Wire,
    group: &[Waiting],
) -> Result<Option<Vec<Option<Answer>>>, Failure> {
    let mut draft = Draft::new(shared, wire, Apart::Same(wire));
    let commands: Vec<_> = group.iter().flat_map(|waiting| &waiting.submission.commands).collect();
    draft.expect(&commands).map_err(nothing_written)?;
    let (mut answers, mut keys) = (Vec::with_capacity(group.len()), Rows::default());
    for waiting in group {
        let submission = &*waiting.submission;
        let [command] = submission.commands.as_slice() else { return Err(Failure::Stale) };
        let outcome = match draft.decide(command, submission.traceparent.as_deref()) {
            Ok((_, outcome)) => outcome,
            Err(Failure::Refused(_)) => {
                answers.push(None);
                continue;
            }
            Err(failure) => return Err(nothing_written(failure)),
        };
        let at = outcome.recorded_at;
        let verdicts = vec![Verdict::Accepted(outcome)];
        if let Some(key) = &submission.key {
            posting::key(&mut keys, key, command, at, &stored::encode(&verdicts)?)?;
        }
        answers.push(Some(Answer { replayed: false, verdicts }));
    }
    if answers.iter().all(Option::is_none) {
        return Ok(None);
    }
    match &*call(wire, keys, &mut draft.set)? {
        "done" => Ok(Some(answers)),
        "stale" => Err(Failure::Stale),
        // Replayed, reused or one of several seen: each finds out for itself.
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(wants: Option<u64>) -> Waiting {
        let submission = Submission {
            key: None,
            commands: Vec::new(),
            atomic: true,
            mode: Mode::Commit,
            traceparent: None,
        };
        Waiting { submission: Arc::new(submission), wants, answer: oneshot::channel().0 }
    }

    fn wants(group: Option<Vec<Waiting>>) -> Vec<Option<u64>> {
        group.unwrap_or_default().iter().map(|waiting| waiting.wants).collect()
    }

    #[test]
    fn what_one_lane_is_busy_with_waits_for_it_in_order() {
        let gathering = Gathering::default();
        assert!(gathering.add(waiting(Some(1))));
        assert_eq!(wants(gathering.next(false)), [Some(1)]);
        for it in [Some(1), None, Some(2), Some(1)] {
            assert!(!gathering.add(waiting(it)));
        }
        // Another lane is opened when they have waited long, and no third.
        assert!(gathering.is_held_up());
        assert!(!gathering.is_held_up());
        assert_eq!(wants(gathering.next(true)), [None, Some(2)]);
        // Nothing can be taken: that lane closes, and the first one takes it when it is done.
        gathering.done(&[2]);
        assert!(gathering.next(true).is_none());
        gathering.done(&[1]);
        assert_eq!(wants(gathering.next(false)), [Some(1), Some(1)]);
        gathering.done(&[1]);
        assert!(gathering.next(false).is_none());
        assert_eq!(gathering.state().lanes, 0);
    }

    #[test]
    fn few_wait_for_the_lane_that_is_open_and_many_open_another() {
        let gathering = Gathering::default();
        assert!(gathering.add(waiting(None)));
        assert_eq!(wants(gathering.next(false)).len(), 1);
        for _ in 1..MANY {
            assert!(!gathering.add(waiting(None)));
        }
        assert!(gathering.add(waiting(None)), "the second lane");
        assert!(!gathering.add(waiting(None)), "and no third");
        assert_eq!(wants(gathering.next(false)).len(), MANY + 1);
        // Few are left to whichever lane is the last one: none is left alone.
        assert!(!gathering.add(waiting(None)));
        assert!(gathering.next(false).is_none());
        assert_eq!(wants(gathering.next(false)).len(), 1);
        assert!(gathering.next(false).is_none());
        assert_eq!(gathering.state().lanes, 0);
        assert!(!gathering.is_held_up(), "nobody waits");
    }

    #[test]
    fn a_group_has_a_bound_and_the_rest_is_the_next_one() {
        let gathering = Gathering::default();
        assert!(gathering.add(waiting(None)));
        for _ in 0..MOST {
            gathering.add(waiting(None));
        }
        assert_eq!(wants(gathering.next(false)).len(), MOST);
        assert_eq!(wants(gathering.next(true)).len(), 1);
    }

    #[test]
    fn only_what_has_a_key_is_sent_again_when_nobody_knows() {
        let mut submission = waiting(None).submission;
        let cut = Fault::Ambiguous("cut".to_owned());
        assert!(matches!(unless_keyed(&submission, &cut), Gathered::Failed(_)));
        let away = Fault::Transient("away".to_owned());
        assert!(matches!(unless_keyed(&submission, &away), Gathered::Again(_)));
        let key = crate::IdempotencyKey {
            key: "k".to_owned(),
            fingerprint: [0; 32],
            user: mtm_core::word::UserId(1),
        };
        Arc::get_mut(&mut submission).unwrap().key = Some(key);
        assert!(matches!(unless_keyed(&submission, &cut), Gathered::Again(_)));
    }
}
