//! People who book: once, together, twice under one key, and again where no answer came.

use std::pin::Pin;
use std::task::{Context, Waker};

use mtm_app::movement::Booked;
use mtm_app::{AppError, Principal};
use mtm_core::code::Code;
use mtm_core::outcome::Outcome;
use mtm_core::word::{CommandId, Timestamp};
use mtm_store::query::{HistoryQuery, MovementRow, PageRequest, SortOrder};
use mtm_store::{Clock as _, Fault};

use super::mishap::Kind;
use super::run::{Run, Tally};
use super::twin::{Asked, Line, of_answer, of_log};
use super::wish::Wish;

/// Answers that are remembered to be asked for again.
const REMEMBERED: usize = 40;

/// Has a request sent; its answer is waited for later.
fn begin<F: Future + Unpin>(sending: &mut F) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(
        Pin::new(sending).poll(&mut context).is_pending(),
        "nothing is answered while it is held up"
    );
}

/// Something that somebody asks for, under its key.
#[derive(Debug, Clone)]
pub(super) struct Request {
    who: usize,
    key: String,
    wish: Wish,
    /// The command that did it, where it is done.
    done: Option<CommandId>,
    /// The answer, where it was heard.
    answer: Option<Outcome>,
}

impl Run {
    pub(super) fn request(&mut self, who: usize, wish: Wish) -> Request {
        self.requests += 1;
        Request { who, key: format!("key-{}", self.requests), wish, done: None, answer: None }
    }

    fn anything(&mut self) -> Request {
        // A tired thumb: what was just booked, once more, under another key.
        if let Some(last) = self.answered.last().cloned()
            && self.chance.once_in(8)
        {
            return self.request(last.who, last.wish);
        }
        let who = self.chance.place(3);
        let wish = if who == 1 {
            Wish::of_operator(&mut self.chance, &self.twin, &self.known)
        } else {
            Wish::any(&mut self.chance, &self.twin, &self.known)
        };
        let wish = if self.chance.once_in(4) { wish.insisting() } else { wish };
        self.request(who, wish)
    }

    pub(super) async fn book(&mut self) {
        let request = self.anything();
        self.perhaps(1);
        self.send(request).await;
    }

    /// A receipt that nothing is in the way of.
    pub(super) async fn book_receipt(&mut self) {
        let wish = Wish::receipt(&mut self.chance).insisting();
        let request = self.request(0, wish);
        self.send(request).await;
    }

    /// Several at once: while the first one's commit is held up the others gather behind it, and are
    /// decided one on the other and committed together.
    pub(super) async fn book_together(&mut self) {
        let wish = Wish::receipt(&mut self.chance).insisting();
        let mut requests = vec![self.request(0, wish)];
        // A receipt that cannot be refused, or there is no commit to wait behind.
        if let Wish::Move(body) = &mut requests[0].wish {
            body.quantity = Some(self.chance.between(1, 60));
        }
        for _ in 0..self.chance.between(1, 5) {
            let request = self.anything();
            // That one asks the ledger something before it is sent, and is not there in time.
            if !matches!(&request.wish, Wish::Undo(body) if body.import_id.is_some()) {
                requests.push(request);
            }
        }
        let (app, people) = (self.service.app.clone(), self.people.clone());
        let sending = requests.iter().map(|it| it.wish.send(&app, &people[it.who], &it.key));
        let mut sending: Vec<_> = sending.map(Box::pin).collect();
        let (stands, go_on) = self.mishaps.hold_up();
        begin(&mut sending[0]);
        stands.recv().unwrap();
        sending[1..].iter_mut().for_each(begin);
        go_on.send(()).unwrap();
        let answers = futures_util::future::join_all(sending).await;
        for (request, answer) in requests.into_iter().zip(answers) {
            self.hear(request, answer, false);
        }
    }

    /// Somebody did not see the answer and asks again: it is the same.
    pub(super) async fn ask_again(&mut self) {
        let Some(request) = self.chance.among(&self.answered).cloned() else { return };
        self.send(request).await;
    }

    /// Somebody uses a key a second time for something else.
    pub(super) async fn ask_wrongly(&mut self) {
        let Some(before) = self.chance.among(&self.answered).cloned() else { return };
        let other = Wish::receipt(&mut self.chance);
        let (who, app) = (&self.people[before.who], &self.service.app);
        let answer = other.send(app, who, &before.key).await;
        let code = answer.map(|it| it.outcome).unwrap_err().code();
        assert_eq!(code, Code::IdempotencyKeyReused, "{} for {other:?}", before.key);
    }

    /// Somebody who heard nothing sends it again.
    pub(super) async fn send_lost(&mut self) {
        if self.lost.is_empty() {
            return;
        }
        let place = self.chance.place(self.lost.len());
        let request = self.lost.remove(place);
        if request.done.is_none() {
            self.perhaps(1);
        }
        self.send(request).await;
    }

    /// Sends a request, and finds out what became of it.
    pub(super) async fn send(&mut self, request: Request) {
        let who = &self.people[request.who];
        let answer = request.wish.send(&self.service.app, who, &request.key).await;
        match (self.what_happened().await, answer) {
            (None, answer) => self.hear(request, answer, false),
            (Some(Kind::DiskFull), answer) => {
                assert!(matches!(answer, Err(AppError::Fault(Fault::Transient(_)))), "{answer:?}");
                self.nothing_moved().await;
                self.lost.push(request);
            }
            (Some(kind), answer) => {
                if matches!(kind, Kind::DiskFailed(_)) {
                    let unknown = matches!(answer, Err(AppError::Fault(Fault::Ambiguous(_))));
                    assert!(unknown, "{answer:?}");
                }
                self.find_out(request, kind.is_committed()).await;
            }
        }
    }

    /// No answer came. Whether the commit is durable decides what the ledger must say by now.
    async fn find_out(&mut self, mut request: Request, committed: bool) {
        let moved = self.new_movements().await;
        if !committed {
            assert_eq!(moved, [], "a commit that was never made");
            self.lost.push(request);
        } else if let Some(first) = moved.first() {
            let id = first.command_id;
            assert!(moved.iter().all(|it| it.command_id == id), "{moved:?}");
            let lines: Vec<Line> = moved.iter().map(of_log).collect();
            let asked = request.wish.asked();
            self.absorb(request.who, &asked, (id, first.recorded_at), &lines);
            self.known.movements.extend(moved.iter().map(|it| it.id));
            request.done = Some(id);
            self.lost.push(request);
        } else {
            // It moves nothing, so only its answer tells.
            let who = &self.people[request.who];
            let answer = request.wish.send(&self.service.app, who, &request.key).await;
            self.hear(request, answer, true);
        }
    }

    /// An answer came: it is the right one. `known` says that it must have been kept.
    fn hear(&mut self, mut request: Request, answer: Result<Booked, AppError>, known: bool) {
        let asked = request.wish.asked();
        match answer {
            Ok(Booked { outcome, replayed }) => {
                let lines: Vec<Line> = outcome.movements.iter().map(of_answer).collect();
                self.tell(&request, format_args!("{} {lines:?} {replayed}", outcome.id));
                let before = request.done;
                assert_eq!(replayed, known || before.is_some(), "{request:?}: {outcome:?}");
                if let Some(id) = before {
                    assert_eq!(outcome.id, id, "the answer of another command");
                } else {
                    let when = (outcome.id, outcome.recorded_at);
                    self.absorb(request.who, &asked, when, &lines);
                    self.known.movements.extend(outcome.movements.iter().map(|it| it.id));
                }
                self.judge_lateness(&request.wish, &outcome);
                if !replayed {
                    Tally::one(&mut self.tally.booked, request.wish.name());
                }
                self.tally.replayed += u64::from(replayed);
                match &request.answer {
                    Some(heard) => assert_eq!(heard, &outcome, "another answer than before"),
                    None => self.note(&request.wish, &outcome),
                }
                request.done = Some(outcome.id);
                if request.answer.replace(outcome).is_none() {
                    self.answered.push(request);
                    let more = self.answered.len().saturating_sub(REMEMBERED);
                    self.answered.drain(..more);
                }
            }
            Err(AppError::Rejected(no)) => {
                self.tell(&request, no.code);
                assert_eq!(request.done, None, "{request:?} was booked, and is refused: {no:?}");
                let now = self.twin.now(self.clock.now());
                match self.twin.judge(&self.people[request.who], &asked, now) {
                    Ok(effect) => panic!("{request:?} was refused ({no:?}); right: {effect:?}"),
                    Err(right) => assert!(right.contains(&no.code), "{no:?}; right: {right:?}"),
                }
                Tally::one(&mut self.tally.refused, no.code.as_str());
            }
            Err(other) => panic!("{request:?}: {other:?}"),
        }
    }

    fn tell(&mut self, request: &Request, what: impl std::fmt::Display) {
        let Request { who, key, wish, .. } = request;
        self.story.tell(format_args!("  {who} {key} {}: {what}", wish.name()));
    }

    /// What can be referred to from now on.
    fn note(&mut self, wish: &Wish, outcome: &Outcome) {
        match (wish, outcome.hold) {
            (Wish::Hold(_), hold) => self.known.holds.extend(hold),
            (Wish::Release(released, _), _) => self.known.holds.retain(|hold| hold != released),
            (Wish::Undo(body), _) => {
                self.known.imports.retain(|import| Some(import.0) != body.import_id);
            }
            _ => {}
        }
    }

    pub(super) fn absorb(
        &mut self,
        who: usize,
        asked: &Asked,
        when: (CommandId, Timestamp),
        lines: &[Line],
    ) {
        let who: &Principal = &self.people[who];
        self.twin.absorb(who, asked, when, lines);
    }

    /// Movements of the log that nobody was told of yet.
    pub(super) async fn new_movements(&self) -> Vec<MovementRow> {
        let query = HistoryQuery {
            after_sequence: Some(self.twin.sequence),
            sort: SortOrder::Oldest,
            page: PageRequest { limit: 1_000, ..PageRequest::default() },
            ..HistoryQuery::default()
        };
        let page = self.service.app.ledger().history(query).await.unwrap();
        assert_eq!(page.next_cursor, None, "so much at once");
        page.items
    }

    pub(super) async fn nothing_moved(&self) {
        assert_eq!(self.new_movements().await, [], "movements that nobody asked for");
    }
}
