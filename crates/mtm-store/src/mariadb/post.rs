//! Bookings: read, decide, call; once more when somebody else was faster.
//!
//! A single command is read without a transaction and written by one call of `mtm_post_v3`, which
//! commits it: the versions it was decided on are the proof that nothing changed in between.
//! Several commands are one transaction around as many calls of `mtm_apply_v3`.
//!
//! Nothing is lost to a cut connection: under a key the whole command is simply sent again. If
//! the first attempt was committed, or is about to be, the second waits for its key and replays.
//! Without a key, only what cannot have been written is sent again: a failure before the call, or
//! before the commit of several. Once something is committed, no failure takes the answer back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mtm_core::code::Code;
use mtm_core::outcome::Verdict;
use mtm_core::rejection::Rejection;
use tokio::time;

use super::books::{Apart, Draft};
use super::engine::{Engine, Shared, still_begun};
use super::fault::{fault_before_writing, is_conflict};
use super::gather::Gathered;
use super::patience::Patience;
use super::posting::PostingSet;
use super::rows::Rows;
use super::{follow, late, posting};
use crate::fault::Fault;
use crate::sql::{Connection, Wire, params};
use crate::submission::{Answer, IdempotencyKey, Mode, PostError, Submission};
use crate::write::{Failure, WriteContext, book, once, replay, reservation, stored};

/// How long a statement of a booking may take, before its connection is given up: longer than a
/// cluster needs to agree that a member is gone.
pub(super) const ANSWER: Duration = Duration::from_secs(8);
/// The same for what writes a great deal at once.
const ANSWER_TO_MUCH: Duration = Duration::from_secs(120);
/// How many commands are a great deal.
const MUCH: usize = 1_000;
/// The longest pause between two attempts.
const LONGEST_PAUSE: u64 = 100_000;
/// Most commands of one submission: an import's rows.
const MOST_COMMANDS: usize = 100_000;

/// How an attempt ended.
enum Attempt {
    Answered(Answer),
    Refused(Rejection),
    /// Nothing was written: decide again.
    Stale,
    /// Nothing was written, or what was written is found again under the key.
    Again(Fault),
    Failed(Fault),
}

impl Engine {
    /// Posts a submission, and answers after it was committed.
    pub(crate) async fn post(&self, submission: Submission) -> Result<Answer, PostError> {
        let submission = Arc::new(submission);
        // Together with others, where that is possible.
        let first = self.shared.gather(&submission).await;
        let unsure = match first {
            Gathered::Answered(answer) => {
                self.committed();
                return Ok(answer);
            }
            Gathered::Failed(fault) => return Err(fault.into()),
            Gathered::Again(fault) => Some(fault),
            Gathered::Apart => None,
        };
        // Before the patience begins: waiting for one's turn is no trouble.
        let _turn = self.shared.turns.of(&submission.commands).await;
        let mut patience = Patience::begun(Instant::now());
        if let Some(fault) = unsure {
            patience.away(Instant::now(), fault)?;
        }
        loop {
            // More at once than the server has processors only makes each of them slower.
            let place = self.shared.bookings.acquire().await;
            let (asked, unsure) = (Arc::clone(&submission), patience.is_unsure());
            let attempt = Self::on_wire(&self.shared, &self.shared.writers, move |shared, wire| {
                try_once(shared, wire, &asked, unsure)
            });
            let attempt = match attempt.await {
                Ok(attempt) => attempt,
                Err(failure) => judged(failure, submission.key.is_some()),
            };
            match attempt {
                Attempt::Answered(answer) => {
                    self.committed();
                    return Ok(answer);
                }
                Attempt::Refused(rejection) => return Err(rejection.into()),
                Attempt::Failed(fault) => return Err(fault.into()),
                Attempt::Stale => patience.conflict(Instant::now())?,
                Attempt::Again(fault) => patience.away(Instant::now(), fault)?,
            }
            drop(place);
            time::sleep(self.shared.pause(patience.attempts())).await;
        }
    }
}

impl Shared {
    /// A pause that grows with the attempts and differs from caller to caller.
    pub(super) fn pause(&self, attempts: u32) -> Duration {
        let bound = (500_u64 << attempts.min(8)).min(LONGEST_PAUSE);
        let [.., a, b, c] = self.clock.fresh_uuid().into_bytes();
        let chance = u64::from(u32::from_be_bytes([0, a, b, c]));
        Duration::from_micros(chance % bound)
    }
}

/// What an attempt's failure means. Only what has a key may be sent again when nobody knows
/// whether it was written.
fn judged(failure: Failure, keyed: bool) -> Attempt {
    match failure {
        Failure::Refused(rejection) => Attempt::Refused(rejection),
        Failure::Stale => Attempt::Stale,
        Failure::Server(error) if is_conflict(&error) => Attempt::Stale,
        failure => match Fault::from(failure) {
            fault @ Fault::Transient(_) => Attempt::Again(fault),
            fault @ Fault::Ambiguous(_) if keyed => Attempt::Again(fault),
            fault => Attempt::Failed(fault),
        },
    }
}

/// A failure before anything was asked to be kept: it may be tried again also without a key.
pub(super) fn nothing_written(failure: Failure) -> Failure {
    match failure {
        Failure::Server(error) if !is_conflict(&error) => {
            Failure::Fault(fault_before_writing(error))
        }
        Failure::Fault(Fault::Ambiguous(text)) => Failure::Fault(Fault::Transient(text)),
        other => other,
    }
}

/// One attempt. `unsure`: an earlier one under the same key may have been written, or may be just
/// about to be.
fn try_once(
    shared: &Shared,
    wire: &Wire,
    submission: &Submission,
    unsure: bool,
) -> Result<Attempt, Failure> {
    if submission.commands.len() > MOST_COMMANDS {
        let message = format!("a batch has at most {MOST_COMMANDS} items");
        return Ok(Attempt::Refused(Rejection::new(Code::TooLarge, "items", message)));
    }
    let much = submission.commands.len() > MUCH;
    wire.answer_within(if much { ANSWER_TO_MUCH } else { ANSWER });
    if unsure {
        wait_for(Connection::MariaDb(wire), submission.key.as_ref()).map_err(nothing_written)?;
    }
    let late = late::holds_late(shared, submission);
    let attempt = match (submission.commands.as_slice(), submission.mode) {
        // Reservations are written beside the procedures, in one transaction with what they do.
        ([command], Mode::Commit)
            if submission.atomic && !late && !reservation::writes(&command.action) =>
        {
            single(shared, wire, submission)
        }
        _ => several(shared, wire, submission, late),
    };
    match attempt {
        // The connection is as good as before.
        Err(Failure::Refused(rejection)) => Ok(Attempt::Refused(rejection)),
        Err(Failure::Stale) => {
            follow::refresh(shared, wire).map_err(nothing_written)?;
            Ok(Attempt::Stale)
        }
        Err(Failure::Server(error)) if is_conflict(&error) => Ok(Attempt::Stale),
        other => other,
    }
}

/// One command, written and committed by one call.
fn single(shared: &Shared, wire: &Wire, submission: &Submission) -> Result<Attempt, Failure> {
    let [command] = submission.commands.as_slice() else { return Err(Failure::Stale) };
    let connection = Connection::MariaDb(wire);
    let mut draft = Draft::new(shared, wire, Apart::Same(wire));
    let (postings, outcome) = match draft.decide(command, submission.traceparent.as_deref()) {
        Ok(decided) => decided,
        // The key is looked up before anything is judged; here only if the judgement was no.
        Err(Failure::Refused(rejection)) => {
            let key = submission.key.as_ref();
            if let Some(answer) = answered(connection, key).map_err(nothing_written)? {
                return Ok(Attempt::Answered(answer));
            }
            // What was judged may be out of date: another server's hold or master. Whether it is
            // tells the catalogue, not who read it again: the follower may have done so meanwhile.
            follow::refresh(shared, wire).map_err(nothing_written)?;
            let current = Arc::ptr_eq(&draft.catalogue, &shared.catalogue.load());
            return Ok(if current { Attempt::Refused(rejection) } else { Attempt::Stale });
        }
        Err(failure) => return Err(nothing_written(failure)),
    };
    let at = outcome.recorded_at;
    let verdicts = vec![Verdict::Accepted(outcome)];
    let key = submission.key.as_ref();
    let mut keys = Rows::default();
    if let Some(key) = key {
        posting::key(&mut keys, key, command, at, &stored::encode(&verdicts)?)?;
    }
    let status = call(wire, keys, &mut draft.set)?;
    match status.split_once(':').unwrap_or((&status, "")) {
        ("done", _) => {
            if postings.new_hold.is_some() || postings.released.is_some() {
                follow::refresh_committed(shared, wire);
            }
            Ok(Attempt::Answered(Answer { replayed: false, verdicts }))
        }
        ("replayed", body) => {
            let body = bytes(body).ok_or_else(|| Failure::Broken("a kept answer".to_owned()))?;
            let verdicts = stored::decode(&body)?;
            Ok(Attempt::Answered(Answer { replayed: true, verdicts }))
        }
        ("key_reused", _) => Ok(Attempt::Refused(once::reused())),
        ("stale", _) => Err(Failure::Stale),
        (other, _) => Err(Failure::Broken(format!("mtm_post_v3 answered {other:?}"))),
    }
}

/// Writes and commits what was decided, under its keys. What became of it.
pub(super) fn call(wire: &Wire, mut keys: Rows, set: &mut PostingSet) -> Result<String, Failure> {
    let [lots, new_lots, movements, lot_changes, holds, releases, queue] = set.take()?;
    // What a procedure puts out comes as a row of its own, in the same answer.
    Connection::MariaDb(wire).query_row(
        "CALL mtm_post_v3(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            keys.take(),
            lots,
            new_lots,
            movements,
            lot_changes,
            holds,
            releases,
            queue,
            None::<&str>,
        ],
        |row| row.get(0).map_err(Failure::from),
    )
}

/// Several commands in one transaction, or a look at what would become of them.
fn several(
    shared: &Shared,
    wire: &Wire,
    submission: &Submission,
    late: bool,
) -> Result<Attempt, Failure> {
    let answer = begun(shared, wire, submission, late).map_err(nothing_written)?;
    if submission.mode == Mode::Commit {
        still_begun(wire).map_err(nothing_written)?;
        wire.command("COMMIT")?;
        follow::refresh_committed(shared, wire);
    } else {
        wire.command("ROLLBACK").map_err(Failure::from).map_err(nothing_written)?;
    }
    Ok(Attempt::Answered(answer))
}

/// Everything but the end of the transaction; after a failure there is none.
fn begun(
    shared: &Shared,
    wire: &Wire,
    submission: &Submission,
    late: bool,
) -> Result<Answer, Failure> {
    if !late {
        follow::refresh(shared, wire)?;
    }
    wire.command("START TRANSACTION")?;
    let answer = in_transaction(shared, wire, submission, late);
    if answer.is_err() {
        wire.command("ROLLBACK")?;
    }
    answer
}

fn in_transaction(
    shared: &Shared,
    wire: &Wire,
    submission: &Submission,
    late: bool,
) -> Result<Answer, Failure> {
    if late {
        // Decided on the closings there are when its turn comes.
        late::turn(Connection::MariaDb(wire))?;
        follow::refresh(shared, wire)?;
    }
    if submission.mode == Mode::Commit
        && let Some(answer) = answered(Connection::MariaDb(wire), submission.key.as_ref())?
    {
        return Ok(answer);
    }
    let mut draft = Draft::new(shared, wire, Apart::in_transaction(shared));
    draft.in_turn = late;
    let answer = book(&mut WriteContext::new(&mut draft), submission)?;
    if submission.mode == Mode::Commit {
        draft.end()?;
    }
    Ok(answer)
}

/// Waits until nobody is writing under the key any more.
fn wait_for(connection: Connection<'_>, key: Option<&IdempotencyKey>) -> Result<(), Failure> {
    let Some(key) = key else { return Ok(()) };
    connection
        .prepare_cached("SELECT 1 FROM idempotency_key WHERE \"key\" = ?1 LOCK IN SHARE MODE")?
        .query_all(params![key.key], |_| Ok::<_, Failure>(()))
        .map(drop)
}

fn answered(
    connection: Connection<'_>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Answer>, Failure> {
    let Some(key) = key else { return Ok(None) };
    once::answered(connection, key)?.map(|before| replay(&before)).transpose()
}

/// The bytes of hexadecimal text.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_back() {
        assert_eq!(bytes("00FFa1"), Some(vec![0, 255, 161]));
        assert_eq!(bytes(""), Some(Vec::new()));
        assert_eq!(bytes("0"), None);
        assert_eq!(bytes("zz"), None);
    }

    #[test]
    fn what_nobody_knows_is_sent_again_only_under_a_key() {
        let cut = || Failure::Fault(Fault::Ambiguous("cut".to_owned()));
        assert!(matches!(judged(cut(), true), Attempt::Again(_)));
        assert!(matches!(judged(cut(), false), Attempt::Failed(Fault::Ambiguous(_))));
        let away = Failure::Fault(Fault::Transient("away".to_owned()));
        assert!(matches!(judged(away, false), Attempt::Again(_)));
        let broken = Failure::Broken("a row".to_owned());
        assert!(matches!(judged(broken, true), Attempt::Failed(_)));
        assert!(matches!(judged(nothing_written(cut()), false), Attempt::Again(_)));
    }
}
